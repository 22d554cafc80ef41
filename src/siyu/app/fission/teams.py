"""Teams that buy together, as the store knows them: who opened and joined, and what is held, sold and given back.

A team is an invitation code: who shows it opens the team, who accepts it joins and pays the plan's price. What became
of somebody's payment is booked once and stands, whatever is learned of people later.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from siyu.campaigns.fission.group_buy import Joined, Team, TeamState, teams_of
from siyu.campaigns.fission.plan import FissionPlan
from siyu.loyalty.ledger import BRAND, Account, Entry, Place, entry
from siyu.stores.sql.invites import SqlInvites
from siyu.stores.sql.ledger import SqlLedger

_OVER = "your team was not full in time; you get everything back"


def teams_now(connection: Connection, plan: FissionPlan, *, now_us: int) -> list[Team]:
    """Return the teams of a campaign as they stand; none without terms for them."""
    if plan.mechanism.group_buy is None:
        return []
    invites = SqlInvites(connection)
    opened = [
        Joined(one.code, one.person, one.identifier_id, one.made_at_us, opened=True) for one in invites.codes(plan.name)
    ]
    joined = [
        Joined(one.code, one.invitee, one.invitee_id, one.at_us, new=one.invitee_known_at_us >= one.at_us)
        for one in invites.of_campaign(plan.name)
    ]
    return teams_of(plan.mechanism.group_buy, [*opened, *joined], now_us=now_us)


def settle_teams(
    connection: Connection, plan: FissionPlan, *, now_us: int, currency: str, pay_out: bool
) -> dict[str, Any]:
    """Book what teams paid, what full ones bought and, if asked, what the others get back.

    Returns how teams stand and the refunds that are due, or were just handed out.
    """
    rule = plan.mechanism.group_buy
    if rule is None:
        return {}
    teams, ledger = teams_now(connection, plan, now_us=now_us), SqlLedger(connection)
    everybody = {one.identifier_id for team in teams for one in _payers(team)}
    paid: dict[str, int] = {}
    closed: set[str] = set()
    for known in ledger.history(sorted(everybody)):
        if known.kind == "hold":
            paid[known.about] = sum(one.amount for one in known.postings if one.amount > 0)
        elif known.kind in {"sell", "refund"}:
            closed.add(known.about)
    entries: list[Entry] = []
    refunds: list[dict[str, Any]] = []
    for team in teams:
        for one, why in _outcomes(team):
            about = f"{plan.name} team {team.name} of {one.identifier_id} at {one.at_us}"[:512]
            held = Place(Account.HELD, one.identifier_id, plan.name, currency)
            if about not in paid:
                paid[about] = rule.price_minor
                move = (Place(Account.PAID_IN, BRAND, plan.name, currency), held, rule.price_minor)
                entries.append(entry("hold", at_us=one.at_us, about=about, moves=[move]))
            if about in closed or why is None:
                continue
            if not why:
                move = (held, Place(Account.SOLD, BRAND, plan.name, currency), paid[about])
                entries.append(entry("sell", at_us=team.ended_at_us, about=about, moves=[move]))
                continue
            refunds.append({"person": one.person, "team": team.name, "amount_minor": paid[about], "because": why})
            if pay_out:
                move = (held, Place(Account.REFUNDED, BRAND, plan.name, currency), paid[about])
                entries.append(entry("refund", at_us=now_us, about=about, moves=[move], reason=why))
    ledger.append(entries)
    return teams_said(teams) | {"refunded" if pay_out else "refunds_due": refunds}


def teams_said(teams: Sequence[Team]) -> dict[str, Any]:
    """Sum teams up: how many stand how, who has a seat, who of them is new."""
    count = Counter(team.state.value for team in teams)
    seated = [one for team in teams if team.state is TeamState.COMPLETE for one in team.seated]
    return {
        **{state.value: count[state.value] for state in TeamState},
        "people_who_bought": len(seated),
        "new_people_who_bought": sum(one.new for one in seated),
        "turned_away": sum(len(team.turned_away) for team in teams),
    }


def _payers(team: Team) -> list[Joined]:
    return [*team.seated, *(one for one, _why in team.turned_away)]


def _outcomes(team: Team) -> list[tuple[Joined, str | None]]:
    """Say for everybody who paid why they get it back; empty if they bought, None while the team is open."""
    seated = {TeamState.COMPLETE: "", TeamState.VOID: _OVER, TeamState.OPEN: None}[team.state]
    return [*((one, seated) for one in team.seated), *team.turned_away]
