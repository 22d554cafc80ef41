import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import us_of_id
from siyu.touchpoints.kind import CHINESE, KINDS_BY_SLUG, TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_US = 1_700_000_000_000_000


def _order(**changes: object) -> Touch:
    fields: dict[str, object] = {
        "happened_at_us": _US, "received_at_us": _US, "value_minor": 990,
        "actors": (Identifier("phone", "+8613800138000"),), "properties": {"store": "12"},
    }  # fmt: skip
    return touch("store", TouchKind.ORDER_PAID, **(fields | changes))  # type: ignore[arg-type]  fields by name


def test_the_same_event_has_the_same_id_whenever_it_is_received() -> None:
    assert _order().touch_id == _order(received_at_us=_US + 5).touch_id
    assert us_of_id(_order().touch_id) == _US


@pytest.mark.parametrize(
    "change",
    [
        {"value_minor": 991}, {"properties": {"store": "13"}}, {"actors": ()}, {"account": "shop-2"},
        {"happened_at_us": _US + 1}, {"event_key": "no-7"}, {"scene": "till"}, {"currency": "USD"},
    ],
)  # fmt: skip
def test_another_event_has_another_id(change: dict[str, object]) -> None:
    assert _order(**change).touch_id != _order().touch_id


def test_the_platforms_own_event_id_decides_alone() -> None:
    assert _order(event_key="no-7").touch_id == _order(event_key="no-7", value_minor=1).touch_id


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"happened_at_us": -1}, "happened_at"), ({"happened_at_us": 2**62}, "happened_at"),
        ({"value_minor": 2**63}, "value_minor"), ({"scene": "x" * 513}, "scene"),
    ],
)  # fmt: skip
def test_a_field_out_of_range_is_named(change: dict[str, object], where: str) -> None:
    with pytest.raises(BadInputError) as raised:
        _order(**change)
    assert raised.value.where == where


def test_a_touch_needs_a_channel() -> None:
    with pytest.raises(BadInputError):
        touch("", TouchKind.SCAN, happened_at_us=_US, received_at_us=_US)


@given(st.sampled_from(list(TouchKind)))
def test_every_kind_has_a_slug_a_chinese_name_and_fits_in_a_byte(kind: TouchKind) -> None:
    assert KINDS_BY_SLUG[kind.slug] is kind
    assert CHINESE[kind]
    assert 0 < kind < 128
