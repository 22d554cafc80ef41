"""Decisions (裁决): what was proposed and what the guard said, by rule and one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, Select, func, or_, select

from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text, id_text
from siyu.kernel.period import Period, moment_of
from siyu.policy.reasons import why
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier

STATES: Final = ("waiting", "approved", "held", "denied", "expired")
_FEW: Final = 50


@dataclass(frozen=True, slots=True)
class ByRule:
    """How often one rule spoke.

    Attributes:
        because: The reason it gave most often; ``evidence`` is that of one such verdict.
        reasons: How many different reasons there were.
    """

    rule: str
    count: int
    because: str
    evidence: Mapping[str, Any]
    reasons: int


@dataclass(frozen=True, slots=True)
class Day:
    """What was decided and sent on one day of the brand's calendar.

    Attributes:
        from_us, to_us: The day; half-open.
        is_today: False when nothing was decided today and this is the last day on which something was.
        messages: Messages that were put into the outbox that day, by state.
    """

    from_us: int
    to_us: int
    is_today: bool
    approved: int
    held: Sequence[ByRule]
    denied: Sequence[ByRule]
    messages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Decision:
    """One proposal and what became of it; times in microseconds since 1970 UTC.

    Attributes:
        because: Which of the rule's reasons (``policy/reasons.toml``); the evidence holds its values.
        reason, reason_zh: The same as sentences.
    """

    proposal_id: str
    person_id: int
    play: str
    purpose: str
    channel: str
    action: str
    text: str
    expected_value_minor: float
    proposed_at_us: int
    due_at_us: int
    deadline_us: int
    state: str
    rule: str
    because: str
    reason: str
    reason_zh: str
    evidence: Mapping[str, Any]
    judged_at_us: int | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """One page of decisions.

    Attributes:
        after: Key for the next page; empty when there are no more.
    """

    rows: Sequence[Decision]
    after: str


def day_of_decisions(workspace: Workspace) -> Day:
    """Return what was decided today, or on the last day on which anything was."""
    return KEPT.get(workspace, "day", lambda: _read_day(workspace), fresh_s=5.0)


def rules_that_spoke(workspace: Workspace) -> list[str]:
    """Return the names of all rules that ever held or denied something."""
    counts = KEPT.get(workspace, "verdicts", lambda: _counts(workspace), fresh_s=5.0)
    return sorted({rule for _, rule, _ in counts if rule})


def decisions(
    workspace: Workspace, *, state: str = "", rule: str = "", play: str = "", after: str = "", most: int = _FEW
) -> Decisions:
    """Return proposals, the newest occasion first.

    Args:
        after: Where the page before ended (``Decisions.after``).
    """
    wanted_now = (state, rule, play)
    counts = KEPT.get(workspace, "verdicts", lambda: _counts(workspace), fresh_s=5.0)
    if counts and not any(all(w in {"", had} for w, had in zip(wanted_now, one, strict=True)) for one in counts):
        return Decisions([], "")  # without this, a filter that fits nothing would read every proposal to learn so
    query = _decisions().order_by(proposal.c.proposal_id.desc()).limit(most + 1)
    for column, wanted in ((proposal.c.state, state), (proposal.c.rule, rule), (proposal.c.play, play)):
        if wanted:
            query = query.where(column == wanted)
    if after:
        query = query.where(proposal.c.proposal_id < id_of_text(after))
    with workspace.database.read() as connection:
        rows = [_decision(row) for row in connection.execute(query)]
    return Decisions(rows[:most], rows[most - 1].proposal_id if len(rows) > most else "")


def decisions_about(workspace: Workspace, person_id: int, *, most: int = _FEW) -> list[Decision]:
    """Return what was proposed for one person, and why it was sent, held or denied; what was judged last first."""
    newest = func.coalesce(proposal.c.judged_at_us, proposal.c.proposed_at_us).desc()
    query = _decisions().where(identifier.c.person_id == person_id).order_by(newest, proposal.c.proposal_id).limit(most)
    with workspace.database.read() as connection:
        return [_decision(row) for row in connection.execute(query)]


def decision_of(workspace: Workspace, name: str) -> Decision:
    """Return the decision behind a message or a proposal.

    Raises:
        BadInputError: there is neither a message nor a proposal of that id.
    """
    key = id_of_text(name)
    with workspace.database.read() as connection:
        behind = connection.execute(select(message.c.proposal_id).where(message.c.message_id == key)).scalar()
        row = connection.execute(_decisions().where(proposal.c.proposal_id == (behind or key))).first()
    if row is None:
        raise BadInputError(f"there is neither a message nor a proposal {name!r}")
    return _decision(row)


def last_judged_us(workspace: Workspace) -> int | None:
    """Return when the guard last judged anything."""
    with workspace.database.read() as connection:
        judged = select(func.max(proposal.c.judged_at_us)).where(proposal.c.judged_at_us.is_not(None))
        return connection.execute(judged).scalar()


def _counts(workspace: Workspace) -> list[tuple[str, str, str]]:
    """Return which (state, rule, play) there are."""
    columns = (proposal.c.state, proposal.c.rule, proposal.c.play)
    with workspace.database.read() as connection:
        return [(state, rule, play) for state, rule, play in connection.execute(select(*columns).distinct())]


def _decisions() -> Select[Any]:
    columns = [
        proposal.c[name]
        for name in (
            "proposal_id", "play", "purpose", "channel", "action", "content", "expected_value_minor", "proposed_at_us",
            "due_at_us", "deadline_us", "state", "rule", "reason", "evidence", "judged_at_us",
        )
    ]  # fmt: skip
    return select(*columns, identifier.c.person_id).join(
        identifier, identifier.c.identifier_id == proposal.c.identifier_id
    )


def _decision(row: Row[Any]) -> Decision:
    piece, evidence = msgspec.json.decode(row.content), msgspec.json.decode(row.evidence)
    return Decision(
        id_text(bytes(row.proposal_id)), row.person_id, row.play, row.purpose, row.channel, row.action,
        str(piece.get("text", "")), row.expected_value_minor, row.proposed_at_us, row.due_at_us, row.deadline_us,
        row.state, row.rule, row.reason, why(row.rule, row.reason, evidence), why(row.rule, row.reason, evidence, "zh"),
        evidence, row.judged_at_us,
    )  # fmt: skip


def _read_day(workspace: Workspace) -> Day:
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        last_us = connection.execute(
            select(func.max(proposal.c.judged_at_us)).where(proposal.c.judged_at_us <= now_us)
        ).scalar_one()
        zone = ZoneInfo(workspace.settings.brand.zone)
        today = moment_of(now_us).astimezone(zone).date()
        shown = moment_of(last_us).astimezone(zone).date() if last_us is not None else today
        period = Period.of_days(shown, 1, zone)
        of_the_day = (proposal.c.judged_at_us >= period.start_us, proposal.c.judged_at_us < period.end_us)
        kinds = (proposal.c.state, proposal.c.rule, proposal.c.reason)
        counted = connection.execute(select(*kinds, func.count()).where(*of_the_day).group_by(*kinds))
        judged = [(str(state), str(rule), str(reason), int(count)) for state, rule, reason, count in counted]

        def one_of(state: str, rule: str, reason: str) -> Mapping[str, Any]:
            query = select(proposal.c.evidence).where(
                *of_the_day, proposal.c.state == state, proposal.c.rule == rule, proposal.c.reason == reason
            )
            told: Mapping[str, Any] = msgspec.json.decode(connection.execute(query.limit(1)).scalar_one())
            return told

        held = _by_rule([row for row in judged if row[0] == "held"], one_of)
        denied = _by_rule([row for row in judged if row[0] in {"denied", "expired"}], one_of)
        sent = connection.execute(
            select(message.c.state, func.count())
            .where(
                or_(
                    message.c.settled_at_us.between(period.start_us, period.end_us - 1),
                    message.c.settled_at_us.is_(None) & message.c.due_at_us.between(period.start_us, period.end_us - 1),
                )
            )
            .group_by(message.c.state)
        ).all()
    return Day(
        period.start_us,
        period.end_us,
        shown == today,
        sum(count for state, _, _, count in judged if state == "approved"),
        held,
        denied,
        {str(state): int(count) for state, count in sent},
    )


def _by_rule(
    rows: Sequence[tuple[str, str, str, int]], one_of: Callable[[str, str, str], Mapping[str, Any]]
) -> list[ByRule]:
    rules: dict[str, list[tuple[int, str, str]]] = {}
    for state, rule, reason, count in rows:
        rules.setdefault(rule, []).append((count, reason, state))
    told = []
    for rule, found in rules.items():
        _, reason, state = max(found)
        told.append(ByRule(rule, sum(count for count, *_ in found), reason, one_of(state, rule, reason), len(found)))
    return sorted(told, key=lambda one: (-one.count, one.rule))
