"""Reports, economics, plans and sample ratios: words follow the numbers, and what is broken is said first."""

import math

import numpy as np
import pytest

from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.economics import economics
from siyu.measurement.experiment.moments import Moments, moments
from siyu.measurement.experiment.power import plan, power_of
from siyu.measurement.experiment.report import report
from siyu.measurement.experiment.sample_ratio import sample_ratio


def arms(rates: dict[str, float], people: int = 5000, seed: int = 3) -> Moments:
    rng = np.random.default_rng(seed)
    names = sorted(rates)
    code = np.repeat(np.arange(len(names), dtype=np.int32), people)
    bought = np.concatenate([(rng.random(people) < rates[name]).astype(np.float64) for name in names])
    return moments(code, [bought], names, ["bought"])


def test_a_lift_is_called_more_and_noise_is_not() -> None:
    found = report(arms({"alone": 0.10, "call": 0.10, "mail": 0.14}), "alone", ["bought"])
    verdicts = {one.comparison.arm: one.verdict for one in found.findings}
    assert verdicts == {"mail": "more", "call": "no difference shown"}
    assert found.readable
    assert "mail: more bought" in found.verdict
    assert "no proof" not in found.verdict


def test_nothing_shown_is_not_called_no_effect() -> None:
    found = report(arms({"alone": 0.1, "mail": 0.1}), "alone", ["bought"])
    assert "no proof that there is none" in found.verdict


def test_a_broken_assignment_leaves_no_verdict() -> None:
    rng = np.random.default_rng(1)
    code = np.repeat(np.arange(2, dtype=np.int32), [4000, 5000])
    found = report(moments(code, [rng.random(9000)], ["a", "b"], ["x"]), "a", ["x"])
    assert not found.readable
    assert found.sample_ratio.broken
    assert found.verdict.startswith("no verdict")
    assert "assignment is broken" in found.warnings[0]
    planned = report(moments(code, [rng.random(9000)], ["a", "b"], ["x"]), "a", ["x"], planned={"a": 4, "b": 5})
    assert planned.readable


def test_no_holdout_no_other_arm_and_an_arm_of_one_are_refused() -> None:
    two = arms({"a": 0.1, "b": 0.1}, people=10)
    with pytest.raises(BadInputError, match="no holdout"):
        report(two, "nobody", ["bought"])
    only = arms({"a": 0.1}, people=10)
    with pytest.raises(BadInputError, match="nothing to compare"):
        report(only, "a", ["bought"])
    single = moments(np.array([0, 0, 1], np.int32), [np.array([1.0, 0.0, 1.0])], ["a", "b"], ["x"])
    with pytest.raises(BadInputError, match="one person"):
        report(single, "a", ["x"])


def test_a_metric_that_never_varies_is_said() -> None:
    code = np.repeat(np.arange(2, dtype=np.int32), 50)
    found = report(moments(code, [np.ones(100)], ["a", "b"], ["x"]), "a", ["x"])
    assert any("never varies" in warning for warning in found.warnings)
    assert found.findings[0].verdict == "no difference shown"


def test_false_alarms_over_many_metrics_stay_at_five_of_a_hundred() -> None:
    rng = np.random.default_rng(9)
    alarms = 0
    for _ in range(200):
        code = rng.integers(0, 3, 600).astype(np.int32)
        columns = [rng.normal(size=600) for _ in range(4)]
        found = report(moments(code, columns, ["a", "b", "c"], list("wxyz")), "a", list("wxyz"))
        alarms += any(one.verdict != "no difference shown" for one in found.findings)
    assert alarms / 200 < 0.09


def test_a_costly_call_is_left_and_a_cheap_message_is_chosen() -> None:
    taken = arms({"alone": 0.10, "call": 0.20, "mail": 0.14}, people=20_000)
    found = economics(taken, "alone", "bought", cost={"call": 12.0, "mail": 0.1}, margin=50.0)
    assert found.best == "mail"
    assert found.proven
    assert found.decision.startswith("choose mail")
    mail = next(row for row in found.arms if row.arm == "mail")
    assert mail.profit == pytest.approx(50.0 * mail.bought - 0.1)
    assert mail.break_even_cost == pytest.approx(50.0 * (mail.bought - found.arms[1].bought), rel=0.2)
    call = next(row for row in found.arms if row.arm == "call")
    assert call.extra is not None
    assert call.extra < 0
    assert call.profit < found.arms[1].profit


def test_a_message_that_costs_more_than_it_brings_is_stopped() -> None:
    found = economics(arms({"alone": 0.10, "mail": 0.12}, 20_000), "alone", "bought", cost=3.0, margin=20.0)
    assert found.best == "alone"
    assert found.decision.startswith("leave people alone")
    assert "stop the action" in found.decision


def test_a_small_gain_is_not_decided() -> None:
    found = economics(arms({"alone": 0.10, "mail": 0.105}, 1000, seed=12), "alone", "bought", cost=0.0, margin=20.0)
    assert not found.proven
    assert "not decided" in found.decision or "not proven" in found.decision


def test_a_plan_finds_its_effect_as_often_as_it_promises() -> None:
    wanted = plan(sd=0.3, effect=0.02, power=0.8)
    assert power_of(0.02, sd=0.3, treated=wanted.treated, control=wanted.control) == pytest.approx(0.8, abs=0.002)
    rng = np.random.default_rng(1)
    errors = 0.3 * np.sqrt(1 / wanted.treated + 1 / wanted.control)
    drawn = rng.normal(0.02, errors, 20_000)
    assert (np.abs(drawn) > 1.96 * errors).mean() == pytest.approx(0.8, abs=0.01)
    back = plan(sd=0.3, people=wanted.people)
    assert back.detectable == pytest.approx(0.02, rel=1e-3)


def test_a_small_holdout_more_arms_and_knowledge_of_before_change_the_plan_as_they_should() -> None:
    even = plan(sd=1.0, effect=0.1)
    assert plan(sd=1.0, effect=0.1, holdout=0.1).people > even.people
    assert plan(sd=1.0, effect=0.1, arms=3).people > even.people
    assert plan(sd=1.0, effect=0.1, explained=0.5).people == pytest.approx(even.people / 2, abs=2)
    assert plan(sd=1.0, effect=0.1, people_per_day=100).days == -(-even.people // 100)


@pytest.mark.parametrize(
    "wrong", [{}, {"effect": 0.1, "people": 10}, {"effect": 0.0}, {"people": 2}, {"effect": 0.1, "holdout": 1.5}]
)
def test_an_impossible_plan_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInputError):
        plan(sd=1.0, **wrong)  # type: ignore[arg-type]  numbers on purpose


def test_sample_ratios_equal_the_chi_square_test() -> None:
    from scipy.stats import chisquare  # noqa: PLC0415  only here

    found = sample_ratio({"a": 5100, "b": 4900})
    assert found.p == pytest.approx(chisquare([5100, 4900]).pvalue)
    assert not found.broken
    with pytest.raises(BadInputError, match="other arms"):
        sample_ratio({"a": 1, "b": 2}, {"a": 1, "c": 2})


@pytest.mark.parametrize(("size", "verdict"), [(2, "no difference shown"), (50, "more")])
def test_arms_that_never_vary_have_no_interval_and_the_p_of_exchanging_people(size: int, verdict: str) -> None:
    code = np.repeat(np.arange(2, dtype=np.int32), size)
    found = report(moments(code, [code.astype(np.float64)], ["a", "b"], ["x"]), "a", ["x"]).findings[0]
    assert found.verdict == verdict
    assert found.comparison.p == pytest.approx(2 / math.comb(2 * size, size))
    assert np.isnan([found.comparison.low, found.comparison.high]).all()
    assert "neither arm varies" in found.words


def test_arms_that_never_vary_are_chosen_between_by_exchanging_people() -> None:
    for size, proven in ((2, False), (50, True)):
        code = np.repeat(np.arange(2, dtype=np.int32), size)
        taken = moments(code, [code.astype(np.float64)], ["a", "b"], ["x"])
        found = economics(taken, "a", "x", cost=1.0, margin=20.0)
        assert (found.best, found.proven) == ("b", proven)
        assert found.decision.startswith("choose b" if proven else "not decided")
        assert found.arms[0].extra == 19.0


@pytest.mark.parametrize(
    ("cost", "margin", "said"),
    [
        (-1.0, 2.0, "below zero"),
        ({"c": 1.0}, 2.0, "no treated arm 'c'"),
        ({}, 2.0, "'b' has no cost"),
        (1.0, 0.0, "above zero"),
    ],
)
def test_costs_and_margins_that_cannot_be_are_refused(cost: float | dict[str, float], margin: float, said: str) -> None:
    taken = moments(np.repeat(np.arange(2, dtype=np.int32), 9), [np.arange(18.0)], ["a", "b"], ["x"])
    with pytest.raises(BadInputError, match=said):
        economics(taken, "a", "x", cost=cost, margin=margin)
