import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.period import DAY
from siyu.people.portrait import Fact, age_band, facts_of, newest, portrait_of, tags_of
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import touch

_NOW = 1_781_056_800_000_000  # 2026-06-10 02:00 UTC


@pytest.mark.parametrize(
    ("written", "band"),
    [("2012-06-11", "under_14"), ("2012-06-10", "14_17"), ("1990年5月17日", "35_44"), ("19900517", "35_44"),
     ("1950/1/1", "55_up"), ("2030-01-01", ""), ("1800-01-01", ""), ("birthday", ""), ("1990-13-01", "")],
)  # fmt: skip
def test_a_birthday_becomes_a_band_and_nonsense_becomes_nothing(written: str, band: str) -> None:
    assert age_band(written, at_us=_NOW) == band


@given(st.text(max_size=20))
def test_any_text_for_a_birthday_is_survived(text: str) -> None:
    assert age_band(text, at_us=_NOW) in {"", "under_14", "14_17", "18_24", "25_34", "35_44", "45_54", "55_up"}


def test_personal_traits_stay_out_of_the_portrait() -> None:
    said = {
        "name": "王芳",
        "birthday": "1990-05-17",
        "gender": "女",
        "city": "成都市",
        "address": "人民路1号",
        "phone": "138",
    }
    assert portrait_of(said, at_us=_NOW) == {
        "city": "成都市", "gender": "female", "age_band": "35_44", "birth_month": "05", "city_tier": "1.5",
    }  # fmt: skip


def test_a_city_has_its_tier_and_a_place_that_is_none_has_no_tier() -> None:
    assert portrait_of({"province": "北京", "city": "朝阳"}, at_us=_NOW)["city_tier"] == "1"
    assert portrait_of({"province": "Guangdong", "city": "Guangzhou"}, at_us=_NOW)["city_tier"] == "1"
    assert "city_tier" not in portrait_of({"city": "某镇"}, at_us=_NOW)


def test_what_we_knew_then_is_not_what_we_know_now() -> None:
    facts = [Fact(1, "city", "成都", 10, "wecom"), Fact(2, "city", "上海", 20, "import")]
    assert newest(facts)["city"].value == "上海"
    assert newest(facts, at_us=15)["city"].value == "成都"
    assert newest(facts, at_us=5) == {}


def test_an_interest_holds_ninety_days_from_its_last_sign_and_a_platform_gives_whole_sets() -> None:
    def one(kind: TouchKind, at: int, **properties: str) -> tuple[int, object]:
        return 7, touch("wecom", kind, happened_at_us=at, received_at_us=at, event_key=str(at), account="corp",
                        properties=properties)  # fmt: skip

    said = [
        one(TouchKind.LIKE, _NOW, topic="母婴"),
        one(TouchKind.COMMENT, _NOW + DAY, topic="母婴"),
        one(TouchKind.ORDER_PAID, _NOW, topic="no interest"),
        one(TouchKind.CONTACT_EDITED, _NOW, tags="VIP, 老客,VIP"),
    ]
    (interest,), (tags,) = tags_of(said)  # type: ignore[arg-type]  # built by hand
    assert (interest.name, interest.since_us, interest.until_us) == ("interest:母婴", _NOW, _NOW + 91 * DAY)
    assert (tags.source, tags.names) == ("wecom/corp", ("VIP", "老客"))
    assert facts_of(said) == []  # type: ignore[arg-type]  # built by hand
