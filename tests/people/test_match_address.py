import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.people.match_address import is_address, parts_of


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("浙江省杭州市西湖区文三路12号3栋5单元501室", ("1235501", "西湖", "文三路")),
        ("杭州市西湖区文三路12-3-5-501", ("1235501", "西湖", "文三路")),
        ("西湖区文三路十二号三栋", ("123", "西湖", "文三路")),
        ("广东省深圳市南山区市民中心路2号", ("2", "南山", "市民中心路")),
        ("南京东路100号", ("100", "", "南京东路")),
        ("12 oak st.", ("12", "", "oak street")),
        ("apt 4, 12 oak road", ("412", "", "apartment oak road")),
        ("", ("", "", "")),
    ],
)
def test_an_address_says_the_same_whichever_way_it_is_written(written: str, parts: tuple[str, str, str]) -> None:
    assert parts_of(written) == parts


@given(st.text())
def test_any_text_can_be_taken_apart(text: str) -> None:
    assert len(parts_of(text)) == 3


def test_chinese_addresses_are_told_from_names() -> None:
    assert is_address(["浙江省杭州市西湖区文三路12号", "成都市武侯区科华北路3号"])
    assert not is_address(["王芳", "李娜", "欧阳震华"])
