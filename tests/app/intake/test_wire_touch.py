"""The fast way to read a request and the careful way say the same of every touch."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.app.intake.wire_touch import WireTouch, touch_of, touches_of
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

NOW_US = 1_795_000_000_000_000
_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
_edge = st.integers(0, 520).map(lambda size: "x" * size)
_actor = st.fixed_dictionaries({"namespace": _text | st.just("n" * 129), "value": _text | st.just("v" * 513)})
_row = st.fixed_dictionaries(
    {"channel": _text | st.just("c" * 65), "kind": st.sampled_from([kind.slug for kind in TouchKind] + ["dance"])},
    optional={
        "happened_at_us": st.integers(-5, 2**62) | st.just(NOW_US),
        "happened_at": st.just("2026-11-22T09:30:00+08:00"),
        "event_key": _text | _edge,
        "account": _edge,
        "actors": st.lists(_actor, max_size=17),
        "scene": _text,
        "about": _edge,
        "value": st.sampled_from(["1.50", "0", "1.234", "much"]),
        "value_minor": st.integers(-(2**62) - 1, 2**62 + 1) | st.integers(-9, 9),
        "currency": st.sampled_from(["CNY", "USD", "yuan"]),
        "properties": st.dictionaries(_text, st.none() | st.booleans() | st.integers(-9, 9) | _text, max_size=2),
        "traits": st.dictionaries(_text, _text, max_size=1),
    },
)


def carefully(row: dict[str, Any]) -> Touch | None:
    try:
        return touch_of(msgspec.json.decode(msgspec.json.encode(row), type=WireTouch), NOW_US)
    except (msgspec.ValidationError, BadInputError):
        return None


@given(rows=st.lists(_row, min_size=1, max_size=4))
@pytest.mark.parametrize("ndjson", [True, False])
def test_what_is_read_fast_is_what_is_read_with_care(ndjson: bool, rows: list[dict[str, Any]]) -> None:
    body = b"\n".join(map(msgspec.json.encode, rows)) if ndjson else msgspec.json.encode(rows)
    touches, positions, aside = touches_of(body, NOW_US, ndjson=ndjson)
    wanted = [carefully(row) for row in rows]
    assert touches == [one for one in wanted if one is not None]
    assert positions == [place for place, one in enumerate(wanted) if one is not None]
    assert [one.line - 1 for one in aside] == [place for place, one in enumerate(wanted) if one is None]
