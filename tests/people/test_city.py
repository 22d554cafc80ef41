import tomllib
from collections import Counter
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.people.city import city_tier, prefecture_of

_TIERS = {"1": 4, "1.5": 15, "2": 30, "3": 70, "4": 90, "5": 128}  # as the ranking of 2025 was announced


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("siyu.people").joinpath(name).read_text("utf-8"))


def _divisions() -> list[tuple[str, str, str]]:
    """Every prefecture: province, code, full name."""
    rows = [(province, name.split()) for province, inside in _table("city_divisions.toml").items()
            if isinstance(inside, dict) for name in inside]  # fmt: skip
    return [(province, code, full) for province, (code, full) in rows]


def test_every_prefecture_has_exactly_one_tier_and_the_tiers_have_the_sizes_that_were_announced() -> None:
    table = _table("city_tiers.toml")
    cities = Counter(city for one in table["tier"] for city in one["cities"].split())
    assert max(cities.values()) == 1
    assert {one["name"]: len(one["cities"].split()) for one in table["tier"]} == _TIERS
    assert table["as_of"] == date(2025, 5, 28)
    found = {code: prefecture_of(code) for _, code, _ in _divisions()}
    assert len(found) == 337
    assert {one.name for one in found.values()} == set(cities)


def test_every_prefecture_is_found_by_its_full_name_alone_and_behind_its_province() -> None:
    for province, code, full in _divisions():
        for written in (full, f"{province}{full}", f"{province} {full}"):
            assert prefecture_of(written).code == code, written


def test_every_county_is_found_with_its_prefecture_before_it() -> None:
    for province, inside in _table("city_divisions.toml").items():
        for written, counties in inside.items() if isinstance(inside, dict) else ():
            code, full = written.split()
            for county in counties.split():
                assert prefecture_of(f"{province}{full}{county}").code == code, (full, county)


@pytest.mark.parametrize(
    ("written", "tier"),
    [
        ("北京市", "1"), ("浙江省杭州市", "1.5"), ("广西壮族自治区南宁市", "2"), ("恩施土家族苗族自治州", "4"),
        ("恩施州", "4"), ("红河州", "4"), ("兴安盟", "5"),
        ("大兴安岭地区", "5"), ("海南藏族自治州", "5"), ("吉林", "4"),
        ("成都锦江区", "1.5"), ("昆山", "1.5"), ("义乌市", "2"), ("浦东新区", "1"), ("５１０１０４", "1.5"),
        ("Chengdu", "1.5"), ("Xi'an", "1.5"), ("Suzhou", "1.5"), ("Shenzhen City", "1"), ("Harbin", "2"),
        ("Lüliang", "4"), ("changzhi", "4"),
        ("海南", ""), ("吉林省", ""), ("Paris", ""), ("", ""), ("香港", ""), ("510", ""),
        ("鼓楼区", ""), ("朝阳区", ""), ("Yichun", ""),  # there are several
    ],
)  # fmt: skip
def test_a_city_has_its_tier_however_it_is_written(written: str, tier: str) -> None:
    assert city_tier(written) == tier


@pytest.mark.parametrize(
    ("province", "written", "name"),
    [
        ("北京", "朝阳", "北京"), ("辽宁省", "朝阳", "朝阳"), ("吉林", "朝阳区", "长春"), ("Jilin", "朝阳区", "长春"),
        ("Jiangxi", "Yichun", "宜春"), ("黑龙江", "Yichun", "伊春"), ("安徽", "Suzhou", "宿州"),
        ("Shaanxi", "Yulin", "榆林"), ("Beijing", "Haidian", "北京"), ("上海市", "", "上海"), ("江苏", "成都", "成都"),
    ],
)  # fmt: skip
def test_the_province_decides_between_places_of_one_name(province: str, written: str, name: str) -> None:
    found = prefecture_of(written, province=province)
    assert found is not None
    assert found.name == name


@given(st.text(max_size=20), st.text(max_size=6))
def test_any_text_is_survived(place: str, province: str) -> None:
    assert city_tier(place, province=province) in {"", *_TIERS}
