"""Propose: let every play look at the people, draw once who is held out, and choose where several want to speak."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from siyu.app.campaigns.facts import facts_for, needs_of, needs_of_numbers
from siyu.app.campaigns.keep_promises import keep_promises
from siyu.app.campaigns.next_best import Chooser, expectations, settle_choices
from siyu.app.dispatch.choose_channel import on_best_channels
from siyu.app.workspace import Workspace
from siyu.campaigns.evening import wait_for_evening
from siyu.campaigns.facts import PROMISES, Facts
from siyu.campaigns.holdout import is_treated
from siyu.campaigns.play import Play
from siyu.campaigns.proposal import Proposal
from siyu.stores.sql.choices import SqlChoices
from siyu.stores.sql.proposals import SqlProposals

#: Proposals among which is chosen in one transaction.
_BATCH: Final = 5_000


def propose(workspace: Workspace, plays: Iterable[Play], *, channel: str, channels: Sequence[str] = ()) -> int:
    """Ask every play and keep what is new; return how many proposals were new.

    People are drawn into treated or held out at their first proposal of a play, and stay there for ever. For each
    person at most one thing is chosen a day (``next_best.py``); the others wait.

    Args:
        channel: Where plays propose.
        channels: Where else people may be reached: each proposal goes where it suits its person best.
    """
    now_us, policy, running = workspace.clock.now_us(), workspace.settings.policy, list(plays)
    needs = needs_of(running) | needs_of_numbers(policy.model_dump())
    if PROMISES in needs:
        keep_promises(workspace)
    facts = facts_for(workspace, needs)
    zone = ZoneInfo(workspace.settings.brand.zone)
    choosing = len(running) > 1 or bool(expectations(running))
    if choosing:
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
            if choosing:  # who is held out is denied by the guard, and leaves room for the others
                wanted += [one for one in proposals if arms[one.person_id]]
                proposals = [one for one in proposals if not arms[one.person_id]]
            new += store.add(proposals)
    return new + _add_chosen(workspace, wanted, running, facts) if wanted else new


def _draw(workspace: Workspace, store: SqlProposals, play: Play, people: Sequence[int], now_us: int) -> dict[int, bool]:
    """Return who is treated by a play; who was never drawn is drawn now."""
    policy = workspace.settings.policy
    share: float = getattr(play, "holdout_share", policy.holdout_share)  # a campaign says its own
    salt = policy.holdout_salt or workspace.vault.salt
    drawn = store.arms(play.name, people)
    arms = {one: is_treated(play.name, one, holdout_share=share, salt=salt) for one in people if one not in drawn}
    store.assign(play.name, arms, holdout_share=share, now_us=now_us)
    return drawn | arms


def _add_chosen(workspace: Workspace, wanted: Sequence[Proposal], plays: Sequence[Play], facts: Facts) -> int:
    """Choose for each person and let the others wait; what the guard would deny goes to it, to be kept."""
    chooser, new = Chooser(workspace, plays, facts), 0
    wanted = sorted(wanted, key=lambda one: one.person_id)
    for start, end in _parts(wanted):
        with workspace.database.write() as connection:
            choices = SqlChoices(connection)
            kept = choices.standing([one.proposal_id for one in wanted[start:end]])
            open_ = [one for one in wanted[start:end] if kept.get(one.proposal_id, True)]
            made, denied = chooser.choose(connection, [one for one in open_ if chooser.may_choose(one)])
            go = {
                one.proposal.proposal_id: msgspec.structs.replace(
                    one.proposal, expected_value_minor=one.worth_minor + one.proposal.cost_minor
                )
                for one in made
                if one.proposal
            } | {one.proposal_id: one for one in denied}
            first = [go.get(one.proposal_id, one) for one in open_ if one.proposal_id not in kept]
            new += SqlProposals(connection).add(first)
            choices.put_off(one.proposal_id for one in first if one.proposal_id not in go)
            choices.let_go(one for key, one in go.items() if key in kept)
    return new


def _parts(wanted: Sequence[Proposal]) -> Iterator[tuple[int, int]]:
    """Cut into parts of about ``_BATCH``, never between two proposals for one person."""
    start = 0
    while start < len(wanted):
        end = min(start + _BATCH, len(wanted))
        while end < len(wanted) and wanted[end].person_id == wanted[end - 1].person_id:
            end += 1
        yield start, end
        start = end
