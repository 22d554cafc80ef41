"""Compliance report (合规报告): what was said, judged, allowed, refused and asked for in a period."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from siyu.app.dispatch.brake_tasks import brake_tasks
from siyu.app.lake import measure
from siyu.app.oversight.refused import refused_asks
from siyu.app.workspace import Workspace
from siyu.channels.manifest import manifests
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of
from siyu.measurement.models.complaints import Complaints
from siyu.stores.sql.brake_days import SqlBrakeDays
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import consent
from siyu.stores.sql.schema.rights import rights_request

#: Rules by which law protects people, whatever the house wants.
_GUARDS: Final = ("consent", "contact_basis", "minors", "personalised", "open_complaint", "content_rules", "reward_law")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """One period, half-open, on the brand's calendar; each list holds rows with a name for each figure.

    Attributes:
        messages: By purpose, channel and what became of them; by the moment they were due.
        verdicts: Proposals by what the guard last said of them, and by which rule.
        consents: Decisions by purpose, channel and the version of the text that people saw.
        rights: Requests that were opened in the period, and whether they were answered in time.
        complaints: How many, messages sent, and the rate per 1,000; None where nothing was sent.
        braked, let_go: What the brake holds now; who let what go in the period, and why.
        refused: Asks for what is never done, at a door (``asks``) and as proposals (``proposals``).
        quotas: Messages by account and action, the most to one recipient, and what the platform allows.
        guards: How many proposals the rules that protect people stopped.
    """

    from_day: date
    to_day: date
    made_at_us: int
    messages: Sequence[Row]
    verdicts: Sequence[Row]
    consents: Sequence[Row]
    rights: Sequence[Row]
    complaints: Row
    braked: Sequence[Row]
    let_go: Sequence[Row]
    refused: Sequence[Row]
    quotas: Sequence[Row]
    guards: Sequence[Row]


def compliance(workspace: Workspace, from_day: date, to_day: date) -> Report:
    """Gather the report of the days from ``from_day`` up to, and without, ``to_day``.

    Raises:
        BadInputError: the period is empty or turned round.
    """
    if from_day >= to_day:
        raise BadInputError("the period is empty", where="--from, --to", mend="--to is the first day after it")
    zone = ZoneInfo(workspace.settings.brand.zone)
    from_us, to_us = (us_of(datetime(day.year, day.month, day.day, tzinfo=zone)) for day in (from_day, to_day))
    now_us = workspace.clock.now_us()
    complained = measure(workspace, Complaints(from_us))
    complaints = int((complained.at < to_us).sum())
    with workspace.database.read() as connection:
        messages = _messages(connection, from_us, to_us)
        verdicts = _verdicts(connection, from_us, to_us)
        let_go = [one for one in SqlBrakeDays(connection).let_go_before() if from_us <= one["at_us"] < to_us]
        refused = _refused(connection, from_us, to_us)
        consents, rights = _consents(connection, from_us, to_us), _rights(connection, from_us, to_us, now_us)
        quotas = _quotas(connection, from_us, to_us)
    sent = sum(one["messages"] for one in messages if one["state"] == "sent")
    stopped: Counter[str] = Counter()
    for one in verdicts:
        stopped[one["rule"]] += one["proposals"]
    return Report(
        from_day, to_day, now_us, messages, verdicts, consents, rights,
        {"complaints": complaints, "sent": sent, "per_1000": 1000 * complaints / sent if sent else None},
        [
            {"source": one.source, "step": one.step, "since_us": one.since_us, "why": one.why, "why_zh": one.why_zh}
            for one in brake_tasks(workspace)
        ],
        let_go, refused, quotas, [{"rule": name, "stopped": stopped[name]} for name in _GUARDS],
    )  # fmt: skip


def _messages(connection: Connection, from_us: int, to_us: int) -> list[Row]:
    columns = (proposal.c.purpose, message.c.channel, message.c.state)
    rows = connection.execute(
        select(*columns, func.count())
        .join_from(message, proposal, proposal.c.proposal_id == message.c.proposal_id)
        .where(message.c.due_at_us >= from_us, message.c.due_at_us < to_us)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [dict(zip(("purpose", "channel", "state", "messages"), row, strict=True)) for row in rows]


def _verdicts(connection: Connection, from_us: int, to_us: int) -> list[Row]:
    columns = (proposal.c.state, proposal.c.rule)
    rows = connection.execute(
        select(*columns, func.count())
        .where(proposal.c.judged_at_us >= from_us, proposal.c.judged_at_us < to_us)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [dict(zip(("verdict", "rule", "proposals"), row, strict=True)) for row in rows]


def _consents(connection: Connection, from_us: int, to_us: int) -> list[Row]:
    columns = (consent.c.purpose, consent.c.channel, consent.c.text_version)
    rows = connection.execute(
        select(*columns, func.sum(consent.c.granted), func.count())
        .where(consent.c.decided_at_us >= from_us, consent.c.decided_at_us < to_us)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        {"purpose": purpose, "channel": channel, "text_version": version, "given": int(given),
         "withdrawn": int(said - given)}
        for purpose, channel, version, given, said in rows
    ]  # fmt: skip


def _rights(connection: Connection, from_us: int, to_us: int, now_us: int) -> list[Row]:
    columns = (rights_request.c.kind, rights_request.c.due_at_us, rights_request.c.done_at_us)
    rows = connection.execute(
        select(*columns).where(rights_request.c.opened_at_us >= from_us, rights_request.c.opened_at_us < to_us)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, due_us, done_us in rows:
        if done_us is None:
            end = "overdue" if due_us < now_us else "open"
        else:
            end = "in_time" if done_us <= due_us else "late"
        found[kind][end] += 1
    ends = ("in_time", "late", "open", "overdue")
    return [
        {"kind": kind, "asked": told.total(), **{end: told[end] for end in ends}}
        for kind, told in sorted(found.items())
    ]


def _refused(connection: Connection, from_us: int, to_us: int) -> list[Row]:
    asked = refused_asks(connection, from_us=from_us, to_us=to_us)
    rows = connection.execute(
        select(proposal.c.action, func.count())
        .where(proposal.c.rule == "official_way", proposal.c.judged_at_us >= from_us, proposal.c.judged_at_us < to_us)
        .group_by(proposal.c.action)
    )
    proposed = Counter[str]()
    for action, count in rows:
        proposed[action] = count
    names = sorted(set(asked) | set(proposed))
    return [{"what": name, "asks": asked[name], "proposals": proposed[name]} for name in names]


def _quotas(connection: Connection, from_us: int, to_us: int) -> list[Row]:
    place = (message.c.channel, message.c.account, message.c.action)
    each = (
        select(*place, message.c.identifier_id, func.count().label("heard"))
        .where(message.c.state == "sent", message.c.due_at_us >= from_us, message.c.due_at_us < to_us)
        .group_by(*place, message.c.identifier_id)
        .subquery()
    )
    columns = (each.c.channel, each.c.account, each.c.action)
    rows = connection.execute(
        select(*columns, func.sum(each.c.heard), func.count(), func.max(each.c.heard))
        .group_by(*columns)
        .order_by(*columns)
    )
    found = []
    for channel, account, action, messages, people, most in rows:
        limit = manifests()[channel].limit(action, "customer") if channel in manifests() else None
        found.append({
            "channel": channel, "account": account, "action": action, "messages": int(messages), "recipients": people,
            "most_to_one": most, "allowed": limit.max if limit else None, "window": limit.window if limit else "",
        })  # fmt: skip
    return found
