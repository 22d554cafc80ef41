"""Moments (朋友圈) tasks of WeCom: staff confirm them, then their customers see the post.

Source: https://developer.work.weixin.qq.com/document/path/95094, read 2026-11-22.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from siyu.channels.wecom.client import Json, WeComClient
from siyu.channels.wecom.mapping import content_body
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError, RetryLaterError

_MOST_IMAGES: Final = 9
_DONE: Final = 3


def add_moment(client: WeComClient, piece: Piece, *, staff: Sequence[str] = (), tags: Sequence[str] = ()) -> str:
    """Make a Moments task; returns the job id, which lives 24 h.

    Args:
        staff: Who posts; with none, the staff of the customers who carry ``tags``.
        tags: Only customers with one of these corp tags see it; with none, all customers of ``staff``.

    Raises:
        BadInputError: kinds of attachments mixed, or too many.
    """
    kinds = {one.kind for one in piece.attachments}
    if len(kinds) > 1 or (kinds - {"image"} and len(piece.attachments) > 1) or len(piece.attachments) > _MOST_IMAGES:
        raise BadInputError("Moments take 9 images, or one video, or one link", where="attachments")
    visible: Json = {}
    if staff:
        visible["sender_list"] = {"user_list": list(staff)}
    if tags:
        visible["external_contact_list"] = {"tag_list": list(tags)}
    answer = client.write("externalcontact/add_moment_task", {**content_body(piece), "visible_range": visible})
    return str(answer["jobid"])


def moment_of(client: WeComClient, jobid: str) -> str:
    """Return the moment id of a job that is done, or an empty text while it runs.

    Raises:
        PermanentError, RetryLaterError: the job ended badly.
    """
    answer = client.read("externalcontact/get_moment_task_result", jobid=jobid)
    if answer.get("status") != _DONE:
        return ""
    result = answer.get("result") or {}
    client.judge(result, "add_moment_task")
    return str(result.get("moment_id") or "")


def staff_of(client: WeComClient, moment_id: str) -> dict[str, bool]:
    """Return staff -> whether they have posted it."""
    try:
        rows = list(client.pages("externalcontact/get_moment_task", {"moment_id": moment_id}, "task_list", limit=1000))
    except RetryLaterError:
        return {}
    return {str(one["userid"]): one.get("publish_status") == 1 for one in rows}


def customers_of(client: WeComClient, moment_id: str, staff: str) -> Iterator[str]:
    """Yield the customers to whom one staff member's post was shown."""
    body = {"moment_id": moment_id, "userid": staff}
    rows = client.pages("externalcontact/get_moment_customer_list", body, "customer_list", limit=1000)
    return (str(one["external_userid"]) for one in rows)


def moments(client: WeComClient, *, from_s: int, to_s: int) -> Iterator[Json]:
    """Yield the corp's posts of a time (Unix seconds, at most 30 days)."""
    body = {"start_time": from_s, "end_time": to_s}
    return client.pages("externalcontact/get_moment_list", body, "moment_list", limit=20)
