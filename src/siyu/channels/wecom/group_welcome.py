"""Words for newcomers of a group (入群欢迎语): templates that group owners pick in the app. At most 100 a corp.

Source: https://developer.work.weixin.qq.com/document/path/92366, read 2026-11-22.
"""

from typing import Final

from siyu.channels.wecom.client import Json, WeComClient
from siyu.channels.wecom.mapping import content_body
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError

_CALL: Final = "externalcontact/group_welcome_template/"
_MOST_BYTES: Final = 3000


def add_template(client: WeComClient, piece: Piece, *, notify: bool = True) -> str:
    """Make a template; returns its id. ``%NICKNAME%`` in the text becomes the newcomer's name.

    Args:
        notify: Tell the group owners that there is a new one.

    Raises:
        BadInputError: more than one attachment, an empty template, or a text of more than 3,000 bytes.
    """
    return str(client.write(_CALL + "add", {**_body(piece), "notify": int(notify)})["template_id"])


def edit_template(client: WeComClient, template_id: str, piece: Piece) -> None:
    """Put other words into a template; groups that use it say them from then on.

    Raises:
        BadInputError: as :func:`add_template`.
    """
    client.write(_CALL + "edit", {"template_id": template_id, **_body(piece)})


def template(client: WeComClient, template_id: str) -> Json:
    """Return what a template says."""
    answer = client.read(_CALL + "get", {"template_id": template_id})
    return {name: value for name, value in answer.items() if name not in {"errcode", "errmsg"}}


def delete_template(client: WeComClient, template_id: str) -> None:
    """Delete a template; groups that used it greet nobody."""
    client.write(_CALL + "del", {"template_id": template_id})


def _body(piece: Piece) -> Json:
    """Write a piece as a template: one attachment stands beside the text under its kind's own name."""
    body = content_body(piece)
    attachments = body.pop("attachments", [])
    if len(attachments) > 1:
        raise BadInputError("a group's welcome carries one attachment beside its text")
    if len(piece.text.encode()) > _MOST_BYTES or not (attachments or piece.text):
        raise BadInputError(f"a group's welcome has a text of at most {_MOST_BYTES} bytes, or an attachment")
    for one in attachments:
        kind = str(one["msgtype"])
        body[kind] = one[kind]
    return body
