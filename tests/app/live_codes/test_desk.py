"""The code desk: what it answered is on the disk, and it goes on counting after a restart."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from siyu.app.cli.code import create, route, show
from siyu.app.clock import VirtualClock
from siyu.app.live_codes.desk import CodeDesk, Scan, change_code
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.touchpoints.live_code import Visitor

NOW = 20_000 * DAY + 4 * HOUR
WRITTEN: dict[str, Any] = {
    "code": "till",
    "routes": [{"to": [{"name": name, "kind": "staff", "url": "https://a.b/s"} for name in ("ann", "bea")]}],
    "fallback": {"name": "page", "url": "https://a.b/"},
}


def test_every_answered_scan_is_kept_and_counting_goes_on_after_a_restart(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    change_code(workspace, WRITTEN)

    async def crowd(desk: CodeDesk, count: int) -> list[str]:
        scans = [Scan("till", Visitor(name=f"v{number}", scene="door"), NOW + number) for number in range(count)]
        choices = await asyncio.gather(*[desk.route(scan) for scan in scans])
        return [choice.target.name for choice in choices]

    desk = CodeDesk(workspace)
    sent = Counter(asyncio.run(crowd(desk, 501)))
    desk.close()
    assert sent == {"ann": 251, "bea": 250}
    with workspace.database.read() as connection:
        kept = SqlLiveCodes(connection)
        assert kept.sent("till") == sent
        decided = list(kept.decisions(from_us=NOW, to_us=NOW + 501))
    assert Counter(one[1] for one in decided) == sent
    assert {one[5] for one in decided} == {f"v{number}" for number in range(501)}
    again = CodeDesk(workspace)
    assert again.route_all([Scan("till", Visitor(), NOW + 1_000)])[0].target.name == "bea"  # ann is one ahead
    again.close()
    workspace.close()


def test_one_wrong_code_is_an_error_of_its_own_scan_only(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    change_code(workspace, WRITTEN)
    desk = CodeDesk(workspace)

    async def both() -> list[Any]:
        scans = [Scan(code, Visitor(), NOW) for code in ("till", "nothing")]
        return await asyncio.gather(*[desk.route(scan) for scan in scans], return_exceptions=True)

    good, bad = asyncio.run(both())
    assert good.target.name == "ann"
    assert isinstance(bad, BadInputError)
    desk.close()
    workspace.close()


def test_a_printed_code_is_led_elsewhere_without_printing_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = open_workspace(tmp_path / "w", create=True)
    workspace.close()
    file = tmp_path / "code.yaml"
    file.write_text(yaml.safe_dump(WRITTEN), "utf-8")
    create(file, workspace=tmp_path / "w", link="https://go.a.b/c/", picture=tmp_path / "c.svg", json=True)
    first = json.loads(capsys.readouterr().out)
    create(file, workspace=tmp_path / "w", link="https://go.a.b/c/", json=True)
    assert json.loads(capsys.readouterr().out)["version"] == first["version"] == 1
    printed = (tmp_path / "c.svg").read_text()
    file.write_text(yaml.safe_dump({**WRITTEN, "routes": []}), "utf-8")
    create(file, workspace=tmp_path / "w", link="https://go.a.b/c/", picture=tmp_path / "c.svg", json=True)
    second = json.loads(capsys.readouterr().out)
    assert (second["version"], second["printed"]) == (2, first["printed"])
    assert (tmp_path / "c.svg").read_text() == printed
    route("till", workspace=tmp_path / "w", json=True)
    assert json.loads(capsys.readouterr().out)["target"] == "page"
    show("till", workspace=tmp_path / "w", json=True)
    assert json.loads(capsys.readouterr().out)["sent"][0]["scans"] == 1
