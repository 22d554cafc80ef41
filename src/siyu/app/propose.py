"""Propose: let every play look at the people, draw once who is held out, and choose where several want to speak."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from siyu.app.choose_channel import on_best_channels
from siyu.app.facts import facts_for, needs_of, needs_of_numbers
from siyu.app.keep_promises import keep_promises
from siyu.app.next_best import chosen_of, had_a_choice, settle_choices
from siyu.app.workspace import Workspace
from siyu.campaigns.evening import wait_for_evening
from siyu.campaigns.facts import PROMISES, Facts
from siyu.campaigns.holdout import is_treated
from siyu.campaigns.play import Play
from siyu.campaigns.proposal import Proposal
from siyu.stores.sql.choices import SqlChoices
from siyu.stores.sql.proposals import SqlProposals

#: Silence and one play: there was nothing to choose from, so nothing is logged.
_ALONE = 2


def propose(workspace: Workspace, plays: Iterable[Play], *, channel: str, channels: Sequence[str] = ()) -> int:
    """Ask every play and keep what is new; return how many proposals were new.

    People are drawn into treated or held out at their first proposal of a play, and stay there for ever. Where several
    plays want to speak to one person, one is chosen a day (``next_best.py``); the others wait.

    Args:
        channel: Where plays propose.
        channels: Where else people may be reached: each proposal goes where it suits its person best.
    """
    now_us, policy, running = workspace.clock.now_us(), workspace.settings.policy, list(plays)
    needs = needs_of(running) | needs_of_numbers(policy.model_dump())
    if PROMISES in needs:
        keep_promises(workspace)
    facts = facts_for(workspace, needs)
    zone, several = ZoneInfo(workspace.settings.brand.zone), len(running) > 1
    if several:
        settle_choices(workspace)
    new, wanted = 0, list[Proposal]()
    for play in running:
        proposals: Sequence[Proposal] = play.propose(facts, now_us=now_us, channel=channel)
        if not proposals:
            continue
        if channels:
            proposals = on_best_channels(workspace, proposals, facts, channels=channels)
        if policy.lower_tier_hour or policy.lowest_tier_hour:
            proposals = wait_for_evening(
                proposals, facts, lower=policy.lower_tier_hour, lowest=policy.lowest_tier_hour, now_us=now_us, zone=zone
            )
        with workspace.database.write() as connection:
            store = SqlProposals(connection)
            arms = _draw(workspace, store, play, sorted({one.person_id for one in proposals}), now_us)
            if several:  # who is held out is denied by the guard, and leaves room for the others
                wanted += [one for one in proposals if arms[one.person_id]]
                proposals = [one for one in proposals if not arms[one.person_id]]
            new += store.add(proposals)
    return new + _add_chosen(workspace, wanted, running, facts) if wanted else new


def _draw(workspace: Workspace, store: SqlProposals, play: Play, people: Sequence[int], now_us: int) -> dict[int, bool]:
    """Return who is treated by a play; who was never drawn is drawn now."""
    policy = workspace.settings.policy
    share: float = getattr(play, "holdout_share", policy.holdout_share)  # a campaign says its own
    salt = policy.holdout_salt or workspace.vault.name
    drawn = store.arms(play.name, people)
    arms = {one: is_treated(play.name, one, holdout_share=share, salt=salt) for one in people if one not in drawn}
    store.assign(play.name, arms, holdout_share=share, now_us=now_us)
    return drawn | arms


def _add_chosen(workspace: Workspace, wanted: Sequence[Proposal], plays: Sequence[Play], facts: Facts) -> int:
    """Choose for each person, keep the choice with its chance, and let the others wait; return how many were new."""
    with workspace.database.write() as connection:
        choices = SqlChoices(connection)
        kept = choices.standing([one.proposal_id for one in wanted])
        settled = had_a_choice(workspace, choices)
        open_ = [one for one in wanted if kept.get(one.proposal_id, True)]
        made = chosen_of(workspace, choices, [one for one in open_ if one.person_id not in settled], plays, facts)
        choices.keep([one for one in made if len(one.actions) > _ALONE], now_us=workspace.clock.now_us())
        worth = {one.proposal.proposal_id: one.worth_minor for one in made if one.proposal}
        new = [
            msgspec.structs.replace(one, expected_value_minor=worth[one.proposal_id] + one.cost_minor)
            if one.proposal_id in worth
            else one
            for one in open_
            if one.proposal_id not in kept
        ]
        added = SqlProposals(connection).add(new)
        choices.put_off(one.proposal_id for one in new if one.proposal_id not in worth)
        choices.let_go(
            {
                one.proposal_id: (one.due_at_us, worth[one.proposal_id] + one.cost_minor)
                for one in open_
                if one.proposal_id in kept and one.proposal_id in worth
            }
        )
    return added
