"""Ocean Engine's words and ours: leads, comments under advertisements, what was spent. Pure.

Source: Ocean Engine's own Go SDK (ad_open_sdk_go 2026-08-12) for the answers, an open SDK for the push. Moments are
Beijing time; cost is in yuan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from siyu.channels.lead import Lead, touch_of_lead
from siyu.channels.public_words import public_words
from siyu.channels.record import Record, payload_of
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

CHANNEL: Final = "oceanengine"

_TRAITS: Final = {
    "name": "name",
    "telephone": "phone",
    "weixin": "wechat",
    "email": "email",
    "qq": "qq",
    "address": "address",
    "province_name": "province",
    "city_name": "city",
    "location": "location",
}
_KEPT: Final = (
    "clue_type", "clue_source", "clue_state", "convert_status", "site_id", "module_id", "form_remark", "creative_id",
    "ad_id", "promotion_id", "project_id", "req_id", "search_bid_word", "intention_estimation",
)  # fmt: skip
_REQUESTS: Final = frozenset(
    {
        "access_token", "advertiser_id", "advertiser_ids", "app_id", "auth_code", "e_douyin_ids", "end_time", "fields",
        "grant_type", "page", "page_size", "refresh_token", "secret", "start_time",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spend:
    """What one advertisement cost on one day.

    Attributes:
        dimensions: What the row is about, such as ``promotion_id`` -> id.
        cost_minor: In fen.
        shows, clicks, conversions: Whole numbers; 0 where the report does not say.
    """

    day: str
    dimensions: Mapping[str, str]
    cost_minor: int
    shows: int
    clicks: int
    conversions: int


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one push, or one answer of the API.

    Args:
        account: The advertiser id.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch.
    """
    record = payload_of(payload)
    if record.maybe("event") == "verify_webhook":
        raise Unmapped("verify_webhook")
    if "service_label" in record:
        return _from_push(record, account, received_at_us)
    if "code" in record and "data" in record:
        return _from_answer(record, account, received_at_us)
    if record.names() and record.names() <= _REQUESTS:
        raise Unmapped("request")
    if "code" in record:
        raise Unmapped("failed_answer" if record.integer("code") else "answer")
    raise BadInputError("neither a push nor an answer of Ocean Engine", mend="it needs service_label, or code and data")


def spend_from_report(answer: Mapping[str, Any] | str) -> list[Spend]:
    """Read the rows of a custom report with ``stat_time_day`` and ``stat_cost``.

    Raises:
        BadInputError: a row has no day or no cost.
    """
    found = []
    for row in payload_of(answer).record("data").records("rows"):
        dimensions, metrics = row.record("dimensions"), row.record("metrics")
        day = dimensions.text("stat_time_day")[:10]
        try:
            date.fromisoformat(day)
        except ValueError:
            dimensions.fail("stat_time_day", "is no day")
        others = {name: dimensions.maybe(name) for name in sorted(dimensions.names() - {"stat_time_day"})}
        found.append(
            Spend(
                day,
                others,
                metrics.yuan("stat_cost"),
                _count(metrics, "show_cnt"),
                _count(metrics, "click_cnt"),
                _count(metrics, "convert_cnt"),
            )
        )
    return found


def _count(metrics: Record, name: str) -> int:
    """Read a count; reports write them as ``12``, ``"12"`` or ``"12.0"``."""
    text = metrics.maybe(name) if not isinstance(metrics.raw(name), float) else repr(metrics.raw(name))
    return Record({name: text.removesuffix(".0")}).integer(name, 0)


def _from_push(push: Record, account: str, received_at_us: int) -> list[Touch]:
    data, message = push.inner_json("data"), push.text("message_id")
    at_us = push.maybe_seconds("publish_time") or push.seconds("timestamp")
    rows = list(data.records("list"))
    clues = rows or ([data] if "clue_id" in data else [])
    if clues:
        return [_clue(clue, account, received_at_us) for clue in clues]
    content = data.inner_json("content")
    if "comment_content" in content:
        user = content.maybe_record("comment_user")
        who = user.maybe("open_id") or data.maybe("from_user_id")
        app = push.maybe("app_id") or account
        return [
            touch(
                CHANNEL,
                TouchKind.COMMENT,
                happened_at_us=at_us,
                received_at_us=received_at_us,
                event_key=message,
                account=account,
                actors=(Identifier(f"douyin_open_id@{app}", who),) if who else (),
                scene="ad",
                about=content.maybe("reply_to_comment_id"),
                properties={"text": public_words(content.maybe("comment_content"))},
                traits={"nickname": name} if who and (name := user.maybe("nick_name")) else {},
            )
        ]
    raise BadInputError(f"{push.maybe('service_label')!r} is no push that we know", where="service_label")


def _from_answer(answer: Record, account: str, received_at_us: int) -> list[Touch]:
    if answer.integer("code") != 0:
        raise Unmapped("failed_answer")
    data = answer.maybe_record("data") if isinstance(answer.raw("data"), dict) else Record({})
    comments = [_comment(row, account, received_at_us) for row in data.records("comment_list")]
    if comments:
        return comments
    rows = list(data.records("list")) if isinstance(data.raw("list"), list) else []
    if rows and all("clue_id" in row for row in rows):
        return [_clue(row, account, received_at_us) for row in rows]
    if "rows" in data:
        raise Unmapped("spend_report")
    raise Unmapped("answer")


def _clue(clue: Record, account: str, received_at_us: int) -> Touch:
    properties: dict[str, Scalar] = {name: value for name in _KEPT if (value := clue.maybe(name))}
    properties["lead_no"] = clue.text("clue_id")
    left_at_us = clue.maybe_beijing("create_time_detail") or clue.beijing("create_time")
    return touch_of_lead(
        Lead(
            channel=CHANNEL,
            account=clue.maybe("advertiser_id") or account,
            lead_id=clue.text("clue_id"),
            left_at_us=left_at_us,
            scene="ad_lead",
            source_code=clue.maybe("promotion_id") or clue.maybe("ad_id"),
            content_id=clue.maybe("creative_id"),
            traits={ours: value for theirs, ours in _TRAITS.items() if (value := clue.maybe(theirs))},
            properties=properties,
        ),
        received_at_us=received_at_us,
    )


def _comment(row: Record, account: str, received_at_us: int) -> Touch:
    """A comment under an advertisement; the platform does not say who wrote it."""
    return touch(
        CHANNEL,
        TouchKind.COMMENT,
        happened_at_us=row.beijing("create_time"),
        received_at_us=received_at_us,
        event_key=row.text("comment_id"),
        account=account,
        scene="ad",
        source_code=row.maybe("promotion_id"),
        content_id=row.maybe("item_id"),
        properties={
            "emotion": row.maybe("emotion_type"),
            "likes": row.integer("like_count", 0),
            "replies": row.integer("reply_count", 0),
            "text": public_words(row.maybe("text")),
        },
    )
