"""The books of journeys in SQL: what is published, how far touches were heard, who stands where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.campaigns.journey.program import DICE, START, Journey, Outcome
from siyu.kernel.ids import share_of
from siyu.stores.sql.bulk import insert_rows, select_in
from siyu.stores.sql.schema.journeys import journey, journey_mark, journey_run, journey_version
from siyu.stores.sql.schema.touches import touch

RUNNING, PAUSED = "running", "paused"
HEARD: Final = "heard"
_json = msgspec.json.Encoder()
_program = msgspec.json.Decoder(Journey)
_COLUMNS: Final = (
    "identifier_id", "version_id", "entered_at_us", "entry_seq", "step", "due_at_us", "since_us", "came_from",
    "outcome", "heard", "dice",
)  # fmt: skip


class Moves(msgspec.Struct, frozen=True):
    """Where people of an older version go: version, step by step, bit by bit."""

    to: int
    steps: dict[int, int]
    bits: dict[int, int]


@dataclass(frozen=True, slots=True)
class Version:
    """One published version.

    Attributes:
        is_current: Whether people enter it.
        is_running: Whether people in it move.
        moves: Where its people go; None: they stay.
    """

    version_id: int
    number: int
    journey: Journey
    text: str
    published_at_us: int
    is_current: bool
    is_running: bool
    reason: str
    moves: Moves | None


class Way(NamedTuple):
    """One way of one person through a journey, as ``journey_run`` has it."""

    person_id: int
    identifier_id: int
    version_id: int
    entered_at_us: int
    step: int
    due_at_us: int | None
    since_us: int
    outcome: int


class SqlJourneys:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._flavour = sqlite if self._is_sqlite else postgresql

    # --- versions -------------------------------------------------------------------------------------------------

    def versions(self, name: str | None = None) -> list[Version]:
        """Return every version, of one journey or of all; older ones first."""
        query = (
            select(journey_version, journey.c.version_id.label("current"), journey.c.state, journey.c.reason)
            .join(journey, journey.c.name == journey_version.c.name)
            .order_by(journey_version.c.name, journey_version.c.number)
        )
        if name is not None:
            query = query.where(journey_version.c.name == name)
        return [
            Version(
                row.version_id, row.number, _program.decode(row.program), row.text, row.published_at_us,
                row.current == row.version_id, row.state == RUNNING, row.reason,
                msgspec.json.decode(row.moves, type=Moves) if row.moves else None,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip

    def publish(self, one: Journey, written: str, *, now_us: int) -> int:
        """Keep a new version that people enter from now on; return its number in the table."""
        number = self._connection.execute(
            select(func.coalesce(func.max(journey_version.c.number), 0)).where(journey_version.c.name == one.name)
        ).scalar_one()
        version_id = self._connection.execute(
            self._flavour.insert(journey_version)
            .values(name=one.name, number=number + 1, text=written, program=_json.encode(one),
                    published_at_us=now_us, moves=b"")
            .returning(journey_version.c.version_id)
        ).scalar_one()  # fmt: skip
        statement = self._flavour.insert(journey).values(
            name=one.name, version_id=version_id, state=RUNNING, reason="", changed_at_us=now_us
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_={word: statement.excluded[word] for word in ("version_id", "changed_at_us")},
            )
        )
        return int(version_id)

    def set_moves(self, version_id: int, moves: Moves | None) -> None:
        """Say where the people of an older version go."""
        self._connection.execute(
            update(journey_version)
            .where(journey_version.c.version_id == version_id)
            .values(moves=_json.encode(moves) if moves else b"")
        )

    def set_state(self, name: str, state: str, *, reason: str, now_us: int) -> bool:
        """Pause or resume a journey; return whether there is one."""
        done = self._connection.execute(
            update(journey).where(journey.c.name == name).values(state=state, reason=reason, changed_at_us=now_us)
        )
        return bool(done.rowcount)

    # --- marks ----------------------------------------------------------------------------------------------------

    def mark(self, name: str) -> int | None:
        """Return how far something has come."""
        return self._connection.execute(
            select(journey_mark.c.value).where(journey_mark.c.name == name)
        ).scalar_one_or_none()

    def hold_mark(self, name: str) -> int | None:
        """Return a mark and keep others from it until the end of the transaction; None if another has it."""
        query = select(journey_mark.c.value).where(journey_mark.c.name == name)
        return self._connection.execute(query.with_for_update(skip_locked=True)).scalar_one_or_none()

    def set_mark(self, name: str, value: int, *, only_new: bool = False) -> None:
        """Keep how far something has come."""
        statement = self._flavour.insert(journey_mark).values(name=name, value=value)
        if only_new:
            self._connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
        else:
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )

    def last_touch(self) -> int:
        """Return the number of the last touch before which no other can still come to light."""
        if not self._is_sqlite:
            # an insert under way may still bring a smaller number: wait for it
            self._connection.execute(text("LOCK TABLE touch IN SHARE MODE"))
        return int(self._connection.execute(select(func.coalesce(func.max(touch.c.seq), 0))).scalar_one())

    # --- people ---------------------------------------------------------------------------------------------------

    def people_of(self, identifiers: Sequence[int]) -> dict[int, int]:
        """Return the person of each identifier that there is."""
        rows = select_in(
            self._connection, "SELECT identifier_id, person_id FROM identifier WHERE identifier_id",
            list(identifiers), "bigint",
        )  # fmt: skip
        return dict(rows)

    def history(self, version_ids: Sequence[int], people: Sequence[int]) -> dict[int, list[Way]]:
        """Return the earlier ways of people through versions of a journey, by person."""
        prefer_indexes(self._connection)
        family = ",".join(str(int(number)) for number in version_ids)
        # CROSS JOIN: from the people to their ways, never through every way there is
        rows = select_in(
            self._connection,
            "SELECT i.person_id, r.identifier_id, r.version_id, r.entered_at_us, r.step, r.due_at_us, r.since_us, "
            "r.outcome FROM identifier i CROSS JOIN journey_run r "
            f"WHERE r.identifier_id = i.identifier_id AND r.version_id IN ({family}) AND i.person_id",
            list(people),
            "bigint",
        )
        found: dict[int, list[Way]] = {}
        for row in sorted((Way(*row) for row in rows), key=lambda way: (way.entered_at_us, way.identifier_id)):
            found.setdefault(row.person_id, []).append(row)
        return found

    def enter(
        self, version: Version, version_ids: Sequence[int], who: Sequence[tuple[int, int, int]], *, now_us: int,
        midnight_us: int, salt: str,
    ) -> int:  # fmt: skip
        """Let people in as far as the journey's rules allow; return how many came in.

        Args:
            version_ids: Every version of the journey: an earlier way through any of them counts.
            who: (identifier, person, number of the touch that brings them or 0), those first who come first.
            salt: Splits draw by it.
        """
        one = version.journey
        first: dict[int, tuple[int, int]] = {}
        for number, person, seq in who:
            first.setdefault(person, (number, seq))
        before = self.history(version_ids, list(first))
        welcome = [
            (number, seq) for person, (number, seq) in first.items() if _may_enter(one, before.get(person), now_us)
        ]
        room = self._room(one, version_ids, midnight_us)
        rows = [
            (number, version.version_id, now_us, seq, START, now_us, now_us, START, int(Outcome.UNDER_WAY), 0,
             dice_of(one.name, number, salt))
            for number, seq in (welcome if room is None else welcome[: max(0, room)])
        ]  # fmt: skip
        insert_rows(self._connection, journey_run, _COLUMNS, rows, then="ON CONFLICT DO NOTHING")
        return len(rows)

    def _room(self, one: Journey, version_ids: Sequence[int], midnight_us: int) -> int | None:
        """Return how many more people the caps allow; None: any number."""
        count = select(func.count()).select_from(journey_run).where(journey_run.c.version_id.in_(version_ids))
        asked = {
            "in_flight": count.where(journey_run.c.due_at_us.is_not(None)),
            "a_day": count.where(journey_run.c.entered_at_us >= midnight_us),
            "ever": count,
        }
        rooms = [most - int(self._connection.execute(asked[cap]).scalar_one()) for cap, most in one.caps.items()]
        return min(rooms, default=None)

    def standing(self, version_ids: Sequence[int]) -> list[Mapping[str, Any]]:
        """Return how many people stand at each step: version, step, where they came from, outcome, when they leave."""
        rows = self._connection.execute(
            select(
                journey_run.c.version_id, journey_run.c.step, journey_run.c.came_from, journey_run.c.outcome,
                func.count().label("people"), func.min(journey_run.c.due_at_us).label("first_due_us"),
                func.max(journey_run.c.due_at_us).label("last_due_us"),
            )
            .where(journey_run.c.version_id.in_(version_ids))
            .group_by(journey_run.c.version_id, journey_run.c.step, journey_run.c.came_from, journey_run.c.outcome)
            .order_by(journey_run.c.version_id, journey_run.c.step, journey_run.c.came_from)
        ).mappings()  # fmt: skip
        return [dict(row) for row in rows]


def prefer_indexes(connection: Connection) -> None:
    """Let PostgreSQL go from known rows to others by index for the rest of the transaction.

    Without fresh statistics its planner would read whole tables for a few thousand known keys.
    """
    if connection.dialect.name != "sqlite":
        # what is switched off counts as very dear, and dear statements are compiled first: longer than they take
        for way in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit"):
            connection.exec_driver_sql(f"SET LOCAL {way} = off")


def dice_of(name: str, identifier_id: int, salt: str) -> int:
    """Draw somebody's dice: the same person walks the same ways of a split every time."""
    return int(share_of("journey", salt, name, str(identifier_id)) * DICE)


def _may_enter(one: Journey, before: list[Way] | None, now_us: int) -> bool:
    if not before:
        return True
    if any(row.due_at_us is not None for row in before) or one.again == "never":
        return False
    return one.again == "always" or max(row.entered_at_us for row in before) + one.again_us <= now_us
