"""Posters 750 x 1334 with photo, picture, name and code against pillow + segno; bulk codes against segno.

One core, processor time. Run: python bench/posters.py
"""

import statistics
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

from siyu.content.poster import template_of
from siyu.content.poster_codes import codes_of
from siyu.content.poster_drawing import PosterFor, PosterPress

FONTS = ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
FONT = next(Path(one) for one in FONTS if Path(one).exists())
TEMPLATE = {
    "size": [750, 1334],
    "background": "#fff7ee",
    "photo": {"x": 0, "y": 0, "width": 750, "height": 880},
    "avatar": {"x": 40, "y": 990, "size": 120},
    "code": {"x": 470, "y": 992, "size": 240},
    "words": [
        {"text": "春天的第一泡茶", "x": 40, "y": 900, "size": 48, "colour": "#223322"},
        {"text": "{name} 邀请你", "x": 180, "y": 1000, "size": 36},
        {"text": "{line}", "x": 180, "y": 1060, "size": 28, "colour": "#555555"},
    ],
}


def picture(seed: int, width: int, height: int) -> Image.Image:
    rough = (np.random.default_rng(seed).random((height // 8, width // 8, 3)) * 255).astype(np.uint8)
    return Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC)


def plain(photo: Image.Image, people: list[PosterFor]) -> list[bytes]:
    """Pillow and segno as one writes it."""
    big, mid, small = (ImageFont.truetype(str(FONT), size) for size in (48, 36, 28))
    mask = Image.new("L", (120, 120), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, 119, 119), fill=255)
    made = []
    for one in people:
        poster = Image.new("RGB", (750, 1334), "#fff7ee")
        poster.paste(photo, (0, 0))
        draw = ImageDraw.Draw(poster)
        draw.text((40, 900), "春天的第一泡茶", font=big, fill="#223322")
        draw.text((180, 1000), f"{one.slots['name']} 邀请你", font=mid, fill="#000000")
        draw.text((180, 1060), one.slots["line"], font=small, fill="#555555")
        poster.paste(one.avatar.resize((120, 120)), (40, 990), mask)
        out = BytesIO()
        segno.make_qr(one.link, error="m").save(out, kind="png", scale=5, border=4)
        poster.paste(Image.open(out).convert("RGB").resize((240, 240), Image.Resampling.NEAREST), (470, 992))
        jpeg = BytesIO()
        poster.save(jpeg, "JPEG", quality=85)
        made.append(jpeg.getvalue())
    return made


def rate(run: Callable[[], object], count: int, times: int = 3) -> float:
    """Things a second of processor time, median."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return count / statistics.median(seconds)


def main() -> None:
    links = [f"https://example.org/i/{number:010d}" for number in range(20_000)]
    codes_of(links[:10])
    bulk = rate(lambda: codes_of(links), len(links))
    theirs = rate(lambda: [segno.make_qr(link, error="m").matrix for link in links[:150]], 150)
    photo = picture(1, 750, 880)
    faces = [picture(seed, 132, 132) for seed in range(20)]
    people = [
        PosterFor(link, {"name": "小满", "line": "一起来喝一杯"}, faces[place % 20])
        for place, link in enumerate(links[:200])
    ]
    press = PosterPress(template_of(TEMPLATE), font=FONT.read_bytes(), photo=photo)
    press.posters(people[:5])
    ours = rate(lambda: press.posters(people), len(people))
    whole = rate(lambda: [press.whole(one) for one in people[:60]], 60)
    simple = rate(lambda: plain(photo, people[:60]), 60)
    print(f"{'':<44}{'a second':>10}{'ratio':>9}")
    print(f"{'codes in bulk':<44}{bulk:>10,.0f}{bulk / theirs:>8,.0f}x")
    print(f"{'segno, one at a time':<44}{theirs:>10,.0f}")
    print(f"{'posters, bands spliced (JPEG q85)':<44}{ours:>10,.0f}{ours / simple:>8.1f}x")
    print(f"{'the same, compressed as a whole':<44}{whole:>10,.0f}{whole / simple:>8.1f}x")
    print(f"{'pillow + segno as one writes it':<44}{simple:>10,.0f}")


if __name__ == "__main__":
    main()
