"""Draw posters in bulk: what all share is drawn and compressed once; only the bands that differ are compressed anew.

A JPEG with a restart marker after each row of blocks can be cut between any two rows (ITU T.81, F.1.1.5.1): the bands
with name, picture and code are compressed alone and spliced into the shared rest. The result is the same, pixel by
pixel, as compressing the whole poster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from siyu.content.poster import PosterTemplate, Words
from siyu.content.poster_codes import UInt8, code_picture, codes_of
from siyu.kernel.errors import BadInputError

#: Rows of pixels in a row of blocks with colours at half the resolution.
_BLOCK: Final = 16


@dataclass(frozen=True, slots=True)
class PosterFor:
    """What is one person's own.

    Attributes:
        link: What the code says.
        slots: Values of the slots in the words.
        avatar: The person's picture, any size; none leaves the circle in the template's colour.
    """

    link: str
    slots: Mapping[str, str]
    avatar: Image.Image | None = None


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows of blocks that differ from poster to poster: pixels ``top`` to ``bottom``, half-open."""

    top: int
    bottom: int
    pixels: UInt8


class PosterPress:
    """Draws the posters of one template.

    Args:
        font: A TrueType or OpenType font as bytes; it must have the letters of the names.
        photo: The photo of the template, cropped to fill its box.

    Raises:
        BadInputError: the font cannot be read, or the template shows a photo and there is none.
    """

    def __init__(self, template: PosterTemplate, *, font: bytes, photo: Image.Image | None = None) -> None:
        self.template = template
        self._font_bytes = font
        self._font = lru_cache(maxsize=16)(self._read_font)
        self._font(template.words[0].size if template.words else 16)
        if template.photo is not None and photo is None:
            raise BadInputError("the template shows a photo and none was given", where="photo")
        shared = Image.new("RGB", (template.width, template.height), template.background)
        if template.photo is not None and photo is not None:
            box = template.photo
            shared.paste(ImageOps.fit(photo.convert("RGB"), (box.width, box.height)), (box.x, box.y))
        draw = ImageDraw.Draw(shared)
        for line in template.words:
            if not line.changes:
                draw.text((line.x, line.y), line.text, font=self._font(line.size), fill=line.colour)
        self._shared = np.asarray(shared)
        self._bands = self._cut(self._shared)
        self._head, self._rows, self._tail = _cut_jpeg(self._compressed(shared))
        if template.avatar is not None:
            size = template.avatar.width
            circle = Image.new("L", (size * 4, size * 4), 0)
            ImageDraw.Draw(circle).ellipse((0, 0, size * 4 - 1, size * 4 - 1), fill=255)
            self._circle = circle.resize((size, size), Image.Resampling.LANCZOS)

    def posters(self, people: Sequence[PosterFor]) -> list[bytes]:
        """Return one JPEG for each person.

        Raises:
            BadInputError: a slot has no value, or a link cannot be a code.
        """
        codes = codes_of([one.link for one in people])
        return [self._poster(one, code) for one, code in zip(people, codes, strict=True)]

    def whole(self, one: PosterFor) -> bytes:
        """Return the same poster compressed as a whole: the check of ``posters``, and slower."""
        pixels = self._shared.copy()
        for band in self._bands:
            pixels[band.top : band.bottom] = self._drawn(band, one, codes_of([one.link])[0])
        return self._compressed(Image.fromarray(pixels))

    def _poster(self, one: PosterFor, code: UInt8) -> bytes:
        rows = list(self._rows)
        for band in self._bands:
            picture = Image.fromarray(self._drawn(band, one, code))
            _head, own, _tail = _cut_jpeg(self._compressed(picture))
            first = band.top // _BLOCK
            for place, row in enumerate(own):
                rows[first + place] = row
        marked = [self._head]
        for place, row in enumerate(rows):
            marked.append(row)
            if place < len(rows) - 1:
                marked.append(bytes((0xFF, 0xD0 + place % 8)))
        marked.append(self._tail)
        return b"".join(marked)

    def _drawn(self, band: _Band, one: PosterFor, code: UInt8) -> UInt8:
        pixels = band.pixels.copy()
        box = self.template.code
        if band.top <= box.y < band.bottom:
            pixels[box.y - band.top : box.y - band.top + box.height, box.x : box.x + box.width] = code_picture(
                code, box.width
            )[:, :, None]
        lines = [line for line in self.template.words if line.changes and band.top <= line.y < band.bottom]
        avatar = self.template.avatar
        shows = avatar is not None and one.avatar is not None and band.top <= avatar.y < band.bottom
        if not lines and not shows:
            return pixels
        picture = Image.fromarray(pixels)
        if shows and avatar is not None and one.avatar is not None:
            face = ImageOps.fit(one.avatar.convert("RGB"), (avatar.width, avatar.height), Image.Resampling.BILINEAR)
            picture.paste(face, (avatar.x, avatar.y - band.top), self._circle)
        draw = ImageDraw.Draw(picture)
        for line in lines:
            draw.text(
                (line.x, line.y - band.top), _filled(line, one.slots), font=self._font(line.size), fill=line.colour
            )
        return np.asarray(picture)

    def _cut(self, shared: UInt8) -> list[_Band]:
        """Join what changes into bands of whole rows of blocks."""
        spans = [(self.template.code.y, self.template.code.y + self.template.code.height)]
        if self.template.avatar is not None:
            spans.append((self.template.avatar.y, self.template.avatar.y + self.template.avatar.height))
        spans += [(line.y, line.y + 2 * line.size) for line in self.template.words if line.changes]
        height = self.template.height
        bands: list[tuple[int, int]] = []
        for top, bottom in sorted(spans):
            top, bottom = top // _BLOCK * _BLOCK, min(-(-bottom // _BLOCK) * _BLOCK, height)  # noqa: PLW2901  whole blocks
            if bands and top <= bands[-1][1]:
                bands[-1] = (bands[-1][0], max(bands[-1][1], bottom))
            else:
                bands.append((top, bottom))
        return [_Band(top, bottom, shared[top:bottom].copy()) for top, bottom in bands]

    def _compressed(self, picture: Image.Image) -> bytes:
        out = BytesIO()
        picture.save(out, "JPEG", quality=self.template.quality, subsampling="4:2:0", restart_marker_rows=1)
        return out.getvalue()

    def _read_font(self, size: int) -> Any:
        try:
            return ImageFont.truetype(BytesIO(self._font_bytes), size)
        except OSError as error:
            raise BadInputError("the font cannot be read", where="font", mend="a TrueType or OpenType file") from error


def _cut_jpeg(jpeg: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Cut a JPEG into what stands before its rows of blocks, the rows, and what stands behind (the end marker)."""
    start = jpeg.index(b"\xff\xda")
    start += 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big")
    scan = np.frombuffer(jpeg, np.uint8)[start:-2]
    after = np.flatnonzero(scan[:-1] == 0xFF) + 1
    marks = after[(scan[after] & 0xF8) == 0xD0] - 1
    edges = [0, *(marks + 2).tolist()]
    ends = [*marks.tolist(), scan.size]
    body = jpeg[start:-2]
    return jpeg[:start], [body[a:b] for a, b in zip(edges, ends, strict=True)], jpeg[-2:]


def _filled(line: Words, slots: Mapping[str, str]) -> str:
    try:
        return line.text.format_map(slots)
    except (KeyError, ValueError, IndexError) as error:
        raise BadInputError(f"slot {error} of {line.text!r} has no value", where="words") from error
