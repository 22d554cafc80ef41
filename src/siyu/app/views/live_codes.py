"""Live codes (活码): where each leads, where its scans went, and what they brought."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from siyu.app.lake import timelines
from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.live_code import LiveCode, live_code_of

_ADDED: Final = (int(TouchKind.CONTACT_ADDED), int(TouchKind.GROUP_JOINED), int(TouchKind.MEMBER_JOINED))
_PAID: Final = int(TouchKind.ORDER_PAID)
_REFUNDED: Final = int(TouchKind.ORDER_REFUNDED)


@dataclass(frozen=True, slots=True)
class Brought:
    """What the people who scanned a code did after their first scan, over all channels.

    Attributes:
        people: Who scanned; ``added``: joined a guide, a group or the members afterwards; ``bought``: paid afterwards.
        value_minor: What they paid afterwards in the brand's currency, less refunds.
    """

    people: int = 0
    added: int = 0
    bought: int = 0
    value_minor: int = 0


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code; ``routing`` says for each target how many scans it had, today and ever, and why."""

    code: LiveCode
    changed_at_us: int
    scans: int
    today: int
    routing: Sequence[tuple[str, int, int, str]]
    last_at_us: int
    brought: Brought


def live_codes(workspace: Workspace) -> list[CodeRow]:
    """Return every code, that with the most scans first."""

    def read() -> list[CodeRow]:
        zone = ZoneInfo(workspace.settings.brand.zone)
        today = datetime.fromtimestamp(workspace.clock.now_us() / 1e6, zone).toordinal()
        with workspace.database.read() as connection:
            store = SqlLiveCodes(connection)
            kept = [one for one in map(store.newest, store.codes()) if one is not None]
            told = {one.code: (store.by_reason(one.code), store.sent(one.code, since_day=today)) for one in kept}
        brought = _brought(workspace, [one.code for one in kept]) if kept else {}
        rows = []
        for one in kept:
            reasons, of_today = told[one.code]
            ever: Counter[str] = Counter()
            why: dict[str, list[str]] = defaultdict(list)
            for row in reasons:
                ever[row["target"]] += row["scans"]
                why[row["target"]].append(row["reason"])
            routing = [(name, of_today.get(name, 0), count, " ".join(why[name])) for name, count in ever.most_common()]
            last = max((row["last_at_us"] for row in reasons), default=0)
            code = live_code_of(one.plan, version=one.version, zone=zone)
            rows.append(
                CodeRow(code, one.changed_at_us, sum(ever.values()), sum(of_today.values()), routing, last,
                        brought.get(one.code, Brought()))
            )  # fmt: skip
        return sorted(rows, key=lambda row: (-row.scans, row.code.code))

    return KEPT.get(workspace, "live_codes", read, fresh_s=15.0)


def _brought(workspace: Workspace, codes: Sequence[str]) -> dict[str, Brought]:
    """Follow everybody who scanned: a person counts for the code of the first scan."""
    number = {code: place for place, code in enumerate(codes)}
    sums = np.zeros((len(codes), 4), np.int64)
    currency = workspace.settings.brand.currency
    read = timelines(workspace)
    for bucket in read.buckets:
        timeline = read.of_bucket(bucket, ("kind", "source_code", "value", "currency"))
        source, money = timeline.text["source_code"], timeline.text["currency"]
        code_of = np.array([number.get(name, -1) for name in source.names] or [-1], np.int64)[source.codes]
        scans = np.flatnonzero((timeline.kind == int(TouchKind.SCAN)) & (code_of >= 0))
        people, at = np.unique(timeline.person[scans], return_index=True)  # sorted by time: the first is the first scan
        if not people.size:
            continue
        first = scans[at]
        place = np.minimum(np.searchsorted(people, timeline.person), people.size - 1)
        after = (people[place] == timeline.person) & (timeline.at >= timeline.at[first][place])
        added, bought = np.zeros(people.size, np.bool_), np.zeros(people.size, np.bool_)
        added[place[after & np.isin(timeline.kind, _ADDED)]] = True
        bought[place[after & (timeline.kind == _PAID)]] = True
        ours = np.array([name == currency for name in money.names] or [False])[money.codes]
        paid = after & ours & np.isin(timeline.kind, (_PAID, _REFUNDED))
        value = np.zeros(people.size, np.int64)
        np.add.at(value, place[paid], timeline.value[paid])
        told = np.stack(
            [np.ones(people.size, np.int64), added.astype(np.int64), bought.astype(np.int64), value], axis=1
        )
        np.add.at(sums, code_of[first], told)
    return {code: Brought(*map(int, sums[place])) for code, place in number.items()}
