"""Every payload we know becomes touches, or is refused with a reason that its manifest lists; nothing crashes."""

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siyu.channels.manifest import manifests
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Touch

HERE = Path(__file__).parent
PLATFORMS = (
    "wechat_shop",
    "doudian",
    "youzan",
    "weidian",
    "order_webhook",
    "douyin",
    "oceanengine",
    "kuaishou",
    "xiaohongshu",
    "wechat_mp",
    "wechat_mini",
    "sms",
    "email",
    "store",
)
RECEIVED_AT_US = 1_790_000_000_000_000
FILES = [
    (platform, file)
    for platform in PLATFORMS
    for file in sorted((HERE / platform / "fixtures").rglob("*"))
    if file.suffix in {".json", ".xml", ".eml"}
]


def outcome(
    platform: str, payload: Mapping[str, Any] | str, *, received_at_us: int = RECEIVED_AT_US
) -> list[Touch] | str:
    mapping = import_module(f"siyu.channels.{platform}.mapping")
    try:
        touches: list[Touch] = mapping.touches_from_payload(payload, account="acc-1", received_at_us=received_at_us)
    except Unmapped as unmapped:
        name = unmapped.name
    else:
        assert touches
        return touches
    assert name in manifests()[platform].ignored, f"{name} is not listed in the manifest"
    return name


@pytest.mark.parametrize(("platform", "file"), FILES, ids=[f"{p}-{f.stem}" for p, f in FILES])
def test_a_known_payload_becomes_touches_or_a_listed_reason(platform: str, file: Path) -> None:
    found = outcome(platform, file.read_text("utf-8"))
    if isinstance(found, str):
        return
    assert {touch.kind.slug for touch in found} <= set(manifests()[platform].inbound)
    assert len({touch.touch_id for touch in found}) == len(found)
    assert all(touch.channel == platform for touch in found)


@pytest.mark.parametrize(("platform", "file"), FILES, ids=[f"{p}-{f.stem}" for p, f in FILES])
def test_the_same_payload_delivered_again_later_is_the_same_touch(platform: str, file: Path) -> None:
    text = file.read_text("utf-8")
    first, second = outcome(platform, text), outcome(platform, text, received_at_us=RECEIVED_AT_US + 7_000_000)
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
        return
    dated_by_us = {touch.touch_id for touch in first if touch.happened_at_us == RECEIVED_AT_US}
    assert {one.touch_id for one in first} - dated_by_us <= {one.touch_id for one in second}


def test_nothing_personal_stands_in_the_properties_of_a_touch() -> None:
    for platform, file in FILES:
        found = outcome(platform, file.read_text("utf-8"))
        if isinstance(found, str):
            continue
        for touch in found:
            written = json.dumps(dict(touch.properties), ensure_ascii=False)
            for personal in ("13800138000", "测试用户", "测试昵称", "user@example.com", "测试路1号", "abc12345"):
                assert personal not in written, (file.name, touch.kind)


def test_every_reason_of_a_manifest_is_a_sentence_and_every_unsure_fact_is_dated() -> None:
    for platform in PLATFORMS:
        manifest = manifests()[platform]
        assert all(len(reason.split()) > 3 for reason in manifest.ignored.values())
        assert all(len(refusal.instead) > 10 for refusal in manifest.refusals)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name in value:
            yield from paths(value[name], (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from paths(item, (*path, position))


def changed(payload: Any, path: tuple[Any, ...], new: Any) -> Any:
    payload = copy.deepcopy(payload)
    spot = payload
    for step in path[:-1]:
        spot = spot[step]
    if new is ...:
        del spot[path[-1]]
    else:
        spot[path[-1]] = new
    return payload


NESTED: dict[str, Any] = {}
for _ in range(200):
    NESTED = {"a": NESTED}
JUNK: list[Any] = [
    ..., None, "", "null", 0, -1, 1, 2, True, False, 1.5, float("nan"), float("inf"), 10**19, -(10**30), 10**400,
    "9" * 30, "x" * 600, "\ud800", "\x00", "२", "1e5", "-0.005", [], [None], [[]], [{}], {}, {"": {}}, NESTED, "{",
    "[]", '{"a":',
    "%ff%fe", "2026-02-30 25:61:00", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "<xml/>", "２０２６", b"bytes",
]  # fmt: skip
JSON_FILES = [(platform, json.loads(file.read_text("utf-8"))) for platform, file in FILES if file.suffix == ".json"]
SPOTS = [(platform, payload, list(paths(payload))) for platform, payload in JSON_FILES]


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_payload_is_one_clear_error_and_never_a_crash(data: st.DataObject) -> None:
    platform, payload, spots = data.draw(st.sampled_from(SPOTS))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(spots))
        junk = st.one_of(
            st.sampled_from(JUNK),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                max_leaves=4,
            ),
        )
        try:
            payload = changed(payload, path, data.draw(junk))
        except (KeyError, IndexError, TypeError):
            continue
    with suppress(BadInputError):
        outcome(platform, payload)


TEXTS = [(platform, file.read_text("utf-8")) for platform, file in FILES if file.suffix != ".json"]
BITS = (
    "<", ">", "&", "&x;", "]]>", "<![CDATA[", "<!DOCTYPE a [", "\x00", "\ud800", "\n\n", ";", ":", "--b1", "@",
    "=?utf-8?b?", "x" * 3000,
)  # fmt: skip


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_text_is_one_clear_error_and_never_a_crash(data: st.DataObject) -> None:
    platform, text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 4))):
        at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 80))
        text = text[:at] + data.draw(st.sampled_from(BITS) | st.text(max_size=5)) + text[at + length :]
    with suppress(BadInputError):
        outcome(platform, text)


@pytest.mark.parametrize(
    ("platform", "payload"), JSON_FILES, ids=[f"{p}-{f.stem}" for p, f in FILES if f.suffix == ".json"]
)
def test_each_field_of_each_payload_may_be_missing_or_of_another_type(platform: str, payload: Any) -> None:
    for path in paths(payload):
        for junk in (..., None, "", "x" * 600, -1, 10**30, 2.5, [1], {"a": 1}, True):
            try:
                outcome(platform, changed(payload, path, junk))
            except BadInputError as error:
                assert str(error)  # noqa: PT017  any other error fails the test by itself


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        "{",
        "nul",
        '{"a": NaN}',
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"errcode": 1' + "0" * 5000 + "}",
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Event>&b;</Event></xml>',
        "<xml>" * 500,
        "<xml><Event>x</Event>",
        "\ufeff{}",
        "x" * (2 << 20),
        '{"event": "\ud800"}',
    ],
    ids=range(15),
)
def test_text_that_is_no_payload_is_one_clear_error(platform: str, text: str) -> None:
    with pytest.raises(BadInputError):
        outcome(platform, text)
