"""A season with fission, comments, codes, rings and a punishing platform: compared, booked, scored by the truth."""

import pytest

from siyu.app.simulate.season import CLASSIC, OURS, asked_for_season, season
from siyu.campaigns.fission.lint import lint_plan
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.errors import BadInputError
from siyu.sandbox.market.parameters import preset


def test_a_season_compares_ways_of_asking_on_the_same_people() -> None:
    found = season(preset("skincare"), people=250, days=35, seeds=[2], every_days=7)
    none, paid, ours = found["policies"]
    assert none["brought"] == 0
    assert paid["brought"] > ours["brought"] > 0
    # paid sharing pays for everybody who comes; ours for who stayed and bought
    assert paid["paid_minor"]["mean"] == 1_000 * paid["brought"]
    assert ours["paid_minor"]["mean"] < paid["paid_minor"]["mean"]
    assert ours["books_wrong"] == 0
    assert any("mechanism.task" in line for line in found["share_for_reward_is_refused"])
    front = found["runs"][-1]["front"]
    assert front["comments"] >= 40 * 26
    assert front["right"] > 0.7 * front["asked"]
    assert front["scans"] == sum(front["by_guide"].values()) > 0
    assert max(front["by_guide"].values()) - min(front["by_guide"].values()) <= 2


def test_what_siyu_runs_passes_its_own_lint_and_paid_sharing_does_not() -> None:
    assert not [one for one in lint_plan(plan_of(OURS)) if one.refused]
    assert [one for one in lint_plan(plan_of(CLASSIC)) if one.refused]


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(BadInputError, match="out of range"):
        asked_for_season(
            market="skincare", people=1, days=91, seed=1, seeds=1, every_days=7, outsiders=0, progress=lambda *_: None
        )
