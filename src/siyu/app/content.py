"""Content calendars of a workspace: checked before they go out, and what each piece and topic brought."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.policy.lint_target import read_plan
from siyu.app.workspace import Workspace
from siyu.content.calendar import ContentCalendar, Finding, PlannedPiece, calendar_of, findings, gaps
from siyu.dispatch.choose import ways
from siyu.kernel.errors import BadInputError
from siyu.measurement.interval import Estimate, cost_per, share
from siyu.measurement.metrics.content import ContentCell
from siyu.policy.lint import lint_text

#: Where a workspace keeps its calendars.
FOLDER: Final = "content"


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


def checked(calendar: ContentCalendar, earlier: Iterable[ContentCalendar] = ()) -> Checked:
    """Say what to mend before a calendar goes out: an editor's look, and the clauses in force on each piece's day.

    Args:
        earlier: Calendars whose pieces should not be said again.
    """
    published = {one.content_id: one.content.text for other in earlier for one in other.pieces}
    found = findings(calendar, published)
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
