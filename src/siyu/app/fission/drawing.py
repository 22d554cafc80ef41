"""Draw the prizes of a campaign: the secret is committed to with the plan, and everybody can draw again.

The paper of a draw holds tickets, not people. Winners are people only in the promise ledger, which owes them the prize.
"""

import secrets
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from siyu.app.fission.kept import plan_kept, read_fact, write_fact
from siyu.app.fission.reached import Terms, joined_by_inviter, stages_reached
from siyu.app.fission.tree import REVIEW_ABOVE, facts_of, tree_of
from siyu.app.fission.verdicts import verdicts_of
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.draw import commitment_of, hash_of, ticket_of, winners
from siyu.campaigns.fission.plan import FissionPlan
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, us_of
from siyu.loyalty.ledger import Account, Place, budget, entry
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.touchpoints.promise import promise

_KIND: Final = "draw"


def commit(connection: Connection, plan: FissionPlan, *, before: FissionPlan | None = None) -> str:
    """Keep a secret for the draw of a plan, once; return its published hash, empty without a draw.

    Raises:
        BadInputError: the rules of the draw are not those that were published before.
    """
    known = read_fact(connection, _KIND, plan.name)
    if known and before is not None and before.mechanism.draw != plan.mechanism.draw:
        raise BadInputError(
            "the rules of a draw are not changed after they were published", where="mechanism.draw",
            mend="plan another campaign",
        )  # fmt: skip
    if plan.mechanism.draw is None:
        return ""
    if not known:
        secret = secrets.token_hex(32)
        known = {"secret": secret, "commitment": commitment_of(secret)}
        write_fact(connection, _KIND, plan.name, known)
    return str(known["commitment"])


def draw(workspace: Workspace, campaign: str, *, public_number: str = "") -> dict[str, Any]:
    """Draw the prizes, once and for ever; return the paper of the draw. Drawn already, it is returned as it is.

    Args:
        public_number: The number that the plan names, as it was published.

    Raises:
        BadInputError: there is no draw, it is not closed, the public number is missing, somebody still waits for a
            person's decision, or the budget does not hold the prizes.
    """
    now, currency = workspace.clock.now_us(), workspace.settings.brand.currency
    with workspace.database.write() as connection:
        plan = plan_kept(connection, campaign)
        rule, known = plan.mechanism.draw, read_fact(connection, _KIND, campaign)
        if rule is None:
            raise BadInputError(f"{campaign!r} has no draw", where="mechanism.draw")
        if "winners" in known:
            return known
        closes = us_of(datetime.fromisoformat(rule.closes_at).replace(tzinfo=UTC))
        if now < closes:
            raise BadInputError(f"tickets can be earned until {rule.closes_at}", where="draw", mend="draw after that")
        if bool(rule.public_number) != bool(public_number.strip()):
            said = f"the public number is {rule.public_number}" if rule.public_number else "the plan names no number"
            raise BadInputError(said, where="--public-number")
        holders = _tickets(connection, plan, str(known["secret"]), until_us=closes)
        paper = known | {
            "campaign": campaign,
            "host": rule.host,
            "prizes": [{"name": one.name, "worth_minor": one.worth_minor, "count": one.count} for one in rule.prizes],
            "closes_at": rule.closes_at,
            "drawn_at_us": now,
            "public_number": public_number.strip(),
            "tickets": sorted(holders),
            "tickets_hash": hash_of(holders),
        }
        won = winners(rule.prizes, list(holders), secret=paper["secret"], public=paper["public_number"])
        paper["winners"] = [{"prize": one.prize, "worth_minor": one.worth_minor, "ticket": one.ticket} for one in won]
        until = now + rule.claim_days * DAY
        promises, entries = [], []
        for one in won:
            holder = holders[one.ticket]
            said_in = f"{campaign} draw, ticket {one.ticket}"
            promises.append(promise(holder, one.prize, said_in=said_in, at_us=now, due_at_us=until))
            move = (budget(campaign, currency), Place(Account.PAID, holder, campaign, currency), one.worth_minor)
            entries.append(entry("win", at_us=now, about=said_in, moves=[move], reason=one.prize))
        SqlLedger(connection).append(entries)
        SqlPromises(connection).make(promises)
        write_fact(connection, _KIND, campaign, paper)
    return paper


def draw_said(connection: Connection, plan: FissionPlan) -> dict[str, Any]:
    """Say how the draw of a plan stands, as it is published: prizes, tickets so far, odds, commitment, winners."""
    rule, known = plan.mechanism.draw, read_fact(connection, _KIND, plan.name)
    if rule is None:
        return {}
    count = len(known["tickets"]) if "tickets" in known else len(_tickets(connection, plan, "", until_us=2**62))
    return {
        "host": rule.host,
        "closes_at": rule.closes_at,
        "public_number": rule.public_number,
        "commitment": known.get("commitment", ""),
        "tickets": count,
        "prizes": [
            {"name": one.name, "worth_minor": one.worth_minor, "count": one.count, "odds": rule.odds(count)[one.name]}
            for one in rule.prizes
        ],
        "winners": known.get("winners", []),
    }


def _tickets(connection: Connection, plan: FissionPlan, secret: str, *, until_us: int) -> dict[str, int]:
    """Return every ticket that was earned and the identifier that holds it.

    Raises:
        BadInputError: somebody in doubt would hold tickets, and nobody has decided about them.
    """
    tree = tree_of(connection, plan.name)
    verdicts = verdicts_of(connection, plan.name, tree)
    joined = joined_by_inviter(tree, facts_of(connection, tree), Terms.of(plan), now_us=until_us)
    held: dict[str, int] = {}
    count: dict[int, int] = {}
    for one in stages_reached(plan, tree, joined):
        if one.stage.gives != "draw" or not verdicts.get(one.person, (True, ""))[0]:
            continue
        if secret and one.person not in verdicts and tree.doubt_of(one.person) >= REVIEW_ABOVE:
            raise BadInputError(
                f"person {one.person} is suspected and nobody has decided", where="draw",
                mend=f"siyu fission decide {plan.name} {one.person} --honest or --refused",
            )  # fmt: skip
        for _ in range(max(one.stage.amount_minor, 1)):
            count[one.anchor] = count.get(one.anchor, 0) + 1
            held[ticket_of(secret, one.anchor, count[one.anchor])] = one.anchor
    return held
