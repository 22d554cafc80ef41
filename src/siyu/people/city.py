"""Cities (城市) of China: which prefecture a place belongs to, however it is written, and the tier (城市分级) of it.

Tiers are data with a date and a source (``city_tiers.toml``), so are the divisions (``city_divisions.toml``).
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

_MUNICIPALITIES: Final = frozenset({"北京", "上海", "天津", "重庆"})
#: Ends of names that people leave out; longer ones first.
_PROVINCE_ENDS: Final = re.compile(r"(?:壮族|回族|维吾尔)?自治区$|特别行政区$|[省市]$")
_PREFECTURE_ENDS: Final = re.compile(r"(?:市|地区|盟|州)$")
_COUNTY_ENDS: Final = re.compile(r"(?:新区|林区|自治[县旗]|[区县市旗])$")
_LATIN_ENDS: Final = re.compile(r"(?:city|shi|municipality|prefecture|diqu|meng|zhou)$")
#: Names in English that are not the Chinese sound.
_ENGLISH: Final = {
    "peking": "北京", "canton": "广州", "harbin": "哈尔滨", "qiqihar": "齐齐哈尔", "hohhot": "呼和浩特",
    "huhhot": "呼和浩特", "ordos": "鄂尔多斯", "hulunbuir": "呼伦贝尔", "urumqi": "乌鲁木齐", "kashgar": "喀什",
    "turpan": "吐鲁番", "hotan": "和田", "aksu": "阿克苏", "ili": "伊犁", "lhasa": "拉萨", "shigatse": "日喀则",
    "xian": "西安", "suzhou": "苏州", "fuzhou": "福州",
}  # fmt: skip
#: Characters with several sounds, where the dictionary takes another one.
_SPOKEN: Final = {"长治": "changzhi", "朝阳": "chaoyang", "昌都": "changdu"}
_PROVINCES_IN_ENGLISH: Final = {
    "shaanxi": "陕西", "innermongolia": "内蒙古", "tibet": "西藏", "ningxiahui": "宁夏", "guangxizhuang": "广西",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prefecture:
    """One division at the level of prefectures, or a municipality.

    Attributes:
        name: As people say it: 成都, 恩施, 锡林郭勒.
        full: As the state writes it: 成都市, 恩施土家族苗族自治州.
        province: As people say it: 四川.
        code: First four digits of its code (GB/T 2260).
        tier: "1", "1.5", "2" … "5".
    """

    name: str
    full: str
    province: str
    code: str
    tier: str


@dataclass(frozen=True, slots=True)
class _Map:
    """Every way to write a place, and the prefectures it may be."""

    prefectures: Mapping[str, tuple[Prefecture, ...]]
    counties: Mapping[str, tuple[Prefecture, ...]]
    provinces: Mapping[str, str]
    by_code: Mapping[str, Prefecture]


@lru_cache(maxsize=1 << 14)
def prefecture_of(place: str, *, province: str = "") -> Prefecture | None:
    """Return the prefecture that a place is or lies in; None for one that is unknown or could be several.

    Reads names with and without 市, 地区, 盟 and 自治州, with their province before them or a district behind them,
    districts and counties by themselves where only one has that name, pinyin and English names, and codes of GB/T 2260.

    Args:
        province: Where somebody said it lies, if they did; it decides between places of one name.
    """
    written = unicodedata.normalize("NFKC", place).strip()
    if written.isascii() and written.isdigit():
        return _map().by_code.get(written[:4]) if len(written) in {4, 6, 9, 12} else None
    within = _province(province)
    if (
        within in _MUNICIPALITIES
    ):  # whatever is called its city: a district, which may have the name of a city elsewhere
        return _map().prefectures[within][0]
    if _latin(written):
        return _of_sound(_latin(written), within)
    return _of_name(re.sub(r"[\s,，·/-]+", "", written), within)


def city_tier(place: str, *, province: str = "") -> str:
    """Return the tier of a Chinese city, "1" to "5"; empty for a place that is unknown or could be several."""
    found = prefecture_of(place, province=province)
    return found.tier if found else ""


def _of_name(name: str, within: str) -> Prefecture | None:
    known = _map()
    prefectures, counties = known.prefectures.get(name, ()), known.counties.get(name, ())
    found = _inside(prefectures, within) or _inside(counties, within) or _only(prefectures)
    if found or name in known.provinces:
        return found
    # 四川成都, 四川省成都市锦江区
    for length in range(min(len(name) - 2, 8), 1, -1):
        inner = known.provinces.get(name[:length])
        if inner in _MUNICIPALITIES:
            return known.prefectures[inner][0]
        if inner is not None and (found := _of_name(name[length:], inner)):
            return found
    if counties:
        return _only(counties)
    # 成都市锦江区, 成都锦江区
    for length in range(len(name) - 2, 1, -1):
        start = known.prefectures.get(name[:length], ())
        if found := _inside(start, within) or _only(start):
            return found
    return None


def _of_sound(sound: str, within: str) -> Prefecture | None:
    if (english := _ENGLISH.get(sound)) and not within:
        return _map().prefectures[english][0]
    for one in (sound, _LATIN_ENDS.sub("", sound)):
        named = _sounds().get(one, ())
        if found := _inside(named, within) or _only(named):
            return found
    return _map().prefectures[english][0] if english else None


def _inside(found: tuple[Prefecture, ...], within: str) -> Prefecture | None:
    """Return the only one in the province that was said."""
    return _only(tuple(one for one in found if one.province == within)) if within else None


def _only(found: tuple[Prefecture, ...]) -> Prefecture | None:
    return found[0] if len(found) == 1 else None


def _province(written: str) -> str:
    text = unicodedata.normalize("NFKC", written).strip()
    if not _latin(text):
        return _map().provinces.get(text, "")
    sound = re.sub(r"(?:province|sheng|municipality|autonomousregion|zizhiqu|city|shi)$", "", _latin(text))
    return _PROVINCES_IN_ENGLISH.get(sound) or _province_sounds().get(sound, "")


def _latin(text: str) -> str:
    """Return the letters of a Latin writing, ü as v; empty for a Chinese one."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("u\u0308", "v")
    return re.sub(r"[^a-z]", "", plain)


@cache
def _map() -> _Map:
    ranked = _data("city_tiers.toml")["tier"]
    tiers = {name: str(one["name"]) for one in ranked for name in one["cities"].split()}
    prefectures: dict[str, set[Prefecture]] = {}
    counties: dict[str, set[Prefecture]] = {}
    provinces: dict[str, str] = {}
    by_code: dict[str, Prefecture] = {}
    for province, divisions in _data("city_divisions.toml").items():
        if not isinstance(divisions, dict):
            continue
        short = _PROVINCE_ENDS.sub("", province)
        provinces |= {province: short, short: short, f"{short}省": short, f"{short}市": short}
        for written, inside in divisions.items():
            code, full = written.split()
            name = _short(full, tiers)
            one = by_code[code] = Prefecture(name, full, short, code, tiers[name])
            for way in (name, full, f"{name}市", f"{name}地区", f"{name}州", f"{name}自治州"):
                prefectures.setdefault(way, set()).add(one)
            for county in inside.split():
                for way in (county, _COUNTY_ENDS.sub("", county)):
                    if len(way) > 1:
                        counties.setdefault(way, set()).add(one)
    return _Map(
        {way: tuple(found) for way, found in prefectures.items()},
        {way: tuple(found) for way, found in counties.items()},
        {way: name for way, name in provinces.items() if name in _MUNICIPALITIES or not way.endswith("市")},
        by_code,
    )


def _short(full: str, tiers: Mapping[str, str]) -> str:
    """Return the name under which a prefecture stands among the tiers: 恩施 of 恩施土家族苗族自治州."""
    plain = _PREFECTURE_ENDS.sub("", full)
    if plain in tiers:
        return plain
    if full.startswith("海南"):  # the prefecture in Qinghai; 海南 alone is the province
        return "海南州"
    return max((name for name in tiers if full.startswith(name)), key=len)


@cache
def _sounds() -> Mapping[str, tuple[Prefecture, ...]]:
    """Every prefecture by the sound of its name."""
    found: dict[str, set[Prefecture]] = {}
    for one in _map().by_code.values():
        for sound in _SPOKEN.get(one.name) or _sound(one.name), _sound(one.full):
            found.setdefault(sound, set()).add(one)
            found.setdefault(sound.replace("v", "u"), set()).add(one)
    return {sound: tuple(places) for sound, places in found.items()}


@cache
def _province_sounds() -> Mapping[str, str]:
    return {_sound(name): name for name in set(_map().provinces.values()) if name != "陕西"}


def _sound(name: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415  loads its dictionary

    return "".join(lazy_pinyin(name, v_to_u=False))


def _data(file: str) -> dict[str, Any]:
    return tomllib.loads(files("siyu.people").joinpath(file).read_text("utf-8"))
