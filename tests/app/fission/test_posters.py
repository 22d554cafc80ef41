"""Everybody with a code has a poster of their own, and what it says can be read back."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
import zxingcpp
from PIL import Image

from app.asgi_client import asgi_client
from app.cli.command_line import Siyu
from app.fission.shop import START, shop
from siyu.app.api import build
from siyu.kernel.period import HOUR

PLAN: dict[str, Any] = {
    "name": "spring",
    "referral": {"means": ["poster"]},
    "communication": {"variants": ["a", "b"], "poster": "spring", "link": "https://go.example.org/x?from=siyu"},
    "mechanism": {"stages": [{"retained": 1, "gives": "thanks"}]},
}
TEMPLATE = {
    "size": [300, 500], "code": {"x": 50, "y": 250, "size": 200},
    "words": [{"text": "{name} 邀请您", "x": 20, "y": 40, "size": 24, "colour": "#333333"}],
}  # fmt: skip


def _read(picture: bytes) -> str:
    return str(zxingcpp.read_barcode(Image.open(BytesIO(picture))).text)


def test_the_poster_that_the_plan_names_is_drawn_for_everybody_with_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "w"
    with shop(folder, PLAN) as one:
        (folder / "posters").mkdir()
        (folder / "posters" / "spring.yaml").write_text(yaml.safe_dump(TEMPLATE, allow_unicode=True), "utf-8")
        one.shows("anna", "A-1", START)
        one.shows("ben", "B-2", START + HOUR)
        with asgi_client(build(one.workspace)) as client:
            answer = client.get("/poster/B-2")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
            assert _read(answer.content) == "https://go.example.org/x?from=siyu&code=B-2&means=poster"
            assert client.get("/poster/nobodys").status_code == 404
    siyu = Siyu(folder, capsys)
    assert siyu.answered("fission", "posters", "spring", "--out", str(tmp_path / "out"))["drawn"] == 2
    assert "code=A-1" in _read((tmp_path / "out" / "A-1.jpg").read_bytes())


def test_a_plan_whose_poster_is_not_there_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "w"
    with shop(folder, PLAN | {"name": "other"}):
        pass
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump(PLAN, sort_keys=False), "utf-8")
    siyu = Siyu(folder, capsys)
    assert "line 9: communication.poster: 'spring' cannot be drawn" in siyu.refused("fission", "plan", str(plan))
    plan.write_text(yaml.safe_dump(PLAN | {"referral": {"means": ["link"]}}, sort_keys=False), "utf-8")
    assert "referral.means has no poster" in siyu("fission", "plan", str(plan), "--json")[2]
