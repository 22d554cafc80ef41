"""How a piece of content is written for official accounts and mini programs. Pure."""

from typing import Any

from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError

Json = dict[str, Any]


def customer_message(openid: str, piece: Piece) -> list[Json]:
    """Write a piece as customer-service messages: one for the text, one for each attachment.

    Raises:
        BadInputError: the platform has no such message, or there is nothing to send.
    """
    found: list[Json] = []
    if piece.text:
        found.append({"touser": openid, "msgtype": "text", "text": {"content": piece.text}})
    for one in piece.attachments:
        match one.kind:
            case "image" | "video" if one.media_id:
                found.append({"touser": openid, "msgtype": one.kind, one.kind: {"media_id": one.media_id}})
            case "link":
                article = {
                    "title": one.title, "description": one.description, "url": one.url, "picurl": one.picture_url
                }  # fmt: skip
                found.append({"touser": openid, "msgtype": "news", "news": {"articles": [article]}})
            case "miniprogram":
                page = {
                    "title": one.title, "appid": one.app_id, "pagepath": one.page, "thumb_media_id": one.media_id
                }  # fmt: skip
                found.append({"touser": openid, "msgtype": "miniprogrampage", "miniprogrampage": page})
            case _:
                raise BadInputError(f"no customer message carries this {one.kind}", mend="a media_id is needed")
    if not found:
        raise BadInputError("there is nothing to send")
    return found


def template_message(openid: str, piece: Piece) -> Json:
    """Write a piece as a message by a template.

    The attachment of kind ``template`` names the template (``media_id``) and where it leads (``url``, or ``app_id``
    and ``page``); the text has a line ``keyword: value`` for each slot.

    Raises:
        BadInputError: no template, or a line that is no slot.
    """
    template = next((one for one in piece.attachments if one.kind == "template" and one.media_id), None)
    if template is None:
        raise BadInputError("a message by template needs an attachment of kind template with its id as media_id")
    body: Json = {"touser": openid, "template_id": template.media_id, "data": slots(piece.text)}
    if template.app_id:
        body["miniprogram"] = {"appid": template.app_id, "pagepath": template.page}
    elif template.page:
        body["page"] = template.page
    if template.url:
        body["url"] = template.url
    return body


def slots(text: str) -> Json:
    """Read ``keyword: value`` lines.

    Raises:
        BadInputError: a line has no keyword.
    """
    found: Json = {}
    for line in filter(None, (one.strip() for one in text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not name.strip().isascii() or not name.strip().replace("_", "").isalnum():
            raise BadInputError(f"{line[:40]!r} fills no slot", mend="write it like thing1: 春季新品")
        found[name.strip()] = {"value": value.strip()}
    return found
