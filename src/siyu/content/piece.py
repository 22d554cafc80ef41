"""A piece of content (内容): what a message says, before it is addressed to anybody."""

import msgspec


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes with the text.

    Attributes:
        kind: ``image``, ``link``, ``miniprogram``, ``video`` or ``file``.
        title, description, url, picture_url: As far as the kind has them.
        media_id: The platform's id of an uploaded file; wins over a URL.
        app_id, page: The mini program and its page.
    """

    kind: str
    title: str = ""
    description: str = ""
    url: str = ""
    picture_url: str = ""
    media_id: str = ""
    app_id: str = ""
    page: str = ""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Words and attachments.

    Attributes:
        content_id: Names the piece for measurement; carried by every touch it leads to.
        text: May hold slots such as ``{product}``; personal slots are filled at dispatch only.
        reply_to: What it answers in public, by the platform's own ids as that channel's mapping wrote them; empty
            for words of our own.
    """

    content_id: str
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
