"""Ads at work (投放): what each campaign, creative or channel cost and brought back, and which creatives are worn out.

Spend is imported (`siyu import … --as spend`); people are those whose first source is a code that the spend names.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siyu.app.lake import timelines
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.fatigue import Fatigue, ShownDay, fatigue
from siyu.measurement.metrics.break_even import break_even
from siyu.measurement.own import OWN
from siyu.stores.sql.spend import Spend, SqlSpend
from siyu.touchpoints.kind import TouchKind

#: What spend can be told by.
BY: Final = ("campaign", "ad", "channel")
_OWN: Final = tuple(int(kind) for kind in OWN)
_COLUMNS: Final = ("kind", "value", "source_code")


@dataclass(frozen=True, slots=True)
class AdRow:
    """What one campaign, creative or channel cost and brought.

    Attributes:
        per_mille_minor: Cost of a thousand impressions.
        first_minor, all_minor: Paid by first orders; by all orders so far less refunds, repeat purchase counted.
        retained: Did something by themselves in days 30 to 60 after they came; ``grown``: whose 60 days are over.
        ratio, ratio_with_repeat: Sales for one unit of spend, by first orders and by all of them.
        earned_minor: Margin of all sales less the spend.
    """

    name: str
    spend_minor: int
    impressions: int
    clicks: int
    per_mille_minor: float | None
    people: int
    buyers: int
    orders: int
    first_minor: int
    all_minor: int
    retained: int
    grown: int
    cost_per_retained_minor: float | None
    break_even_ratio: float | None
    ratio: float | None
    ratio_with_repeat: float | None
    earned_minor: float
    earns: bool


@dataclass(slots=True)
class _Brought:
    people: int = 0
    buyers: int = 0
    orders: int = 0
    first_minor: int = 0
    all_minor: int = 0
    retained: int = 0
    grown: int = 0


def ads(workspace: Workspace, *, by: str = "campaign", margin: float = 1.0, days: int = 365) -> list[AdRow]:
    """Return what was spent in the last ``days`` days and what came of it, the best earner first.

    Args:
        margin: Gross margin of sales.

    Raises:
        BadInputError: ``by`` is none of ``BY``, or the margin is no share.
    """
    if by not in BY:
        raise BadInputError(f"{by!r} is nothing to go by", where="--by", mend=", ".join(BY))
    spent = _spent(workspace, days)
    brought = _brought(workspace, {one.source_code for one in spent if one.source_code})
    groups: dict[str, list[Spend]] = defaultdict(list)
    for one in spent:
        groups[str(getattr(one, by))].append(one)
    rows = [
        _row(name, group, [brought[code] for code in {one.source_code for one in group} if code in brought], margin)
        for name, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row.earned_minor, row.name))


def creatives(workspace: Workspace, *, days: int = 90) -> list[tuple[str, str, Fatigue]]:
    """Return campaign, creative and how it wears, tired ones first; leads respond where no clicks are told."""
    shown: dict[tuple[str, str], list[ShownDay]] = defaultdict(list)
    for one in _spent(workspace, days):
        responses = one.clicks if one.clicks is not None else one.leads
        if one.ad and one.impressions and responses is not None:
            shown[one.campaign, one.ad].append(ShownDay(one.day_us, one.impressions, responses))
    found = [(campaign, ad, fatigue(parts)) for (campaign, ad), parts in shown.items()]
    return sorted(found, key=lambda one: (not one[2].tired, -one[2].impressions, one[:2]))


def _spent(workspace: Workspace, days: int) -> list[Spend]:
    now, currency = workspace.clock.now_us(), workspace.settings.brand.currency
    with workspace.database.read() as connection:
        return [one for one in SqlSpend(connection).between(now - days * DAY, now + DAY) if one.currency == currency]


def _row(name: str, spent: list[Spend], brought: list[_Brought], margin: float) -> AdRow:
    cost, impressions = sum(one.cost_minor for one in spent), sum(one.impressions or 0 for one in spent)
    total = {field: sum(getattr(one, field) for one in brought) for field in _Brought.__slots__}
    first = break_even(spend_minor=cost, sales_minor=max(total["first_minor"], 0), margin=margin)
    all_sales = break_even(spend_minor=cost, sales_minor=max(total["all_minor"], 0), margin=margin)
    return AdRow(
        name=name,
        spend_minor=cost,
        impressions=impressions,
        clicks=sum(one.clicks or 0 for one in spent),
        per_mille_minor=1000 * cost / impressions if impressions else None,
        cost_per_retained_minor=cost / total["retained"] if total["retained"] else None,
        break_even_ratio=first.break_even_ratio,
        ratio=first.ratio,
        ratio_with_repeat=all_sales.ratio,
        earned_minor=all_sales.contribution_minor,
        earns=all_sales.contribution_minor >= 0,
        **total,
    )


def _brought(workspace: Workspace, codes: set[str]) -> dict[str, _Brought]:
    """Add up by code the people whose first source it is."""
    found: dict[str, _Brought] = defaultdict(_Brought)
    if not codes:
        return found
    now = workspace.clock.now_us()
    read = timelines(workspace, columns=_COLUMNS)
    for bucket in read.buckets:
        timeline = read.of_bucket(bucket, _COLUMNS)
        text = timeline.text["source_code"]
        named = np.flatnonzero(np.array([bool(name) for name in text.names], np.bool_)[text.codes])
        people, first = np.unique(timeline.person[named], return_index=True)
        came = named[first]
        wanted = np.array([name in codes for name in text.names], np.bool_)[text.codes[came]]
        people, came = people[wanted], came[wanted]
        for place, start in zip(people.tolist(), came.tolist(), strict=True):
            stop = int(np.searchsorted(timeline.person, place, side="right"))
            kinds, at, value = timeline.kind[start:stop], timeline.at[start:stop], timeline.value[start:stop]
            _count(
                found[text.names[text.codes[start]]], kinds, at - timeline.at[start], value, now - timeline.at[start]
            )
    return found


def _count(one: _Brought, kinds: Any, since: Any, value: Any, age: int) -> None:
    """Count one person from the touch by which they came."""
    paid = np.flatnonzero(kinds == TouchKind.ORDER_PAID)
    one.people += 1
    one.buyers += bool(paid.size)
    one.orders += int(paid.size)
    one.first_minor += int(value[paid[0]]) if paid.size else 0
    one.all_minor += int(value[paid].sum()) - int(np.abs(value[kinds == TouchKind.ORDER_REFUNDED]).sum())
    if age >= 60 * DAY:
        one.grown += 1
        there = np.isin(kinds, _OWN) & (since >= 30 * DAY) & (since < 60 * DAY)
        one.retained += bool(there.any())
