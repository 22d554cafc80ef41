"""Rows that each say one thing: touches, people, consents, spend."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

import msgspec
import polars as pl

from siyu.app.intake.columns import (
    column_of,
    identifiers_of,
    micro_of,
    moments_of,
    number_of,
    text_of,
    to_minor,
)
from siyu.app.intake.mapping import Mapping
from siyu.app.intake.raw_rows import raw_rows
from siyu.app.intake.read_table import LINE
from siyu.app.intake.taxonomy import kind_of
from siyu.app.intake.understood import SetAside, Understood
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id
from siyu.stores.sql.spend import Spend
from siyu.touchpoints.kind import CHINESE, KINDS_BY_SLUG, TouchKind
from siyu.touchpoints.touch import MAX_TEXT, Identifier, Touch, happened, touch

_BY_CHINESE: Final = {chinese: kind for kind, chinese in CHINESE.items()}
_YES: Final = frozenset(
    {"1", "true", "yes", "y", "granted", "given", "opt in", "subscribed", "是", "同意", "已授权", "已同意", "授权"}
)
_NO: Final = frozenset(
    {
        "0",
        "false",
        "no",
        "n",
        "withdrawn",
        "opt out",
        "unsubscribed",
        "否",
        "不同意",
        "拒绝",
        "未授权",
        "已撤回",
        "撤回",
    }
)
_TEXTS: Final = ("channel", "account", "scene", "source_code", "content_id", "staff", "about", "event_key")


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its columns understood.

    Attributes:
        texts: Field -> text, empty where there is nothing.
        at_us: When; None if it does not say or cannot be read.
        micro: Money in millionths of a whole unit; None likewise.
    """

    line: int
    raw: bytes
    texts: dict[str, str]
    actors: tuple[Identifier, ...]
    traits: dict[str, str]
    properties: dict[str, str]
    at_us: int | None
    micro: int | None
    numbers: dict[str, int | None]


def understand_rows(
    table: pl.DataFrame, mapping: Mapping, *, zone: tzinfo, currency: str, now_us: int, where: str = ""
) -> Understood:
    """Understand each row as one touch: something that happened, a person, or a consent.

    Raises:
        BadInputError: a column that is needed is not there.
    """
    if mapping.what in {"touches", "consents"} and "at" not in mapping.columns:
        raise BadInputError("no column says when", where=where, mend='name it: at = "…"')
    if mapping.what in {"people", "consents"} and not mapping.identifiers:
        raise BadInputError("no column says who", where=where, mend="name one under [identifiers]")
    make = {"touches": _touch, "people": _person, "consents": _consent}[mapping.what]
    touches: list[Touch] = []
    aside: list[SetAside] = []
    headings: dict[str, int] = {}
    for row in _rows(table, mapping, zone, where):
        try:
            touches.append(make(row, mapping, currency, now_us))
        except (BadInputError, UnicodeError) as error:
            heading = f"bad_{error.where}" if isinstance(error, BadInputError) and error.where else "bad_row"
            heading = "without_customer" if heading == "bad_actors" else heading.replace("happened_at", "time")[:64]
            headings[heading] = headings.get(heading, 0) + 1
            aside.append(SetAside(row.line, heading, str(error), row.raw))
    return Understood(table.height, touches, [1] * len(touches), aside, headings=headings)


def understand_spend(
    table: pl.DataFrame, mapping: Mapping, *, zone: tzinfo, currency: str, where: str = ""
) -> tuple[list[Spend], list[SetAside]]:
    """Understand each row as what one place cost on one day.

    Raises:
        BadInputError: a column that is needed is not there.
    """
    for needed in ("day", "cost"):
        if needed not in mapping.columns:
            raise BadInputError(f"no column is the {needed}", where=where, mend=f'name it: {needed} = "…"')
    found: list[Spend] = []
    aside: list[SetAside] = []
    for row in _rows(table, mapping, zone, where):
        money = row.texts.get("currency") or mapping.fixed.get("currency") or currency
        if row.at_us is None:
            aside.append(SetAside(row.line, "bad_time", "the day cannot be read", row.raw))
        elif row.micro is None or row.micro < 0:
            aside.append(SetAside(row.line, "bad_amount", "the cost cannot be read", row.raw))
        else:
            found.append(
                Spend(
                    day_us=row.at_us,
                    channel=row.texts.get("channel") or mapping.fixed.get("channel", "ads"),
                    account=row.texts.get("account") or mapping.fixed.get("account", ""),
                    campaign=row.texts.get("campaign", ""),
                    ad=row.texts.get("ad", ""),
                    source_code=row.texts.get("source_code") or mapping.fixed.get("source_code", ""),
                    cost_minor=to_minor(row.micro, money),
                    currency=money,
                    impressions=row.numbers.get("impressions"),
                    clicks=row.numbers.get("clicks"),
                    leads=row.numbers.get("leads"),
                )
            )
    return found, aside


def _rows(table: pl.DataFrame, mapping: Mapping, zone: tzinfo, where: str) -> Iterator[Row]:
    column = {field: found for field, name in mapping.columns.items() if (found := column_of(table, name, where))}
    who = identifiers_of(table, mapping, where)
    traits = {name: column_of(table, wanted, where) for name, wanted in mapping.traits.items()}
    properties = {name: column_of(table, wanted, where) for name, wanted in mapping.properties.items()}
    at = column.get("at") or column.get("day")
    money = column.get("value") or column.get("value_minor") or column.get("cost")
    micro = micro_of(table, money) if money else pl.lit(None, pl.Int64)
    if "value_minor" in column and "value" not in column:
        micro = micro // 100 if money else micro
    numbers = [name for name in ("impressions", "clicks", "leads") if name in column]
    texts = [name for name in column if name not in {"at", "day", "value", "value_minor", "cost", *numbers}]
    understood = table.select(
        pl.col(LINE),
        (moments_of(table, at, mapping, zone) if at else pl.lit(None, pl.Int64)).alias("_at"),
        micro.alias("_micro"),
        *(text_of(table, column[name]).alias(f"_t_{name}") for name in texts),
        *(number_of(table, column[name]).alias(f"_n_{name}") for name in numbers),
        *(text_of(table, name).alias(f"_i_{space}") for space, name in who.items()),
        *(text_of(table, name).alias(f"_v_{trait}") for trait, name in traits.items() if name),
        *(text_of(table, name).alias(f"_p_{prop}") for prop, name in properties.items() if name),
    )
    broken = "__broken__" in table.columns
    faults = table["__broken__"].is_not_null().to_list() if broken else None
    for position, (row, raw) in enumerate(zip(understood.iter_rows(named=True), raw_rows(table), strict=True)):
        yield Row(
            line=row[LINE],
            raw=raw if not (faults and faults[position]) else str(table["__broken__"][position]).encode(),
            texts={name: row[f"_t_{name}"] for name in texts},
            actors=tuple(Identifier(space, row[f"_i_{space}"][:MAX_TEXT]) for space in who if row[f"_i_{space}"]),
            traits={name: row[f"_v_{name}"] for name, there in traits.items() if there and row[f"_v_{name}"]},
            properties={name: row[f"_p_{name}"] for name, there in properties.items() if there and row[f"_p_{name}"]},
            at_us=row["_at"],
            micro=row["_micro"],
            numbers={name: row[f"_n_{name}"] for name in numbers},
        )


def _touch(row: Row, mapping: Mapping, currency: str, now_us: int) -> Touch:
    written = row.texts.get("kind") or mapping.fixed.get("kind", "")
    kind = KINDS_BY_SLUG.get(written.lower()) or _BY_CHINESE.get(written) or kind_of(written)
    properties: dict[str, Any] = dict(row.properties)
    if kind is TouchKind.OTHER and written.lower() != "other":
        raise BadInputError(f"{written!r} is no kind of touch", where="kind", mend="`siyu touch kinds` lists them")
    if row.at_us is None:
        raise BadInputError("the moment cannot be read", where="time")
    money = row.texts.get("currency") or mapping.fixed.get("currency") or currency
    texts = {name: row.texts.get(name) or mapping.fixed.get(name, "") for name in _TEXTS}
    channel = texts.pop("channel") or "import"
    return touch(
        channel,
        kind,
        happened_at_us=happened(row.at_us, now_us),
        received_at_us=now_us,
        actors=row.actors,
        value_minor=to_minor(row.micro, money) if row.micro is not None else 0,
        currency=money,
        properties=properties,
        traits=row.traits,
        **texts,
    )


def _person(row: Row, mapping: Mapping, currency: str, now_us: int) -> Touch:
    if not row.actors:
        raise BadInputError("nothing says who it is", where="actors")
    joined = row.at_us is not None
    key = msgspec.json.encode([row.actors, sorted(row.traits.items()), sorted(row.properties.items())])
    made = touch(
        row.texts.get("channel") or mapping.fixed.get("channel", "import"),
        TouchKind.MEMBER_JOINED if joined else TouchKind.OTHER,
        happened_at_us=happened(row.at_us, now_us) if row.at_us is not None else now_us,
        received_at_us=now_us,
        account=mapping.fixed.get("account", ""),
        actors=row.actors,
        source_code=mapping.fixed.get("source_code", ""),
        currency=currency,
        properties={**row.properties, "import": "people"},
        traits=row.traits,
    )
    # the file says nothing of when: the row itself names the touch, so that the same row twice counts once
    return made if joined else msgspec.structs.replace(made, touch_id=time_ordered_id(0, "people", key.decode()))


def _consent(row: Row, mapping: Mapping, currency: str, now_us: int) -> Touch:
    if not row.actors:
        raise BadInputError("nothing says who it is", where="actors")
    if row.at_us is None:
        raise BadInputError("the moment cannot be read", where="time")
    word = (row.texts.get("granted") or mapping.fixed.get("granted", "")).lower()
    if word not in _YES | _NO:
        raise BadInputError(f"{word!r} is neither yes nor no", where="granted")
    properties: dict[str, Any] = dict(row.properties)
    for name, target in (
        ("purpose", "purpose"),
        ("text_version", "text_version"),
        ("proof", "proof"),
        ("channel", "for_channel"),
    ):
        value = row.texts.get(name) or mapping.fixed.get(name, "")
        if value:
            properties[target] = value
    return touch(
        "import",
        TouchKind.CONSENT_GIVEN if word in _YES else TouchKind.CONSENT_WITHDRAWN,
        happened_at_us=happened(row.at_us, now_us),
        received_at_us=now_us,
        account=mapping.fixed.get("account", ""),
        actors=row.actors,
        currency=currency,
        properties=properties,
        traits=row.traits,
    )
