"""The evidence log in SQL: who said that two identifiers are one person, or are not. Only ever appended to."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, exists, func, select

from siyu.kernel.ids import time_ordered_id
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows, select_in
from siyu.stores.sql.schema.people import evidence, identifier

#: How the source of a decision by a person begins.
BY_HAND = "person"
_EVIDENCE = (
    "evidence_id", "left_id", "right_id", "strength", "probability", "source", "touch_id", "said_at_us", "withdraws",
)  # fmt: skip


class SqlEvidence:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def said(self, lows: Iterable[int]) -> set[tuple[int, int]]:
        """Return the pairs that evidence joins, or that wait for a person, by their smaller identifier."""
        rows = select_in(
            self._connection,
            "SELECT left_id, right_id FROM evidence WHERE strength IN ('strong', 'held')"
            " AND NOT EXISTS (SELECT 1 FROM evidence back WHERE back.withdraws = evidence.evidence_id) AND left_id",
            sorted(lows),
            "bigint",
        )
        return {(low, high) for low, high in rows}

    def active(
        self, numbers: Sequence[int], *, strengths: Sequence[str] = ("strong",), of_people: Sequence[int] | None = None
    ) -> list[Any]:
        """Return evidence that was not withdrawn, by its smaller identifier (or by either one's person)."""
        back = evidence.alias("back")
        query = select(evidence.c.evidence_id, evidence.c.left_id, evidence.c.right_id, evidence.c.source).where(
            evidence.c.strength.in_(strengths), ~exists().where(back.c.withdraws == evidence.c.evidence_id)
        )
        found: list[Any] = []
        if of_people is not None:
            if self._connection.execute(query.limit(1)).first() is None:
                return found
            for part in chunks(of_people):
                theirs = select(identifier.c.identifier_id).where(identifier.c.person_id.in_(part))
                found += self._connection.execute(query.where(evidence.c.left_id.in_(theirs))).all()
            return found
        for part in chunks(numbers):
            found += self._connection.execute(query.where(evidence.c.left_id.in_(part))).all()
        return found

    def append(self, rows: Sequence[tuple[int, int, str, float, str, bytes | None, int, bytes | None]]) -> None:
        """Append evidence: both identifiers, strength, probability, source, touch, when, and what it withdraws."""
        insert_rows(
            self._connection,
            evidence,
            _EVIDENCE,
            [
                (evidence_id(low, high, strength, source, touch_id, at_us, withdraws), low, high, strength,
                 probability, source, touch_id, at_us, withdraws)
                for low, high, strength, probability, source, touch_id, at_us, withdraws in rows
            ],
            then="ON CONFLICT (evidence_id) DO NOTHING",
        )  # fmt: skip

    def decision(self, low: int, high: int, by: str) -> str:
        """Name a decision by hand; numbered, so that the same one at the same moment is still one of its own."""
        query = select(func.count()).select_from(evidence).where(
            evidence.c.left_id == low, evidence.c.right_id == high
        )  # fmt: skip
        return f"{BY_HAND}: {by} ({self._connection.execute(query).scalar_one()})"


def evidence_id(  # noqa: PLR0917  the parts that name it, in order
    low: int, high: int, strength: str, source: str, touch_id: bytes | None, at_us: int, withdraws: bytes | None
) -> bytes:
    """Return the id that the same evidence always has."""
    named = (touch_id or b"").hex(), (withdraws or b"").hex()
    return time_ordered_id(max(0, at_us), "evidence", str(low), str(high), strength, source, *named)
