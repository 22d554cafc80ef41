"""What an experiment found, in numbers and in words; whatever makes it unreadable is said first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from siyu.kernel.errors import BadInputError
from siyu.measurement.experiment.compare import Comparison, cuped, holm, ratio, welch
from siyu.measurement.experiment.looks import Look
from siyu.measurement.experiment.moments import Moments
from siyu.measurement.experiment.sample_ratio import SampleRatio, sample_ratio


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison.

    Attributes:
        comparison: The numbers.
        p_corrected: Corrected for all comparisons of the report (Holm).
        verdict: ``more``, ``less``, ``no difference shown``.
        words: The verdict in one sentence.
        look_low, look_high: Interval of this planned look; None without planned looks.
        may_stop: Whether the difference is clear enough to stop at this look; None as above.
    """

    comparison: Comparison
    p_corrected: float
    verdict: str
    words: str
    look_low: float | None = None
    look_high: float | None = None
    may_stop: bool | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the experiment says.

    Attributes:
        control: The arm that was left alone.
        people: By arm.
        sample_ratio: Whether people fell into the arms as planned.
        findings: Every treated arm against the control, every metric.
        readable: False if the assignment is broken: then no verdict is given.
        verdict: The whole in one sentence.
        warnings: What is wrong with the data.
        look: Where in the plan of looks one is; None without one.
    """

    control: str
    people: dict[str, int]
    sample_ratio: SampleRatio
    findings: tuple[Finding, ...]
    readable: bool
    verdict: str
    warnings: tuple[str, ...]
    look: Look | None = None


def check_arms(moments: Moments, control: str) -> list[str]:
    """Return the treated arms.

    Raises:
        BadInputError: there is no control, no other arm, or an arm of one person.
    """
    if control not in moments.arms or not moments.n[moments.arm(control)]:
        raise BadInputError(
            f"there is no holdout: no one is in {control!r}", mend=f"the arms are {', '.join(moments.arms)}"
        )
    treated = [name for name in moments.arms if name != control and moments.n[moments.arm(name)]]
    if not treated:
        raise BadInputError("everybody is in the holdout: there is nothing to compare it with")
    alone = [name for name in (*treated, control) if moments.n[moments.arm(name)] == 1]
    if alone:
        raise BadInputError(f"arm {alone[0]!r} has one person: nothing can be said of it", mend="leave the arm out")
    return treated


def report(
    moments: Moments,
    control: str,
    metrics: Sequence[str],
    *,
    ratios: Sequence[tuple[str, str]] = (),
    before: Mapping[str, str] | None = None,
    planned: Mapping[str, float] | None = None,
    level: float = 0.95,
    tuned: int = 5000,
    warnings: Sequence[str] = (),
    look: Look | None = None,
) -> Report:
    """Compare every treated arm with the control.

    Args:
        metrics: Which metrics to compare.
        ratios: Pairs of metrics to compare as ratios of sums.
        before: Metric to a figure of the same people from before, for CUPED.
        planned: Arm to planned share; equal shares by default.
        tuned: At how many people the always valid interval is narrowest.
        look: Of a plan of looks, the one that is taken now (``looks.look_now``).

    Raises:
        BadInputError: no control, no other arm, an arm of one, an unknown metric.
    """
    treated = check_arms(moments, control)
    people = {name: int(n) for name, n in zip(moments.arms, moments.n, strict=True) if n}
    fell = sample_ratio(people, planned)
    found: list[Comparison] = []
    for arm in treated:
        for metric in metrics:
            found.append(welch(moments, metric, arm, control, level=level, tuned=tuned))
            if before and metric in before:
                found.append(cuped(moments, metric, before[metric], arm, control, level=level, tuned=tuned))
        found += [ratio(moments, over, under, arm, control, level=level, tuned=tuned) for over, under in ratios]
    said = list(warnings)
    # an adjusted figure is a second look at the same question: it does not count as a comparison of its own
    counted = [one for one in found if one.method != "cuped"]
    corrected = dict(
        zip([id(one) for one in counted], holm(np.array([one.p for one in counted])).tolist(), strict=True)
    )
    findings = []
    for one in found:
        p = corrected.get(id(one), min(one.p * len(counted), 1.0))
        verdict = _verdict(one, p, 1.0 - level)
        findings.append(Finding(one, p, verdict, _words(one, p, verdict, len(counted), level), *_at_look(one, look)))
    said += [
        f"{one.metric} never varies in {one.arm} and {one.control}: is it the right column?"
        for one in counted
        if one.standard_error == 0.0
    ]
    if fell.broken:
        said.insert(0, f"the arms are not as planned (p = {fell.p:.3g}): the assignment is broken, read nothing")
    return Report(
        control, people, fell, tuple(findings), not fell.broken, _whole(findings, broken=fell.broken), tuple(said),
        look,
    )  # fmt: skip


def _at_look(one: Comparison, look: Look | None) -> tuple[float, float, bool] | tuple[None, None, None]:
    if look is None or one.standard_error == 0.0:
        return None, None, None
    half = look.bound * one.standard_error
    return one.difference - half, one.difference + half, abs(one.difference) > half


def _verdict(one: Comparison, p: float, alpha: float) -> str:
    if np.isnan(p) or p >= alpha:
        return "no difference shown"
    return "more" if one.difference > 0 else "less"


def _words(one: Comparison, p: float, verdict: str, count: int, level: float) -> str:
    how = {"welch": "per person", "cuped": "per person, adjusted for before", "ratio": "as a ratio"}[one.method]
    share = f", {one.relative:+.1%}" if one.relative is not None else ""
    head = {
        "more": f"{one.arm} brought more {one.metric} than {one.control}",
        "less": f"{one.arm} brought less {one.metric} than {one.control}",
        "no difference shown": f"no difference shown in {one.metric} between {one.arm} and {one.control}",
    }[verdict]
    corrected = f", {p:.3g} after correction for {count} comparisons" if count > 1 and p > 0.0 else ""
    if np.isnan(one.low):
        inside = "no interval: neither arm varies, p by exchanging people between the arms"
    else:
        inside = f"{level:.0%} interval {one.low:.6g} to {one.high:.6g}{share}"
    return f"{head}: {one.difference:+.6g} {how} ({inside}); p = {_small(one.p, one.log10_p)}{corrected}"


def _small(p: float, log10_p: float) -> str:
    return f"{p:.3g}" if p > 0.0 else f"10^{log10_p:.0f}"


def _whole(findings: Sequence[Finding], *, broken: bool) -> str:
    if broken:
        return "no verdict: people did not fall into the arms as planned, so no difference can be trusted"
    plain = [one for one in findings if one.comparison.method != "cuped"]
    moved = [one for one in plain if one.verdict in {"more", "less"}]
    if not moved:
        return "no difference shown in any metric: this is no proof that there is none, see the intervals"
    parts = [f"{one.comparison.arm}: {one.verdict} {one.comparison.metric}" for one in moved]
    rest = len(plain) - len(moved)
    return "; ".join(parts) + (f"; no difference shown in {rest} other comparisons" if rest else "")
