"""The frame: one port, a clock that can be moved, faults, doors, and the command line."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from siyu.channels.manifest import manifests
from siyu.kernel.errors import ConfigError
from siyu.sandbox.faults import Faults
from siyu.sandbox.sandbox import Sandbox, platform_names
from siyu.sandbox.wecom import WeComSandbox

NOW_US = 1_790_000_000_000_000


def test_every_played_platform_gives_the_credentials_that_its_manifest_asks_for() -> None:
    with Sandbox(seed=1) as running:
        described = running.description()["platforms"]
        assert set(described) == set(platform_names())
        for name, platform in described.items():
            needed = {one.name for one in manifests()[name].credentials if not one.optional}
            assert needed <= set(platform["credentials"]), name
            assert httpx.get(platform["state_url"], trust_env=False).status_code == 200


def test_the_same_seed_gives_the_same_accounts_and_another_seed_others() -> None:
    one, same, other = (Sandbox(seed=seed, platforms=("wecom",)).credentials("wecom") for seed in (1, 1, 2))
    assert one == same != other


def test_a_platform_that_nobody_plays_is_named() -> None:
    with pytest.raises(ConfigError, match="fax"):
        Sandbox(platforms=("fax",))


def test_the_clock_is_moved_over_http(sandbox: Sandbox) -> None:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as http:
        assert http.get("/_sandbox/clock").json() == {"now_us": NOW_US}
        assert http.post("/_sandbox/clock", json={"advance_us": 5}).json() == {"now_us": NOW_US + 5}
        assert http.post("/_sandbox/clock", json={"to_us": 1}).json() == {"now_us": NOW_US + 5}


def test_an_answer_that_is_lost_has_taken_effect_all_the_same() -> None:
    with Sandbox(seed=1, platforms=("wecom",), faults=Faults(lost_answers=1.0)) as running:
        corp: WeComSandbox = running.platform("wecom")
        secrets = running.credentials("wecom")
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(
                f"{running.base_url('wecom')}/cgi-bin/gettoken",
                params={"corpid": corp.account, "corpsecret": secrets["secret"]},
                trust_env=False,
            )
        assert corp.calls_made["gettoken"] == 1
        assert httpx.get(f"{running.url}/_sandbox/wecom", trust_env=False).status_code == 200


def test_the_command_prints_one_line_serves_and_stops_when_told() -> None:
    command = [sys.executable, "-c", "from siyu.app.cli import main; main()", "sandbox", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--platform", "wecom", "--faults", "busy=0.5"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        described = json.loads(running.stdout.readline())
        wecom = described["platforms"]["wecom"]
        assert set(wecom["credentials"]) >= {"corp_id", "secret", "callback_token", "encoding_aes_key"}
        answer = httpx.get(
            f"{wecom['base_url']}/cgi-bin/gettoken",
            params={"corpid": wecom["account"], "corpsecret": wecom["credentials"]["secret"]},
            trust_env=False,
        ).json()
        assert answer["errcode"] == 0
        running.send_signal(signal.SIGTERM)
        rest = running.stdout.read()
        assert running.wait(timeout=120) == 0
        assert rest == ""


def test_the_command_refuses_an_unknown_fault() -> None:
    command = [sys.executable, "-c", "from siyu.app.cli import main; main()", "sandbox", "--faults", "gremlins=1"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "gremlins" in ran.stderr


def test_every_door_of_every_platform_is_in_the_docs_and_each_platform_shows_what_arrived() -> None:
    told = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
    sections = {
        line.split("`")[1]: line for line in told.splitlines() if line.startswith("| `") and line.count("`") > 2
    }
    wecom = told.partition("WeCom (`/_sandbox/wecom/")[2].partition("## ")[0]
    with Sandbox(seed=1) as running, httpx.Client(base_url=f"{running.url}/_sandbox/", trust_env=False) as http:
        for name, platform in running.description()["platforms"].items():
            words = wecom if name == "wecom" else sections[name]
            missing = [one for one in platform["doors"] if not re.search(rf"`{one}\b", words)]
            assert not missing, name
            if "arrived" in platform["doors"]:
                assert "arrived" in http.get(f"{name}/arrived").json()
                assert http.get(f"{name}/arrived?made_up=1").status_code in {200, 400}
        assert http.post("wechat_mp/callbacks_to", json={}).status_code == 400
        assert http.post("clock", content=b"{").status_code == 400


def test_what_callbacks_are_checked_with_is_named_wherever_a_platform_calls() -> None:
    for name, platform in Sandbox(seed=1).description()["platforms"].items():
        assert bool(platform["callback_secrets"]) or not platform["callback_path"] or name == "xiaohongshu", name


def test_a_port_that_cannot_be_taken_is_one_clear_error(sandbox: Sandbox) -> None:
    for port in (int(sandbox.url.rpartition(":")[2]), 99_999, -1):
        with pytest.raises(ConfigError, match=f"port {port}"):
            Sandbox(platforms=("wecom",), port=port).start()
