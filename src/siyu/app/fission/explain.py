"""Everything that a campaign owes somebody who invited, in words: each friend, gift and team, and what comes next."""

from typing import Any

from siyu.app.fission.drawing import draw_said
from siyu.app.fission.kept import plan_kept
from siyu.app.fission.reached import Terms, joined_by_inviter, stages_reached
from siyu.app.fission.rewarded import unrewarded
from siyu.app.fission.teams import teams_now
from siyu.app.fission.tree import facts_of, tree_of
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.group_buy import TeamState
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of
from siyu.loyalty.ledger import budget
from siyu.loyalty.reasons import in_chinese
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.rewards import SqlRewards


def explain(workspace: Workspace, campaign: str, person: int) -> dict[str, Any]:
    """Explain to an inviter how everything stands, in English and Chinese.

    Raises:
        BadInputError: there is no such campaign, or the person neither invited anybody nor opened a team in it.
    """
    now = workspace.clock.now_us()
    with workspace.database.read() as connection:
        plan = plan_kept(connection, campaign)
        tree, rewards = tree_of(connection, campaign), SqlRewards(connection).of_campaign(campaign)
        joined = joined_by_inviter(tree, facts_of(connection, tree), Terms.of(plan), now_us=now)
        teams = [
            team for team in teams_now(connection, plan, now_us=now)
            if any(one.person == person for one in (*team.seated, *(away for away, _why in team.turned_away)))
        ]  # fmt: skip
        draw = draw_said(connection, plan)
        place = budget(campaign, workspace.settings.brand.currency)
        left = SqlLedger(connection).balances([place])[place]
    person_of = {one.inviter_id: one.inviter for one in tree.came}
    mine = [one for one in rewards if person_of.get(one.reward.inviter_id) == person]
    if not teams and person not in person_of.values():
        raise BadInputError(f"person {person} invited nobody in {campaign!r}", where="person")
    reached = [one for one in stages_reached(plan, tree, joined) if one.person == person]
    earned = sum(one.reward.amount for one in mine if one.reward.state.value in {"matured", "paid"})
    tickets = sum(max(one.stage.amount_minor, 1) for one in reached if one.stage.gives == "draw")
    said: dict[str, Any] = {
        "campaign": campaign,
        "person": person,
        "friends_who_joined": len(joined.get(person, ())),
        "friends": [
            {
                "came_on": f"{moment_of(one.reward.joined_at_us):%Y-%m-%d}",
                "amount_minor": one.reward.amount,
                "state": one.reward.state.value,
                "says": one.reason,
                "says_zh": in_chinese(one.reason),
                "look_again_on": f"{moment_of(one.next_at_us):%Y-%m-%d}" if one.next_at_us > now else "",
            }
            for one in mine
        ],
        "friends_who_bring_nothing": [
            {"came_on": f"{moment_of(came.at_us):%Y-%m-%d}", "says": why, "says_zh": in_chinese(why)}
            for came, why in unrewarded(plan, tree, rewards, inviter=person, left_minor=left)
        ],
        "earned_minor": earned,
        "still_to_earn_minor": max(0, plan.control.cap_per_person_minor - earned),
        "stages": [
            {"gives": one.stage.gives, "what": one.stage.what, "amount": one.stage.amount_minor} for one in reached
        ],
        "next_stage_needs": _next_stage(plan.mechanism.stages, len(joined.get(person, ()))),
        "teams": [_team(team, plan.mechanism.group_buy.people if plan.mechanism.group_buy else 0) for team in teams],
    }
    if draw:
        said["draw"] = draw | {"my_tickets": tickets}
    return said


def _next_stage(stages: Any, joined: int) -> int:
    """Return how many more friends the next stage needs; 0 if there is none."""
    return min((stage.retained - joined for stage in stages if stage.retained > joined), default=0)


def _team(team: Any, people: int) -> dict[str, Any]:
    says = {
        TeamState.OPEN: f"your team waits for {people - len(team.seated)} more",
        TeamState.COMPLETE: "your team is complete",
        TeamState.VOID: "your team was not full in time; you get everything back",
    }[team.state]
    return {
        "team": team.name, "state": team.state.value, "people": len(team.seated),
        "until": f"{moment_of(team.until_us):%Y-%m-%d %H:%M} UTC", "says": says, "says_zh": in_chinese(says),
    }  # fmt: skip
