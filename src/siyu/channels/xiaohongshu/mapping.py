"""Xiaohongshu's words and ours: the click that brought somebody, leads that were imported, what was spent. Pure.

There is no public API for notes, comments and private messages. What comes in: the ``click_id`` on a landing page
(``{"click_id", "clicked_at", …}``), rows of a lead export, and the ad platform's reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from siyu.channels.lead import Lead, touch_of_lead
from siyu.channels.record import BEIJING, Record, payload_of
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of_text
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

CHANNEL: Final = "xiaohongshu"

#: Headings of lead exports (Chinese as the console writes them) -> our names.
_HEADINGS: Final = {
    "线索ID": "lead_id", "线索id": "lead_id", "留资时间": "left_at", "提交时间": "left_at",
    "姓名": "name", "昵称": "nickname", "手机号": "phone", "手机号码": "phone", "电话": "phone",
    "微信号": "wechat", "微信": "wechat", "城市": "city", "地区": "city",
    "计划ID": "campaign_id", "创意ID": "creative_id", "笔记ID": "note_id", "来源": "source",
}  # fmt: skip
_TRAITS: Final = ("name", "nickname", "phone", "wechat", "city")


@dataclass(frozen=True, slots=True)
class Spend:
    """What an account cost in the span that was asked for: fen, shows, clicks, leads."""

    cost_minor: int
    shows: int
    clicks: int
    leads: int


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one landing click, one row of a lead export, or one answer of the ad platform.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch.
    """
    record = payload_of(payload)
    if "success" in record or "errorCode" in record:
        raise Unmapped("answer" if record.raw("success") is True else "failed_answer")
    if "click_id" in record and "clicked_at" in record:
        return [_click(record, account, received_at_us)]
    row = Record({_HEADINGS.get(str(name), str(name)): record.raw(str(name)) for name in record.names()})
    if "lead_id" in row:
        return [_lead(row, account, received_at_us)]
    raise BadInputError(
        "neither a click, nor a lead, nor an answer of Xiaohongshu",
        mend="it needs click_id and clicked_at, or 线索ID and 留资时间",
    )


def spend_from_report(answer: Mapping[str, Any] | str) -> Spend:
    """Read a report of the account (``fee`` in yuan).

    Raises:
        BadInputError: there is no fee in it.
    """
    data = payload_of(answer).record("data")
    return Spend(data.yuan("fee"), data.integer("impression", 0), data.integer("click", 0), data.integer("leads", 0))


def _click(click: Record, account: str, received_at_us: int) -> Touch:
    click_id = click.text("click_id")
    return touch(
        CHANNEL,
        TouchKind.CLICK,
        happened_at_us=_moment(click, "clicked_at"),
        received_at_us=received_at_us,
        event_key=click_id,
        account=account,
        actors=(Identifier("xiaohongshu_click_id", click_id),),
        scene="ad",
        source_code=click.maybe("campaign_id"),
        content_id=click.maybe("note_id") or click.maybe("creative_id"),
        about=click_id,
    )


def _lead(row: Record, account: str, received_at_us: int) -> Touch:
    click_id = row.maybe("click_id")
    return touch_of_lead(
        Lead(
            channel=CHANNEL,
            account=account,
            lead_id=row.text("lead_id"),
            left_at_us=_moment(row, "left_at"),
            known_as=(Identifier("xiaohongshu_click_id", click_id),) if click_id else (),
            scene=row.maybe("source") or "ad_lead",
            source_code=row.maybe("campaign_id"),
            content_id=row.maybe("note_id") or row.maybe("creative_id"),
            about=click_id,
            traits={name: value for name in _TRAITS if (value := row.maybe(name))},
        ),
        received_at_us=received_at_us,
    )


def _moment(record: Record, name: str) -> int:
    text = record.text(name)
    try:
        return us_of_text(text, BEIJING)
    except (BadInputError, OverflowError) as error:
        raise BadInputError(f"{text[:40]!r} is no moment", where=name, mend="2026-11-22 09:30:00") from error
