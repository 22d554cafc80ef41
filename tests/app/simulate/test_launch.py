"""A journey's file is launched on a market as a play is: sent, held out, measured, and its truth beside it."""

from pathlib import Path

import pytest

from siyu.app.simulate.ask import asked
from siyu.app.simulate.launch import Launch, clock_moments, read_launch
from siyu.app.simulate.run import Simulated
from siyu.app.simulate.world import START_US
from siyu.campaigns.journey.program import Holdout
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import HOUR, MINUTE

_ASK = """
name: ask_everybody
entry: {request: yes}
steps:
  - holdout: 30%
  - propose: {channel: wecom, action: mass_send, text: 好久没见，哪里没照顾好, value: 2, cost: "0.05"}
  - wait: 1d
  - ask: {text: 打个电话}
  - webhook: https://shop.example.com/hook
"""
_EVENING = """
name: evening
entry: {segment: rfm_champions}
steps:
  - wait: {clock: "19:30"}
  - if: {segment: mine_alone}
    then: [{propose: {channel: sms, action: text, text: hi}}]
    else: [{propose: {channel: wecom, action: mass_send, text: 常买的给您留着}}]
"""
_SERVE = """
name: serve
entry: {touch: order_paid}
again: always
steps:
  - holdout: 20%
  - propose: {channel: wecom, action: mass_send, text: 使用指南给您, purpose: service}
"""


def _run(file: Path, holdout: float | None = None) -> Simulated:
    return asked(
        str(file), market="grocery", people=150, days=28, seed=4, every_days=7, holdout=holdout, window_days=14
    )


def _written(folder: Path, text: str) -> Path:
    file = folder / "journey.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_journey_is_sent_measured_and_its_truth_is_known(tmp_path: Path) -> None:
    found = _run(_written(tmp_path, _ASK))
    assert found.play == "journey:ask_everybody"
    assert found.proposed == found.sent + sum(found.denied.values())
    assert found.sent > 30
    assert found.cost_minor == 5 * found.sent
    assert (found.tasks, found.webhooks) == (found.treated, found.treated)
    assert 0.15 < found.holdout / (found.treated + found.holdout) < 0.45
    assert found.uplift is not None
    assert found.true_effect is not None
    assert found.low <= found.uplift <= found.high
    assert not found.warnings


def test_who_adds_a_guide_agrees_to_being_served(tmp_path: Path) -> None:
    found = _run(_written(tmp_path, _SERVE))
    assert found.sent > 30
    assert "consent" not in found.denied


def test_without_a_holdout_one_is_put_before_and_what_a_market_lacks_is_said(tmp_path: Path) -> None:
    found = _run(_written(tmp_path, _EVENING), holdout=0.4)
    assert found.holdout > 5
    assert found.sent > 5
    said = " ".join(found.warnings)
    assert [word for word in ("holdout", "'sms'", "'mine_alone'", "no action 'text'") if word not in said] == []


def test_the_share_that_is_asked_for_takes_the_place_of_the_files_own(tmp_path: Path) -> None:
    launch = read_launch(_written(tmp_path, _ASK), holdout=0.5, usual_holdout=0.1)
    assert [step.share for step in launch.journey.steps if isinstance(step, Holdout)] == [0.5]
    none = read_launch(_written(tmp_path, _ASK), holdout=0.0, usual_holdout=0.1)
    assert not any(isinstance(step, Holdout) for step in none.journey.steps)


def test_the_loop_turns_at_the_hours_that_a_journey_names(tmp_path: Path) -> None:
    launch: Launch = read_launch(_written(tmp_path, _EVENING), holdout=None, usual_holdout=0.1)
    assert clock_moments(launch.journey, 1) == [START_US + 19 * HOUR + 31 * MINUTE]


def test_faults_and_segments_that_no_market_has_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"journey\.yaml, line 3, column 16: 'contact_aded'"):
        _run(_written(tmp_path, "name: a\nsteps: [{wait: 1d}]\nentry: {touch: contact_aded}\n"))
    with pytest.raises(BadInputError, match=r"no segment 'vip_of_ours'.*rfm_champions"):
        _run(_written(tmp_path, "name: a\nentry: {segment: vip_of_ours}\nsteps: [{wait: 1d}]\n"))
