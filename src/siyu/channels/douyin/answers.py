"""Douyin's answers that hold touches: comments, leads, who logged in, a log of events. Pure.

Source: ``fixtures`` and the platform's own npm SDK 1.1.0. There are two shells, ``data``/``extra`` and ``err_no``.
"""

from collections.abc import Callable
from typing import Final

from siyu.channels.douyin.words import CHANNEL, PeopleOf, person
from siyu.channels.lead import Lead, touch_of_lead
from siyu.channels.public_words import public_words
from siyu.channels.record import Record, json_in
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

#: Fields of the bodies that we send; a payload of nothing but these is our own request.
_REQUESTS: Final = frozenset(
    {
        "access_token", "apply_id", "avatar_uri", "c_open_id", "card_type", "client_key", "client_secret", "components",
        "content", "content_list", "conversation_id", "conversation_type", "count", "cursor", "description", "group_id",
        "group_name", "group_setting_type", "image_list", "item_auto_sync", "live_auto_sync", "media_id",
        "micro_app_id", "micro_app_title", "micro_app_url", "msg_id", "msg_list", "open_audit_switch", "open_id",
        "page_num", "page_size", "refresh_token", "schema_url", "scope", "show_at_profile", "status",
        "template_arg_map", "template_id", "text", "title", "to_open_id", "to_user_id", "video_ids",
    }
)  # fmt: skip
_SHELL: Final = frozenset({"data", "extra", "err_no", "error_code", "message"})


def failed(answer: Record) -> str:
    """Return the code of a failed answer, empty for a good one: 0 is wanted in the shell, in ``data`` and in ``extra``.

    Raises:
        BadInputError: a code is no number.
    """
    parts = [answer]
    parts += [answer.maybe_record(name) for name in ("data", "extra") if isinstance(answer.raw(name), dict)]
    for part in parts:
        for name in ("err_no", "error_code", "sub_error_code"):
            code = part.maybe_integer(name)
            if code:
                return str(code)
    return ""


def touches_from_answer(
    answer: Record, *, account: str, received_at_us: int, from_event: Callable[[Record], list[Touch]]
) -> list[Touch]:
    """Translate one answer of the API.

    Args:
        from_event: Reads a webhook, for the log of events.

    Raises:
        BadInputError: it is none.
        Unmapped: it holds no touch, or says that the call failed.
    """
    if not answer.names() & _SHELL:
        if answer.names() and answer.names() <= _REQUESTS:
            raise Unmapped("request")
        raise BadInputError("neither a webhook nor an answer of Douyin", mend="it needs event, data or err_no")
    if failed(answer):
        raise Unmapped("failed_answer")
    data = answer.maybe_record("data") if isinstance(answer.raw("data"), dict) else Record({})
    if "intention_log_infos" in data:
        return _from_log(data, from_event)
    clues = [_clue(clue, account, received_at_us) for clue in data.records("clue_data")]
    if clues:
        return clues
    if "open_id" in data and "nickname" in data:
        return [_logged_in(data, account, received_at_us)]
    if "auth_user_list" in data:
        raise Unmapped("authorized_users")
    rows = list(data.records("list")) if isinstance(data.raw("list"), list) else []
    if any("comment_id" in row for row in rows):
        return comments(answer, item_id="", account=account, received_at_us=received_at_us)
    raise Unmapped("answer")


def comments(answer: Record, *, item_id: str, account: str, received_at_us: int) -> list[Touch]:
    """Translate one page of comments; a row without id or writer is a sample and is passed over.

    Args:
        item_id: The video, which the answer does not repeat.

    Raises:
        BadInputError: a row cannot be understood.
        Unmapped: no row names anybody.
    """
    people, touches = PeopleOf(account), []
    for row in answer.record("data").records("list"):
        writer, comment = row.maybe("comment_user_id"), row.maybe("comment_id")
        if not writer or not comment:
            continue
        touches.append(
            touch(
                CHANNEL,
                TouchKind.COMMENT,
                happened_at_us=row.seconds("create_time"),
                received_at_us=received_at_us,
                event_key=comment,
                account=account,
                actors=(person(people, writer),),
                scene="own_video",
                content_id=item_id,
                about=row.maybe("reply_comment_id"),
                properties={
                    "text": public_words(row.maybe("content")),
                    "likes": row.integer("digg_count", 0),
                    "replies": row.integer("reply_comment_total", 0),
                    **({"reply_to": f"{item_id} {comment}"} if item_id else {}),
                },
                traits={"nickname": name} if (name := row.maybe("nick_name")) else {},
            )
        )
    if not touches:
        raise Unmapped("names_nobody")
    return touches


def _from_log(data: Record, from_event: Callable[[Record], list[Touch]]) -> list[Touch]:
    touches: list[Touch] = []
    for row in data.records("intention_log_infos"):
        try:
            touches += from_event(Record(json_in(row.text("content"), where="intention_log_infos.content")))
        except Unmapped:
            continue
    if not touches:
        raise Unmapped("answer")
    return touches


def _clue(clue: Record, account: str, received_at_us: int) -> Touch:
    properties: dict[str, Scalar] = {
        name: value
        for name in ("action_type", "clue_type", "product_id", "advertiser_id", "flow_entrance", "author_role")
        if (value := clue.maybe(name))
    }
    return touch_of_lead(
        Lead(
            channel=CHANNEL,
            account=account,
            lead_id=clue.text("clue_id"),
            left_at_us=clue.beijing("create_time_detail"),
            scene="local_life",
            source_code=clue.maybe("promotion_id") or clue.maybe("ad_id"),
            content_id=clue.maybe("video_id") or clue.maybe("content_id"),
            about=clue.maybe("order_id"),
            traits={
                "name": clue.maybe("name"),
                "phone": clue.maybe("telephone"),
                "city": clue.maybe("city_name") or clue.maybe("auto_city_name"),
                "address": clue.maybe("address"),
            },
            properties=properties,
        ),
        received_at_us=received_at_us,
    )


def _logged_in(data: Record, account: str, received_at_us: int) -> Touch:
    """Who logged in; open_id and union_id come together here only. The platform gives no moment: ours is taken."""
    actors = [person(PeopleOf(account), data.text("open_id"))]
    if union_id := data.maybe("union_id"):
        actors.append(Identifier("douyin_union_id", union_id))
    traits = {"nickname": data.maybe("nickname"), "city": data.maybe("city"), "avatar": data.maybe("avatar")}
    return touch(
        CHANNEL,
        TouchKind.VISIT,
        happened_at_us=received_at_us,
        received_at_us=received_at_us,
        account=account,
        actors=tuple(actors),
        scene="login",
        traits={name: value for name, value in traits.items() if value},
    )
