"""Material of the played WeCom: uploads are taken apart, kept and given a name that lives three days."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesParser
from hashlib import md5
from typing import Final

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.refusal import Json, Refused

_LIFE_US: Final = 3 * 86_400_000_000
#: Forms write names in UTF-8, which mails do not.
_NAME: Final = re.compile(rb'filename="([^"]*)"')
_LARGEST: Final = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}


@dataclass(frozen=True, slots=True)
class Material:
    """One file that was handed over."""

    kind: str
    name: str
    digest: str
    size: int
    ends_us: int


class Media:
    """What was uploaded, by media id or address."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.kept: dict[str, Material] = {}

    def uploads(self) -> dict[str, Callable[[Json, str, bytes], Json]]:
        """Return the calls whose body is a file, by path; each gets query, content type and body."""
        return {
            "media/upload": lambda query, kind, body: self._named(str(query.get("type")), kind, body),
            "media/upload_attachment": self._attachment,
            "media/uploadimg": self._picture,
        }

    def _attachment(self, query: Json, content_type: str, body: bytes) -> Json:
        if str(query.get("attachment_type")) not in {"1", "2"}:
            raise Refused(40058, "invalid attachment_type")
        return self._named(str(query.get("media_type")), content_type, body)

    def _named(self, kind: str, content_type: str, body: bytes) -> Json:
        if kind not in _LARGEST:
            raise Refused(40004, "invalid media type")
        name, content = _file(content_type, body)
        if len(content) > _LARGEST[kind]:
            raise Refused(40006, "invalid media size")
        media_id = self._keep(kind, name, content)
        return {"type": kind, "media_id": media_id, "created_at": str(self._stage.now_s())}

    def _picture(self, _query: Json, content_type: str, body: bytes) -> Json:
        name, content = _file(content_type, body)
        url = f"{self._stage.base_url}/pic/{self._keep('image', name, content)}"
        return {"url": url}

    def _keep(self, kind: str, name: str, content: bytes) -> str:
        if len(content) <= 5:
            raise Refused(40006, "invalid media size")
        media_id = f"3{self._stage.random.getrandbits(160):040x}"
        digest = md5(content, usedforsecurity=False).hexdigest()
        self.kept[media_id] = Material(kind, name, digest, len(content), self._stage.now_us() + _LIFE_US)
        return media_id


def _file(content_type: str, body: bytes) -> tuple[str, bytes]:
    """Take the file out of a form of several parts; 44001 if there is none."""
    form = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    named = _NAME.search(body)
    for part in form.get_payload() if named and form.is_multipart() else ():
        content = part.get_payload(decode=True) if not isinstance(part, str) and part.get_filename() else None
        if named and isinstance(content, bytes):
            return named[1].decode("utf-8", "replace"), content
    raise Refused(44001, "empty media data")
