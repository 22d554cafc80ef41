import re
from pathlib import Path

import pytest

from siyu.app.settings import Settings, read_settings
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import ConfigError

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def _written(folder: Path, text: str) -> Path:
    (folder / "siyu.toml").write_text(text, "utf-8")
    return folder


def test_everything_left_out_has_a_default(tmp_path: Path) -> None:
    assert read_settings(_written(tmp_path, "")) == Settings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[brand", "siyu.toml"), ("colour = 1", "colour"), ("[brand]\nzone = 'Mars/Olympus'", "brand.zone"),
        ("[policy]\ncap = -1", "policy.cap"), ("[brand]\ncurrency = 'yuan'", "brand.currency"),
        ("buckets = 0", "buckets"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        read_settings(_written(tmp_path, text))


def test_the_environment_overrules_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_BRAND_CURRENCY", "JPY")
    monkeypatch.setenv("SIYU_BUCKETS", "8")
    settings = read_settings(_written(tmp_path, "buckets = 4"))
    assert (settings.brand.currency, settings.buckets) == ("JPY", 8)


def test_a_folder_without_settings_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="siyu init"):
        open_workspace(tmp_path / "nowhere")


def test_the_master_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "new", create=True)
    workspace.close()
    assert (tmp_path / "new" / "keys" / "master.key").stat().st_mode & 0o077 == 0


def test_every_setting_is_documented() -> None:
    text = _DOCUMENT.read_text("utf-8")
    names = [name for name, field in Settings.model_fields.items() if not hasattr(field.annotation, "model_fields")]
    for section in ("brand", "policy"):
        names += list(Settings.model_fields[section].annotation.model_fields)  # type: ignore[union-attr]  a section is a model
    assert [name for name in names if f"`{name}`" not in text and f"] {name}`" not in text] == []
