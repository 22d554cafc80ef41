"""Industry presets name plays that exist and numbers that the guard knows."""

import pytest

from siyu.app.settings import Policy
from siyu.campaigns.preset import industry_presets, read_preset
from siyu.kernel.errors import BadInputError


def test_six_industries_and_the_lower_tier_market_have_a_beginning_that_the_settings_take() -> None:
    assert set(industry_presets()) == {
        "education", "insurance", "catering", "mother_and_baby", "fast_goods", "community_group_buying",
        "lower_tier_market",
    }  # fmt: skip
    for one in industry_presets().values():
        Policy.model_validate(dict(one.policy))
        assert one.says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title: [", "no YAML"),
        ("title: x", "title, plays"),
        ("title: x\nplays: [magic]", "no play 'magic'"),
        ("title: x\nplays: welcome", "no list"),
        ("title: x\nplays: [welcome]\npolicy: {cap: two}", "policy.cap"),
        ("title: x\nplays: [welcome]\npolicy: {spam: 1}", "policy.spam"),
    ],
)
def test_a_wrong_preset_is_refused_at_its_place(text: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        read_preset("mine", text)
