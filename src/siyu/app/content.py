"""Content calendars of a workspace: checked before they go out, what each piece brought, as whom staff really spoke."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import func, select

from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.policy.lint_target import read_plan
from siyu.app.workspace import Workspace
from siyu.content.calendar import ContentCalendar, Finding, PlannedPiece, calendar_of, findings, gaps, off_mix, toneless
from siyu.content.persona import Persona, personas_of
from siyu.content.piece import Piece
from siyu.content.voice import Voice
from siyu.dispatch.choose import ways
from siyu.dispatch.message import MessageState
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.interval import Estimate, cost_per, share
from siyu.measurement.metrics.content import ContentCell
from siyu.policy.lint import lint_text
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier

#: Fewer messages to one person say nothing about a mix.
_FEW: Final = 3
#: Where a workspace keeps its calendars, and its staff's persona cards.
FOLDER: Final = "content"
CARDS: Final = "personas.yaml"


@dataclass(frozen=True, slots=True)
class Checked:
    """What to mend in a calendar, and whom it leaves without talk, service or content."""

    calendar: str
    pieces: int
    findings: list[Finding]
    gaps: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Returned:
    """What a piece or a topic cost and brought.

    Attributes:
        people: Who met it; of a topic, once for each of its pieces.
        retained: Share of those whose 60 days are over who did something by themselves in days 30 to 60.
        cost_per_retained_minor: With its interval; ``None`` while nobody is known to have stayed.
    """

    name: str
    pieces: int
    cost_minor: int
    contacts: int
    people: int
    seen_60: int
    retained: Estimate | None
    cost_per_retained_minor: Estimate | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """As whom one staff member spoke.

    Attributes:
        expert, friend, sales: Messages that reached people, by the voice that the calendars give their pieces;
            ``unplanned``: pieces of no calendar, or without a voice.
        too_much: Voices beyond their planned share (the mix of the calendars, by pieces) by more than a tenth.
        people, oversold: People who were spoken to, and those of them with three planned messages or more of whom the
            same holds for ``sales``.
    """

    staff: str
    people: int
    expert: int
    friend: int
    sales: int
    unplanned: int
    too_much: list[Voice]
    oversold: int


def read_calendar(file: Path) -> ContentCalendar:
    """Read a calendar from YAML or JSON.

    Raises:
        BadInputError: it cannot be read, or is wrong; it says where.
    """
    calendar = calendar_of(read_plan(file), file=file.name)
    for number, piece in enumerate(calendar.pieces):
        if piece.traffic.channel not in ways():
            raise BadInputError(
                f"there is no channel {piece.traffic.channel!r}",
                where=f"{file.name}: pieces[{number}].traffic.channel",
                mend=", ".join(sorted(ways())),
            )
    return calendar


def calendars(workspace: Workspace) -> list[ContentCalendar]:
    """Read the calendars of a workspace (``content/*.yaml``), by name.

    Raises:
        BadInputError: one is wrong.
    """
    return [read_calendar(file) for file in sorted((workspace.folder / FOLDER).glob("*.y*ml"))]


def read_personas(file: Path) -> dict[str, Persona]:
    """Read persona cards, by staff member.

    Raises:
        BadInputError: they cannot be read, or one is wrong.
    """
    return personas_of(read_plan(file), file=file.name)


def checked(
    calendar: ContentCalendar,
    earlier: Iterable[ContentCalendar] = (),
    personas: Mapping[str, Persona] | None = None,
) -> Checked:
    """Say what to mend before a calendar goes out: an editor's look, and the clauses in force on each piece's day.

    Args:
        earlier: Calendars whose pieces should not be said again.
        personas: Cards of those who speak; tones are left alone without them.
    """
    published = {one.content_id: one.content.text for other in earlier for one in other.pieces}
    found = findings(calendar, published)
    if personas is not None:
        found += toneless(calendar, personas)
    for piece in calendar.pieces:
        broken = lint_text(piece.content.text, platform=piece.traffic.channel, on=piece.day)
        found += [Finding(piece.content_id, one.rule, f"{one.found}: {one.says}", one.alternative) for one in broken]
    roles = {channel: way.roles for channel, way in ways().items()}
    return Checked(calendar.name, len(calendar.pieces), found, gaps(calendar, roles))


def returns(workspace: Workspace, planned: Sequence[ContentCalendar]) -> dict[str, list[Returned]]:
    """Say what pieces and topics cost and brought, best retention first (by its lower end).

    Returns:
        ``pieces`` and ``topics``.
    """
    measured = metric_of_workspace(workspace, "content", {"by": "content_id"})
    cells = {cell.content_id: cell for cell in measured.cells}
    pieces = {piece.content_id: piece for one in planned for piece in one.pieces}
    topics: dict[str, list[PlannedPiece]] = {}
    for piece in pieces.values():
        topics.setdefault(piece.topic, []).append(piece)
    return {
        "pieces": _sorted(_returned(name, [piece], cells) for name, piece in pieces.items()),
        "topics": _sorted(_returned(name, some, cells) for name, some in topics.items()),
    }


def spoken(workspace: Workspace, planned: Sequence[ContentCalendar], *, days: int) -> list[Spoken]:
    """Say as whom staff really spoke in the last ``days`` days, beside the mix that the calendars plan.

    Raises:
        BadInputError: no calendar says a mix.
    """
    mixed = [one for one in planned if one.mix]
    if not mixed:
        raise BadInputError("no calendar plans a mix", mend="mix: {expert: 0.4, friend: 0.4, sales: 0.2}")
    whole = sum(len(one.pieces) for one in mixed)
    mix: dict[Voice, float] = {}
    for one in mixed:
        for voice, part in one.mix.items():
            mix[voice] = mix.get(voice, 0.0) + part * len(one.pieces) / max(1, whole)
    voices = {piece.content_id: piece.voice for one in planned for piece in one.pieces}
    since_us = workspace.clock.now_us() - days * DAY
    columns = (message.c.staff, identifier.c.person_id, message.c.content)
    query = (
        select(*columns, func.count())
        .join(identifier, identifier.c.identifier_id == message.c.identifier_id)
        .where(message.c.state == MessageState.SENT.value, message.c.settled_at_us >= since_us)
        .group_by(*columns)
    )
    found: dict[str, dict[int, Counter[Voice | None]]] = {}
    with workspace.database.read() as connection:
        for staff, person, content, count in connection.execute(query):
            said = voices.get(msgspec.json.decode(content, type=Piece).content_id)
            found.setdefault(staff, {}).setdefault(person, Counter())[said] += count
    return [_spoken(staff, people, mix) for staff, people in sorted(found.items())]


def _spoken(staff: str, people: Mapping[int, Counter[Voice | None]], mix: Mapping[Voice, float]) -> Spoken:
    whole = sum(people.values(), Counter[Voice | None]())
    each = [_voiced(one) for one in people.values()]
    oversold = sum(sum(one.values()) >= _FEW and "sales" in off_mix(mix, one) for one in each)
    return Spoken(
        staff, len(people), whole["expert"], whole["friend"], whole["sales"], whole[None],
        off_mix(mix, _voiced(whole)), oversold,
    )  # fmt: skip


def _voiced(counts: Mapping[Voice | None, int]) -> dict[Voice, int]:
    return {voice: count for voice, count in counts.items() if voice is not None}


def _returned(name: str, pieces: Sequence[PlannedPiece], cells: Mapping[str, ContentCell]) -> Returned:
    met = [cells[one.content_id] for one in pieces if one.content_id in cells]
    cost = sum(one.content.cost_minor for one in pieces)
    over = sum(one.seen_60 for one in met)
    kept = sum(round(one.retained.value * one.seen_60) for one in met if one.retained)
    return Returned(
        name, len(pieces), cost, sum(one.contacts for one in met), sum(one.people for one in met), over,
        share(kept, over), cost_per(cost, kept, over),
    )  # fmt: skip


def _sorted(rows: Iterable[Returned]) -> list[Returned]:
    def place(one: Returned) -> tuple[float, Any]:
        return -(one.retained.low if one.retained else -1.0), one.name

    return sorted(rows, key=place)
