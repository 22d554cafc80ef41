"""Posters and codes: every code is read back, spliced posters are those compressed as a whole."""

import csv
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
import yaml
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from siyu.app.cli.poster import draw
from siyu.content.poster import template_of
from siyu.content.poster_codes import code_picture, codes_of
from siyu.content.poster_drawing import PosterFor, PosterPress
from siyu.kernel.errors import BadInputError

_FONTS = ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
WRITTEN: dict[str, Any] = {
    "size": [375, 667],
    "background": "#fff7ee",
    "photo": {"x": 0, "y": 0, "width": 375, "height": 300},
    "avatar": {"x": 20, "y": 320, "size": 60},
    "code": {"x": 110, "y": 450, "size": 200},
    "words": [
        {"text": "Spring", "x": 20, "y": 400, "size": 24},
        {"text": "{name} asks you", "x": 90, "y": 335, "size": 20},
    ],
}


@pytest.fixture(scope="module")
def font() -> bytes:
    found = [Path(one) for one in _FONTS if Path(one).exists()]
    if not found:
        pytest.skip("no font on this machine: apt-get install fonts-wqy-microhei")
    return found[0].read_bytes()


def _photo() -> Image.Image:
    rough = (np.random.default_rng(1).random((40, 50, 3)) * 255).astype(np.uint8)
    return Image.fromarray(rough).resize((400, 320), Image.Resampling.BICUBIC)


def _press(font: bytes) -> PosterPress:
    return PosterPress(template_of(WRITTEN), font=font, photo=_photo())


def _read(pixels: np.ndarray) -> str:
    found = zxingcpp.read_barcodes(np.ascontiguousarray(pixels), zxingcpp.BarcodeFormat.QRCode)
    return found[0].text if found else ""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12), min_size=1, max_size=4
    )
)
def test_bulk_codes_are_the_codes_of_the_standard_encoder(texts: list[str]) -> None:
    for text, code in zip(texts, codes_of(texts), strict=True):
        base = segno.make_qr("a" * len(text), error="m", boost_error=False, mode="byte")
        same = segno.make_qr(text, error="m", boost_error=False, mode="byte", version=base.version, mask=base.mask)
        assert (np.array(same.matrix) == code).all()


def test_every_bulk_code_is_read_back() -> None:
    links = [f"https://example.org/{'x' * (number % 3)}/{number * 7919:08d}" for number in range(120)]
    for link, code in zip(links, codes_of(links), strict=True):
        assert _read(code_picture(code, 300)) == link


@pytest.mark.parametrize("text", ["", "链接", "x" * 301])
def test_what_cannot_be_a_code_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="cannot be a code"):
        codes_of(["ok", text])


def test_a_code_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInputError, match="does not fit"):
        code_picture(codes_of(["hello"])[0], 20)


def test_the_code_on_every_poster_is_read_back_and_the_splice_changes_no_pixel(font: bytes) -> None:
    press = _press(font)
    face = _photo().crop((0, 0, 90, 70))
    people = [PosterFor(f"https://example.org/i/{number:06d}", {"name": f"N{number}"}, face) for number in range(25)]
    for one, jpeg in zip(people, press.posters(people), strict=True):
        with Image.open(BytesIO(jpeg)) as spliced, Image.open(BytesIO(press.whole(one))) as whole:
            assert spliced.size == (375, 667)
            pixels = np.asarray(spliced)
            assert (pixels == np.asarray(whole)).all()
        assert _read(pixels[:, :, ::-1]) == one.link


def test_posters_differ_only_where_people_do(font: bytes) -> None:
    press = _press(font)
    one, other = press.posters([PosterFor("https://a.b/1", {"name": "A"}), PosterFor("https://a.b/2", {"name": "B"})])
    with Image.open(BytesIO(one)) as left, Image.open(BytesIO(other)) as right:
        apart = np.flatnonzero((np.asarray(left) != np.asarray(right)).any(axis=(1, 2)))
    assert apart.min() >= 320
    assert apart.max() < 656
    with pytest.raises(BadInputError, match="name"):
        press.posters([PosterFor("https://a.b/1", {})])


@pytest.mark.parametrize(
    "change",
    [{"size": [10]}, {"code": None}, {"code": {"x": 0, "y": 0, "size": 50}}, {"code": {"x": 300, "y": 0, "size": 200}},
     {"background": "red"}, {"nothing": 1}, {"words": [{"text": "a"}]}, {"quality": 99}],
)  # fmt: skip
def test_a_wrong_template_says_what_is_wrong(change: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        template_of({**WRITTEN, **change})


@pytest.mark.usefixtures("font")
def test_the_command_draws_one_file_a_person_and_sets_bad_rows_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(WRITTEN), "utf-8")
    _photo().save(tmp_path / "photo.png")
    with (tmp_path / "people.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(
            [["link", "name"], ["https://example.org/1", "Anna"], ["坏", "Ben"], ["https://example.org/3", "../Cy"]]
        )
    draw(
        tmp_path / "t.yaml",
        tmp_path / "people.csv",
        out=tmp_path / "o",
        photo=tmp_path / "photo.png",
        name="name",
        json=True,
    )
    said = json.loads(capsys.readouterr().out)
    assert (said["drawn"], said["set_aside"]) == (2, 1)
    assert sorted(file.name for file in (tmp_path / "o").iterdir()) == ["Anna.jpg", "_Cy.jpg"]
