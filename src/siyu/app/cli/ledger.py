"""``siyu ledger``: check the books of what the brand owes people, and show a balance."""

from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.money import minor_units
from siyu.loyalty import ledger as books
from siyu.stores.sql.ledger import SqlLedger

app = App(name="ledger", help="The ledger 总账 of rewards, points and coupons.")
_MOST_PROBLEMS = 100


@app.command
def verify(*, workspace: Path | None = None, json: bool = False) -> None:
    """Prove that debits equal credits, that kept balances are the sums of their postings, and that none is below zero.

    Raises:
        BadInputError: the books are wrong; the answer says where.
    """
    with open_workspace(workspace) as opened, opened.database.read() as connection:
        ledger = SqlLedger(connection)
        entries = list(ledger.all())
        problems = books.problems_of(entries)
        totals, kept = ledger.totals(), ledger.kept_balances()
    for place in sorted(totals.keys() | kept.keys(), key=str):
        if totals.get(place, 0) != kept.get(place, 0):
            problems.append(
                f"{place.account} of identifier {place.identifier_id}: kept {kept.get(place, 0)}, "
                f"postings say {totals.get(place, 0)}"
            )
    by_account: dict[str, dict[str, int]] = {}
    for place, amount in totals.items():
        units = by_account.setdefault(place.account.value, {})
        units[place.unit] = units.get(place.unit, 0) + amount
    debits = sum(p.amount for one in entries for p in one.postings if p.amount > 0)
    credits_ = -sum(p.amount for one in entries for p in one.postings if p.amount < 0)
    answer(
        {
            "balanced": not problems,
            "entries": len(entries),
            "debits": debits,
            "credits": credits_,
            "accounts": by_account,
            "problems": problems[:_MOST_PROBLEMS],
        },
        json=json,
    )
    if problems:
        raise BadInputError(f"the books are wrong in {len(problems)} places", where="ledger")


@app.command
def fund(campaign: str, amount: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Put money into the budget of a campaign: ``siyu ledger fund spring 5000``."""
    with open_workspace(workspace) as opened:
        currency, now = opened.settings.brand.currency, opened.clock.now_us()
        minor = minor_units(amount, currency)
        name = time_ordered_id(now, "fund", campaign, str(minor)).hex()
        one = books.fund(campaign, minor, currency=currency, at_us=now, about=name)
        place = books.budget(campaign, currency)
        with opened.database.write() as connection:
            ledger = SqlLedger(connection)
            ledger.append([one])
            left = ledger.balances([place])[place]
    answer({"campaign": campaign, "added_minor": minor, "budget_minor": left, "currency": currency}, json=json)


@app.command
def balance(*identifiers: int, workspace: Path | None = None, json: bool = False) -> None:
    """Show what a person has: the sum over the identifiers named."""
    with open_workspace(workspace) as opened, opened.database.read() as connection:
        found = SqlLedger(connection).accounts(identifiers)
    sums: dict[str, dict[str, int]] = {}
    for place, amount in found.items():
        units = sums.setdefault(place.account.value, {})
        units[place.unit] = units.get(place.unit, 0) + amount
    answer({"identifiers": list(identifiers), "balances": sums}, json=json)
