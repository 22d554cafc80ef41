"""The double-entry ledger in SQL. Append-only: entries and postings have no UPDATE and no DELETE here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from siyu.kernel.errors import BadInputError
from siyu.loyalty.ledger import SOURCES, Account, Entry, Place, Posting
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.loyalty import ledger_balance, ledger_entry, ledger_posting

_PAGE = 20_000
_KEYS = 400


class SqlLedger:
    """A ``loyalty.ports.Ledger`` on one connection. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, entries: Sequence[Entry]) -> int:
        """Keep entries that are not there yet; return how many were new.

        Raises:
            BadInputError: an entry does not add up to zero, or a balance would fall below zero; then none is kept.
        """
        fresh = self._fresh(entries)
        added: dict[Place, int] = defaultdict(int)
        for one in fresh:
            sums: dict[str, int] = defaultdict(int)
            for posting in one.postings:
                added[posting.place] += posting.amount
                sums[posting.place.unit] += posting.amount
            if any(sums.values()):
                raise BadInputError(f"debits and credits of {one.kind} {one.about} differ", where="ledger")
        before = self.balances(list(added))
        for place, amount in added.items():
            if before[place] + amount < 0 and place.account not in SOURCES:
                raise BadInputError(
                    f"{place.account} {place.scope} has {before[place]} {place.unit} and would need {-amount}",
                    where="ledger",
                    mend="put money into the budget first" if place.account is Account.BUDGET else "",
                )
        if not fresh:
            return 0
        for entries_part in chunks(fresh, 4_000):
            self._connection.execute(ledger_entry.insert(), [_entry_row(one) for one in entries_part])
        postings = [row for one in fresh for row in _posting_rows(one)]
        for postings_part in chunks(postings, 4_000):
            self._connection.execute(ledger_posting.insert(), list(postings_part))
        self._add(added)
        return len(fresh)

    def balances(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Return the balances of places; those never used are 0."""
        found = dict.fromkeys(places, 0)
        table = ledger_balance.c
        key = tuple_(table.identifier_id, table.account, table.scope, table.unit)
        for part in chunks(list(found), _KEYS):
            wanted = [(place.identifier_id, place.account.value, place.scope, place.unit) for place in part]
            for row in self._connection.execute(select(ledger_balance).where(key.in_(wanted))):
                found[_place(row)] = row.amount
        return found

    def person(self, identifiers: Sequence[int], account: Account) -> Mapping[Place, int]:
        """Return the balances of one account over a person's identifiers, without those at 0."""
        return {place: amount for place, amount in self.accounts(identifiers).items() if place.account is account}

    def accounts(self, identifiers: Sequence[int]) -> Mapping[Place, int]:
        """Return every balance of these identifiers that is not 0."""
        found: dict[Place, int] = {}
        for part in chunks(list(identifiers), _KEYS):
            query = select(ledger_balance).where(ledger_balance.c.identifier_id.in_(part), ledger_balance.c.amount != 0)
            found |= {_place(row): row.amount for row in self._connection.execute(query)}
        return found

    def of_scope(self, scope: str) -> dict[str, dict[str, int]]:
        """Return what stands in each account for a campaign or kind of coupon, by unit; accounts at 0 are left out."""
        table = ledger_balance.c
        query = (
            select(table.account, table.unit, func.sum(table.amount))
            .where(table.scope == scope)
            .group_by(table.account, table.unit)
            .order_by(table.account, table.unit)
        )
        found: dict[str, dict[str, int]] = {}
        for account, unit, amount in self._connection.execute(query):
            if amount:
                found.setdefault(account, {})[unit] = int(amount)
        return found

    def history(self, identifiers: Sequence[int]) -> Sequence[Entry]:
        """Return the entries that touch any of the identifiers, oldest first."""
        ids: set[bytes] = set()
        for part in chunks(list(identifiers), _KEYS):
            query = select(ledger_posting.c.entry_id).where(ledger_posting.c.identifier_id.in_(part)).distinct()
            ids.update(self._connection.execute(query).scalars())
        found: list[Entry] = []
        for keys in chunks(sorted(ids), _KEYS):
            rows = self._connection.execute(
                select(ledger_entry).where(ledger_entry.c.entry_id.in_(keys)).order_by(ledger_entry.c.entry_id)
            ).all()
            found += self._with_postings(rows)
        return found

    def all(self) -> Iterable[Entry]:
        """Go through every entry, oldest first, a page at a time."""
        last = b""
        while True:
            rows = self._connection.execute(
                select(ledger_entry)
                .where(ledger_entry.c.entry_id > last)
                .order_by(ledger_entry.c.entry_id)
                .limit(_PAGE)
            ).all()
            if not rows:
                return
            yield from self._with_postings(rows)
            last = rows[-1].entry_id

    def totals(self) -> Mapping[Place, int]:
        """Recompute every balance from the postings."""
        table = ledger_posting.c
        query = select(
            table.identifier_id, table.account, table.scope, table.unit, func.sum(table.amount).label("amount")
        ).group_by(table.identifier_id, table.account, table.scope, table.unit)
        return {_place(row): int(row.amount) for row in self._connection.execute(query)}

    def kept_balances(self) -> Mapping[Place, int]:
        """Return every balance as it is kept beside the postings."""
        return {_place(row): row.amount for row in self._connection.execute(select(ledger_balance))}

    def _fresh(self, entries: Sequence[Entry]) -> list[Entry]:
        by_id = {one.entry_id: one for one in entries}
        for part in chunks(list(by_id), _KEYS):
            query = select(ledger_entry.c.entry_id).where(ledger_entry.c.entry_id.in_(part))
            for known in self._connection.execute(query).scalars().all():
                by_id.pop(bytes(known))
        return list(by_id.values())

    def _add(self, added: Mapping[Place, int]) -> None:
        rows = [
            {
                "identifier_id": place.identifier_id,
                "account": place.account.value,
                "scope": place.scope,
                "unit": place.unit,
                "amount": amount,
            }
            for place, amount in sorted(added.items(), key=lambda item: _order(item[0]))
            if amount
        ]
        keys = ["identifier_id", "account", "scope", "unit"]
        insert: Any = (
            postgresql.insert(ledger_balance)
            if self._connection.dialect.name == "postgresql"
            else sqlite.insert(ledger_balance)
        )
        insert = insert.on_conflict_do_update(
            index_elements=keys, set_={"amount": ledger_balance.c.amount + insert.excluded.amount}
        )
        for part in chunks(rows, 4_000):
            self._connection.execute(insert, list(part))

    def _with_postings(self, rows: Sequence[Any]) -> Iterable[Entry]:
        postings: dict[bytes, list[Posting]] = defaultdict(list)
        for part in chunks([row.entry_id for row in rows], _KEYS):
            query = (
                select(ledger_posting)
                .where(ledger_posting.c.entry_id.in_(part))
                .order_by(ledger_posting.c.entry_id, ledger_posting.c.line)
            )
            for posting in self._connection.execute(query):
                postings[posting.entry_id].append(Posting(_place(posting), posting.amount))
        for row in rows:
            yield Entry(
                row.entry_id,
                row.kind,
                row.at_us,
                row.about,
                row.reason,
                tuple(postings[row.entry_id]),
                row.expires_at_us,
            )


def _order(place: Place) -> tuple[int, str, str, str]:
    return place.identifier_id, place.account.value, place.scope, place.unit


def _place(row: Any) -> Place:
    return Place(Account(row.account), row.identifier_id, row.scope, row.unit)


def _entry_row(one: Entry) -> dict[str, Any]:
    return {
        "entry_id": one.entry_id,
        "kind": one.kind,
        "at_us": one.at_us,
        "about": one.about,
        "reason": one.reason,
        "expires_at_us": one.expires_at_us,
    }


def _posting_rows(one: Entry) -> list[dict[str, Any]]:
    return [
        {
            "entry_id": one.entry_id,
            "line": line,
            "account": posting.place.account.value,
            "identifier_id": posting.place.identifier_id,
            "scope": posting.place.scope,
            "unit": posting.place.unit,
            "amount": posting.amount,
        }
        for line, posting in enumerate(one.postings)
    ]
