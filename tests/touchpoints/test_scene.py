import re
from pathlib import Path

import pytest

from siyu.touchpoints.scene import CHINESE, SceneFamily, family_of

_CHANNELS = Path(__file__).resolve().parents[2] / "src" / "siyu" / "channels"


def test_every_scene_that_a_channel_names_has_a_family() -> None:
    named = {
        scene
        for file in _CHANNELS.rglob("*.py")
        for scene in re.findall(r'scene\s*=\s*"([a-z_]+)"', file.read_text("utf-8"))
    }
    assert len(named) > 20
    assert {scene for scene in named if family_of(scene) is SceneFamily.OTHER} == set()


@pytest.mark.parametrize(
    ("scene", "family"), [("live:20261122", "live"), ("store_till/7", "store"), ("", "other"), ("nowhere", "other")]
)
def test_a_finer_scene_belongs_to_its_family(scene: str, family: str) -> None:
    assert family_of(scene) == family


def test_every_family_has_a_chinese_name() -> None:
    assert set(CHINESE) == set(SceneFamily)
