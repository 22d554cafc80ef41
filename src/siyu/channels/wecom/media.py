"""Material (素材) of WeCom: pictures, videos and files are handed over first, and messages name them.

Source: https://developer.work.weixin.qq.com/document/path/90253 and 95098, read 2026-11-22.
"""

from typing import Final, Literal

from siyu.channels.wecom.client import WeComClient
from siyu.kernel.errors import BadInputError

Kind = Literal["image", "voice", "video", "file"]
#: The largest of each kind, bytes.
LARGEST: Final = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}
_TYPES: Final = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "amr": "audio/amr", "mp4": "video/mp4"}
_SMALLEST: Final = 5


def upload(client: WeComClient, kind: Kind, name: str, content: bytes) -> str:
    """Hand a file over for messages; returns its media id, which lives three days.

    Raises:
        BadInputError: too large, too small, or without a name.
    """
    answer = client.upload("media/upload", _file(kind, name, content), type=kind)
    return str(answer["media_id"])


def upload_for_moments(client: WeComClient, kind: Literal["image", "video"], name: str, content: bytes) -> str:
    """Hand a picture or video over for Moments; returns its media id, which lives three days.

    Raises:
        BadInputError: as :func:`upload`.
    """
    answer = client.upload("media/upload_attachment", _file(kind, name, content), media_type=kind, attachment_type=1)
    return str(answer["media_id"])


def upload_picture(client: WeComClient, name: str, content: bytes) -> str:
    """Hand a picture over for good (1,000 a day); returns its address, for ``pic_url``.

    Raises:
        BadInputError: as :func:`upload`.
    """
    return str(client.upload("media/uploadimg", _file("image", name, content))["url"])


def _file(kind: Kind, name: str, content: bytes) -> tuple[str, bytes, str]:
    if not name or not _SMALLEST < len(content) <= LARGEST[kind]:
        raise BadInputError(
            f"{len(content)} bytes as {kind}", where=name, mend=f"more than 5 bytes, at most {LARGEST[kind]}"
        )
    return name, content, _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
