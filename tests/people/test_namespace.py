import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.people.namespace import Strength, namespaces, normal, read_identifier, rule_of
from siyu.touchpoints.touch import Identifier


@pytest.mark.parametrize(
    "written",
    ["13800138000", "+86 138-0013-8000", "138 0013 8000", "0086 13800138000", "１３８００１３８０００"],
)
def test_one_phone_however_written_is_one_value(written: str) -> None:
    assert normal(Identifier("phone", written)).value == "+8613800138000"


def test_a_phone_of_another_country_keeps_its_country() -> None:
    assert normal(Identifier("phone", "+1 650 253 0000")).value == "+16502530000"
    assert normal(Identifier("phone", "6502530000"), region="US").value == "+16502530000"


@pytest.mark.parametrize("written", ["12345", "", "  ", "call me", "138001380001", "1380013800x", "+999 1234567"])
def test_what_is_no_phone_is_one_clear_error(written: str) -> None:
    with pytest.raises(BadInputError, match="phone"):
        normal(Identifier("phone", written))


def test_an_email_is_folded() -> None:
    assert normal(Identifier("email", " Mei.Lin@Example.COM ")).value == "mei.lin@example.com"
    assert normal(Identifier("email", "lin@例子.中国")).value == "lin@xn--fsqu00a.xn--fiqs8s"


@pytest.mark.parametrize("written", ["mei", "mei@", "@example.com", "mei@example", "a..b@example.com", "mei lin@x.cn"])
def test_what_is_no_email_is_one_clear_error(written: str) -> None:
    with pytest.raises(BadInputError, match="e-mail"):
        normal(Identifier("email", written))


def test_an_id_of_the_wrong_namespace_is_refused() -> None:
    assert normal(Identifier("external_userid@ww1", "wmEAlDcAAA7x")).value == "wmEAlDcAAA7x"
    with pytest.raises(BadInputError, match="external"):
        normal(Identifier("external_userid@ww1", "oX3sdfk2"))


def test_scopes_are_checked() -> None:
    with pytest.raises(BadInputError, match="behind the @"):
        normal(Identifier("unionid@", "oX3sdfk2"))
    with pytest.raises(BadInputError, match="nothing behind"):
        normal(Identifier("phone@shop", "13800138000"))


def test_a_brands_own_namespace_is_strong_and_kept_as_written() -> None:
    assert rule_of("loyalty_card@north").strength is Strength.STRONG
    assert normal(Identifier("loyalty_card@north", "A-1")).value == "A-1"


def test_rules_say_what_the_business_says() -> None:
    assert rule_of("unionid@wx1").one_per_person
    assert not rule_of("phone").one_per_person
    assert rule_of("phone").shared
    assert rule_of("device").strength is Strength.WEAK
    assert rule_of("nickname").strength is Strength.NEVER


def test_reading_what_people_type() -> None:
    assert read_identifier("phone:138 0013 8000") == Identifier("phone", "+8613800138000")
    with pytest.raises(BadInputError, match="names no namespace"):
        read_identifier("13800138000")


@given(st.sampled_from(sorted(namespaces())), st.text(max_size=40))
def test_writing_it_normally_twice_changes_nothing(name: str, value: str) -> None:
    try:
        once = normal(Identifier(name, value))
    except BadInputError:
        return
    assert normal(once) == once
