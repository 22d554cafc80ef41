"""Every channel folder has one shape, and its manifest tells the truth about it."""

import ast
from collections.abc import Iterator
from importlib.resources import files

import pytest

from siyu.channels.manifest import manifests, parse_manifest
from siyu.kernel.errors import ConfigError
from siyu.touchpoints.kind import KINDS_BY_SLUG

ROOT = files("siyu.channels")
FOLDERS = sorted(one.name for one in ROOT.iterdir() if one.is_dir() and not one.name.startswith("_"))
DOING_IO = {"httpx", "socket", "time", "random", "sqlalchemy", "requests", "smtplib", "urllib.request", "subprocess"}
every_channel = pytest.mark.parametrize("name", sorted(manifests()))


def trees(name: str) -> Iterator[tuple[str, ast.Module]]:
    for entry in (ROOT / name).iterdir():
        if entry.name.endswith(".py"):
            yield entry.name, ast.parse(entry.read_text("utf-8"))


def test_every_folder_has_a_manifest() -> None:
    assert sorted(manifests()) == FOLDERS


@every_channel
def test_the_folder_has_the_files_of_a_channel(name: str) -> None:
    here = {entry.name for entry in (ROOT / name).iterdir()}
    manifest = manifests()[name]
    needed = {"manifest.toml", "mapping.py"} if manifest.inbound else {"manifest.toml"}
    if manifest.base_url:
        needed |= {"errors.py", "client.py"}
    if manifest.outbound:
        needed |= {"sender.py"}
    assert needed <= here


@every_channel
def test_what_the_manifest_names_exists(name: str) -> None:
    manifest = manifests()[name]
    assert set(manifest.inbound) <= set(KINDS_BY_SLUG)
    assert set(manifest.staff_confirms) <= set(manifest.outbound)
    assert set(manifest.can_look_up) <= set(manifest.outbound)
    assert len({(limit.what, limit.per, limit.window) for limit in manifest.limits}) == len(manifest.limits)


@every_channel
def test_each_limit_says_where_it_was_read(name: str) -> None:
    for limit in manifests()[name].limits:
        assert len(limit.source) > 10, limit.what


@every_channel
def test_only_the_client_does_input_and_output(name: str) -> None:
    for file, tree in trees(name):
        if file in {"client.py", "sender.py"}:
            continue
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {one for one in imported if one in DOING_IO or one.split(".")[0] in DOING_IO}, file


@every_channel
def test_every_payload_that_is_set_aside_by_name_has_its_reason_in_the_manifest(name: str) -> None:
    named = {
        call.args[0].value
        for _, tree in trees(name)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"Unmapped", "NamesOnly"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert named <= set(manifests()[name].ignored)


def test_a_wrong_manifest_says_which_field() -> None:
    with pytest.raises(ConfigError, match=r"here\.toml: domain"):
        parse_manifest({"domain": "Not A Name", "name": "x", "docs": "x"}, where="here.toml")
