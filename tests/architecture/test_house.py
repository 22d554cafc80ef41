"""House rules that no linter knows."""

import re
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_SOURCE = _ROOT / "src" / "siyu"
_MODULES = sorted(path for path in _SOURCE.rglob("*.py") if "versions" not in path.parts)
_VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base_class", "core"}


def test_files_are_named_after_what_they_define_or_do() -> None:
    assert [str(path) for path in _MODULES if path.stem in _VAGUE] == []


def test_no_file_is_too_long_to_find_a_line_in() -> None:
    long = {str(path.relative_to(_SOURCE)): len(path.read_text("utf-8").splitlines()) for path in _MODULES}
    assert {name: lines for name, lines in long.items() if lines > 500} == {}


def test_every_file_of_data_is_packed_with_the_product() -> None:
    packed = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]["siyu"]
    endings = {Path(pattern).suffix or Path(pattern).name for pattern in packed}
    made = {".py", ".pyc", ".nbi", ".nbc"}  # code, and what is made of it on this machine
    left_out = [path for path in _SOURCE.rglob("*") if path.is_file() and path.suffix not in made]
    assert [
        str(path) for path in left_out if (path.suffix or path.name) not in endings and path.name not in endings
    ] == []


def test_every_module_says_what_it_is_in_its_first_line() -> None:
    assert [str(path) for path in _MODULES if not path.read_text("utf-8").startswith('"""')] == []


@pytest.mark.parametrize("folder", ["campaigns/plays", "policy/rules", "measurement/metrics"])
def test_every_play_rule_and_metric_is_tested_by_name(folder: str) -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (_ROOT / "tests").rglob("test_*.py"))
    names = [path.stem for path in (_SOURCE / folder).glob("*.py") if path.stem != "__init__"]
    module = folder.replace("/", ".")
    by_import = rf"siyu\.{module}(\.NAME\b| import [^\n]*\bNAME\b)"
    by_name = r"[\"'](NAME|DASHED)[\"']"
    untested = [
        name
        for name in names
        if not re.search(
            f"{by_import}|{by_name}".replace("NAME", name).replace("DASHED", name.replace("_", "-")), tests
        )
    ]
    assert untested == []


def test_only_the_clock_reads_the_time_in_the_app() -> None:
    readers = [
        str(path.relative_to(_SOURCE))
        for path in _MODULES
        if re.search(r"\btime\.time(_ns)?\(\)|datetime\.now\(|date\.today\(", path.read_text("utf-8"))
    ]
    # the sandbox plays another machine; a token lease is about this machine's processes, not about the business
    assert [name for name in readers if not name.startswith("sandbox/")] == ["app/clock.py", "stores/sql/tokens.py"]


def test_nothing_personal_is_printed_by_an_error_of_the_database() -> None:
    assert "hide_parameters=True" in (_SOURCE / "stores/sql/database.py").read_text("utf-8")
