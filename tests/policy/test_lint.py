from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import BadInputError
from siyu.policy.lint import PLATFORMS, lint_plan, lint_text

TODAY = date(2026, 11, 22)


def _rules(text: str, platform: str) -> set[str]:
    return {one.rule for one in lint_text(text, platform=platform, on=TODAY)}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("加我v信 领资料", "contact_wechat"),
        ("想要的➕薇", "contact_wechat"),
        ("w x同号", "contact_wechat"),
        ("🅥🅧：lulu_88", "contact_wechat"),
        ("ᴡᴇᴄʜᴀᴛ lulu_88", "contact_wechat"),
        ("🇻🇽 lulu_88", "contact_wechat"),
        ("微🩷 lulu_88", "contact_wechat"),
        ("微💝 lulu_88", "contact_wechat"),
        ("１３８ ００１３ ８０００", "contact_phone"),
        ("幺三八零零一三八零零零", "contact_phone"),
        ("call one three eight 0013 8000", "contact_phone"),
        ("前面幺三八，然后零零幺三，最后四位八零零零", "contact_phone"),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "contact_phone"),
        ("扣扣 123456789", "contact_qq"),
        ("看我主页", "contact_hint"),
        ("去 shop.example.com 看", "contact_link"),
        ("加我 abc_12345", "contact_account"),
    ],
)
def test_contact_details_are_found_through_their_disguise(text: str, rule: str) -> None:
    assert rule in _rules(text, "douyin")


@pytest.mark.parametrize(
    "text",
    [
        "可以用微信支付吗", "vlog 更新啦", "订单号 2026112213800138000123", "这个多少钱呀", "主页置顶视频有教程",
        "天气 weather 真好", "一共3件", "维新变法是哪一年", "加一个鸡蛋",
    ],
)  # fmt: skip
def test_harmless_words_are_left_alone(text: str) -> None:
    assert _rules(text, "douyin") == set()


@pytest.mark.parametrize(
    "text", ["一二三然后四五六再七八九十", "138 元，然后 0013 号，最后 8000 份", "100g×6 袋", "💕爱你💕"]
)
def test_numbers_and_signs_between_words_are_no_contact(text: str) -> None:
    assert _rules(text, "douyin") == set()


def test_what_douyin_forbids_wecom_may_say() -> None:
    assert _rules("加我微信", "wecom") == set()


@pytest.mark.parametrize("text", ["最近上新", "最后三天", "第一次来的朋友", "最多买两件", "百分百纯棉"])
def test_superlatives_that_boast_of_nothing_are_fine(text: str) -> None:
    assert _rules(text, "wecom") == set()


@pytest.mark.parametrize("text", ["全网最低", "国家级品质", "销量第一", "最好的奶粉", "极品"])
def test_absolute_words_are_found(text: str) -> None:
    assert _rules(text, "wecom") == {"absolute_words"}


def test_a_reward_for_sharing_is_found_and_an_allowed_way_named() -> None:
    (found,) = lint_text("转发到朋友圈领红包", platform="wecom", on=TODAY)
    assert found.rule == "induced_sharing"
    assert found.found == "转发到朋友圈领"
    assert "completed order" in found.alternative


def test_a_short_message_needs_signature_and_opt_out() -> None:
    assert _rules("新品到店，欢迎来看", "sms") == {"sms_opt_out", "sms_signature"}
    assert _rules("【小店】新品到店，欢迎来看 拒收请回复R", "sms") == set()


def test_a_rule_counts_from_the_day_it_is_in_force() -> None:
    assert lint_text("转发到朋友圈领红包", platform="wecom", on=date(2019, 10, 27)) == []


def test_a_plan_is_checked_by_its_facts_and_its_texts() -> None:
    plan = {
        "platforms": ["wecom"],
        "reward": {"kind": "cash", "on": "share", "levels": 2},
        "audience": {"source": "phone_list"},
        "fee_to_join": 99,
        "steps": [{"text": "集赞30个领红包"}],
    }
    found = {(one.rule, one.where) for one in lint_plan(plan, on=TODAY)}
    assert found == {
        ("induced_sharing", "rewards[0].on"), ("reward_depth", "rewards[0].levels"),
        ("bought_list", "audience.source"), ("entry_fee", "fee_to_join"), ("induced_sharing", "steps[0].text"),
    }  # fmt: skip


def test_an_honest_plan_is_clean() -> None:
    plan = {
        "platform": "wecom",
        "reward": {"kind": "coupon", "on": "order_completed"},
        "text": "朋友下单后，你们各得一张券",
    }
    assert lint_plan(plan, on=TODAY) == []


def test_a_short_message_s_title_need_not_say_how_to_refuse() -> None:
    plan = {"platform": "sms", "标题": "周末活动", "正文": "【小鹿】周末八折，拒收请回复R"}
    assert lint_plan(plan, on=TODAY) == []
    assert {one.where for one in lint_plan(plan | {"正文": "【小鹿】周末八折"}, on=TODAY)} == {"正文"}


def test_a_plan_without_a_platform_is_refused() -> None:
    with pytest.raises(BadInputError, match="names no platform"):
        lint_plan({"text": "hello"}, on=TODAY)


@given(st.text(max_size=200), st.sampled_from(PLATFORMS))
def test_every_finding_points_into_the_text(text: str, platform: str) -> None:
    for one in lint_text(text, platform=platform, on=TODAY):
        if one.span:
            assert text[one.span[0] : one.span[1]] == one.found
