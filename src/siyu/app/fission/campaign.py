"""A fission campaign: keep its plan, see how it stands, stop it. What it owes is settled in ``settling.py``."""

from typing import Any, Final

import numpy as np

from siyu.app.fission.asking import why_not
from siyu.app.fission.drawing import commit, draw_said
from siyu.app.fission.flow import fatigue_of, flow_of, promises_of
from siyu.app.fission.groups import groups_asked
from siyu.app.fission.kept import plan_kept
from siyu.app.fission.teams import teams_now, teams_said
from siyu.app.fission.tree import REVIEW_ABOVE, delays_of, facts_of, tree_of
from siyu.app.fission.verdicts import verdicts_of
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.plan import FissionPlan, kept_plan_of, written_plan
from siyu.kernel.errors import BadInputError
from siyu.loyalty.ledger import Account, Place, budget, fund
from siyu.measurement.metrics.spread import children_of, generations_of
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.rewards import SqlRewards

#: How many of those to look at are shown.
_MOST_SHOWN: Final = 100


def keep_plan(workspace: Workspace, plan: FissionPlan) -> dict[str, Any]:
    """Keep a plan and put its budget into the ledger; asked again, only what the budget grew by is put in.

    Raises:
        BadInputError: the rules of a draw would change after they were published.
    """
    currency, now = workspace.settings.brand.currency, workspace.clock.now_us()
    place = Place(Account.FUNDING, 0, plan.name, currency)
    with workspace.database.write() as connection:
        rewards = SqlRewards(connection)
        before = rewards.plan_of(plan.name)
        commitment = commit(connection, plan, before=kept_plan_of(before) if before else None)
        rewards.plan(plan.name, written_plan(plan), at_us=now)
        ledger = SqlLedger(connection)
        missing = plan.control.budget_minor + ledger.balances([place])[place]
        if missing > 0:
            ledger.append([fund(plan.name, missing, currency=currency, at_us=now, about=f"plan {now}")])
        left = ledger.balances([budget(plan.name, currency)])[budget(plan.name, currency)]
    kept: dict[str, Any] = {"campaign": plan.name, "budget_left_minor": left, "currency": currency}
    return kept | ({"draw_commitment": commitment} if commitment else {})


def status(workspace: Workspace, campaign: str) -> dict[str, Any]:
    """Say how a campaign stands: spread, rewards, budget, and whom a person should look at.

    Raises:
        BadInputError: there is no such campaign.
    """
    currency, now = workspace.settings.brand.currency, workspace.clock.now_us()
    with workspace.database.read() as connection:
        plan = plan_kept(connection, campaign)
        tree = tree_of(connection, campaign)
        facts = facts_of(connection, tree)
        rewards = SqlRewards(connection)
        counts, why = rewards.counts(campaign), rewards.stopped(campaign)
        silent = why_not(connection, plan, now_us=now, currency=currency)
        verdicts = verdicts_of(connection, campaign, tree)
        parts: dict[str, Any] = {
            "plan": written_plan(plan),
            "promises": promises_of(connection, campaign, now_us=now),
            "groups_asked": groups_asked(workspace, connection, campaign),
            "accounts": SqlLedger(connection).of_scope(campaign),
            "flow": flow_of(connection, plan, tree, facts),
            "fatigue": fatigue_of(connection, campaign, now_us=now),
        }
        if plan.mechanism.group_buy:
            parts["teams"] = teams_said(teams_now(connection, plan, now_us=now))
        if plan.mechanism.draw:
            parts["draw"] = draw_said(connection, plan)
        place = budget(campaign, currency)
        left = SqlLedger(connection).balances([place])[place]
    stayed = np.array([not facts[person].left_at_us for person in tree.people], np.bool_)
    children = children_of(tree.parent)
    found = generations_of(tree.depth, children, delay_us=delays_of(tree), retained=stayed)
    brought = tree.parent >= 0
    flagged = [
        place
        for place in np.argsort(-tree.suspicion.score).tolist()
        if tree.suspicion.score[place] >= REVIEW_ABOVE and tree.people[place] not in verdicts
    ]
    return {
        "campaign": campaign,
        "task": plan.mechanism.task,
        "stopped": why,
        "asks_nobody_because": silent,
        "budget_left_minor": left,
        "currency": currency,
        "invitations": {
            "accepted": len(tree.came),
            "of_oneself": int(tree.counts[0]),
            "of_somebody_already_in": int(tree.counts[1]),
            "counted": int(tree.counts[2]),
            "of_people_known_before": int((brought & ~tree.new).sum()),
        },
        "generations": [
            {
                "generation": one.generation, "members": one.members, "brought": one.children, "k": one.k,
                "k_low": one.k_low, "k_high": one.k_high, "cycle_median_hours": one.cycle_median_us / 3.6e9,
                "retained": one.retained,
            }
            for one in found
        ],
        "retained_share": float(stayed[brought].mean()) if brought.any() else None,
        "least_retained_share": plan.control.least_retained_share,
        "rewards": counts,
        "to_look_at": [
            {
                "person": tree.people[place],
                "score": float(tree.suspicion.score[place]),
                "reasons": list(tree.suspicion.reasons(place)),
            }
            for place in flagged[:_MOST_SHOWN]
        ],
        "decided": [
            {"person": person, "honest": honest, "because": because}
            for person, (honest, because) in sorted(verdicts.items())[:_MOST_SHOWN]
        ],
    } | parts  # fmt: skip


def stop(workspace: Workspace, campaign: str, *, because: str) -> None:
    """Stop a campaign at once: what was promised stays promised, nothing new is.

    Raises:
        BadInputError: there is no such campaign, or no reason is given.
    """
    if not because.strip():
        raise BadInputError("a stop needs a reason", where="because")
    with workspace.database.write() as connection:
        plan_kept(connection, campaign)
        SqlRewards(connection).stop(campaign, at_us=workspace.clock.now_us(), because=because.strip())
