"""A poster (海报): a template with a photo, the inviter's picture and name, words, and a code."""

from collections.abc import Mapping
from dataclasses import dataclass
from re import fullmatch
from typing import Any

from siyu.kernel.errors import BadInputError

_LARGEST = 4_000


@dataclass(frozen=True, slots=True)
class Box:
    """Where something stands, in pixels from the upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Words:
    """A line of words.

    Attributes:
        text: With ``{name}`` and other slots; a line without a slot is drawn once for all posters.
        size: Height of the letters in pixels.
        colour: ``#rrggbb``.
    """

    text: str
    x: int
    y: int
    size: int
    colour: str

    @property
    def changes(self) -> bool:
        """Whether it differs from poster to poster."""
        return "{" in self.text


@dataclass(frozen=True, slots=True)
class PosterTemplate:
    """What all posters of a campaign share.

    Attributes:
        photo: Where the photo stands, if there is one.
        avatar: A square in which the inviter's picture is shown as a circle.
        code: A square for the code with its quiet zone.
        quality: Of the JPEG, 1 to 95.
    """

    width: int
    height: int
    background: str
    photo: Box | None
    avatar: Box | None
    code: Box
    words: tuple[Words, ...]
    quality: int = 85


def template_of(written: Mapping[str, Any]) -> PosterTemplate:
    """Read a template (a YAML file's content).

    Raises:
        BadInputError: something is missing, of the wrong type, outside the poster, or the code is too small to be read.
    """
    if not isinstance(written, Mapping):
        raise BadInputError("a poster template is a mapping with size, code and words")
    size = written.get("size")
    if not (
        isinstance(size, list)
        and len(size) == 2
        and all(isinstance(one, int) and 64 <= one <= _LARGEST for one in size)
    ):
        raise BadInputError(f"{size!r} is no size", where="size", mend="write [750, 1334]")
    width, height = size
    known = {"size", "background", "photo", "avatar", "code", "words", "quality"}
    for name in written:
        if name not in known:
            raise BadInputError(f"there is no {name!r}", where="poster", mend=f"known are {', '.join(sorted(known))}")
    code = _box(written.get("code"), "code", width, height, square=True)
    if code is None:
        raise BadInputError("a poster needs a code", where="code", mend="write {x: 255, y: 1050, size: 240}")
    if code.width < 120:
        raise BadInputError(f"{code.width} pixels are too few for phones", where="code.size", mend="120 or more")
    quality = written.get("quality", 85)
    if not isinstance(quality, int) or not 1 <= quality <= 95:
        raise BadInputError(f"{quality!r} is no quality", where="quality", mend="1 to 95")
    lines = written.get("words", [])
    if not isinstance(lines, list):
        raise BadInputError("must be a list", where="words")
    return PosterTemplate(
        width=width,
        height=height,
        background=_colour(written.get("background", "#ffffff"), "background"),
        photo=_box(written.get("photo"), "photo", width, height, square=False),
        avatar=_box(written.get("avatar"), "avatar", width, height, square=True),
        code=code,
        words=tuple(_words(line, f"words[{place}]", width, height) for place, line in enumerate(lines)),
        quality=quality,
    )


def _box(written: Any, where: str, width: int, height: int, *, square: bool) -> Box | None:
    if written is None:
        return None
    names = ("x", "y", "size") if square else ("x", "y", "width", "height")
    if not isinstance(written, Mapping) or set(written) != set(names):
        raise BadInputError(f"{written!r} is no place", where=where, mend=f"give {', '.join(names)}")
    numbers = [written[name] for name in names]
    if not all(isinstance(one, int) and one >= 0 for one in numbers):
        raise BadInputError(f"{written!r} is no place", where=where, mend="whole pixels")
    box = Box(numbers[0], numbers[1], numbers[2], numbers[-1])
    if box.x + box.width > width or box.y + box.height > height or min(box.width, box.height) < 1:
        raise BadInputError("lies outside the poster", where=where)
    return box


def _words(written: Any, where: str, width: int, height: int) -> Words:
    if not isinstance(written, Mapping) or not {"text", "x", "y", "size"} <= set(written):
        raise BadInputError("a line needs text, x, y and size", where=where)
    x, y, size = written["x"], written["y"], written["size"]
    if not all(isinstance(one, int) for one in (x, y, size)) or not (
        0 <= x < width and 0 <= y < height and 6 <= size <= 400
    ):
        raise BadInputError("lies outside the poster", where=where)
    return Words(str(written["text"]), x, y, size, _colour(written.get("colour", "#000000"), f"{where}.colour"))


def _colour(written: Any, where: str) -> str:
    if not isinstance(written, str) or not fullmatch(r"#[0-9a-fA-F]{6}", written):
        raise BadInputError(f"{written!r} is no colour", where=where, mend="write #rrggbb")
    return written
