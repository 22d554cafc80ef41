"""An uplift with its interval, drawn and in words: what a play changed, and how sure that is."""

from collections.abc import Sequence

from markupsafe import Markup

from siyu.app.console.parts.card import badge
from siyu.app.console.screen import Screen, Tone
from siyu.measurement.interval import Estimate


def verdict(screen: Screen, estimate: Estimate | None) -> tuple[str, Tone]:
    """Say in words whether the interval covers zero."""
    if estimate is None:
        return screen.say("Not measured yet", "尚未测得"), "plain"
    if estimate.low > 0:
        return screen.say("Helps: the interval lies above zero", "有效：区间在零以上"), "good"
    if estimate.high < 0:
        return screen.say("Harms: the interval lies below zero", "有害：区间在零以下"), "bad"
    return screen.say("No effect shown: the interval covers zero", "未见效果：区间包含零"), "plain"


def reach(estimates: Sequence[Estimate | None]) -> float:
    """Return the largest distance of any interval from zero."""
    return max((max(abs(one.low), abs(one.high)) for one in estimates if one), default=0.0)


def uplift(screen: Screen, estimate: Estimate | None, *, widest: float) -> Markup:
    """Draw an uplift in shares on a line around zero.

    Args:
        widest: The largest distance from zero of all that stand together, so that they can be compared.
    """
    words, tone = verdict(screen, estimate)
    if estimate is None:
        return badge(words, tone)
    reach = max(widest, 1e-9)
    at, low, high = (
        50 + 48 * max(-1.0, min(1.0, value / reach)) for value in (estimate.value, estimate.low, estimate.high)
    )
    sure = {"good": " sure-good", "bad": " sure-bad"}.get(tone, "")
    return Markup(
        '<div class="uplift{}"><div><b>{}</b> <span class="quiet nowrap">{}</span></div>'
        '<div class="uplift-track" aria-hidden="true"><span class="uplift-zero"></span>'
        '<span class="uplift-range" style="left:{:.2f}%;width:{:.2f}%"></span>'
        '<span class="uplift-dot" style="left:{:.2f}%"></span></div></div>'
    ).format(
        sure,
        screen.points(estimate.value),
        screen.say(
            f"{screen.points(estimate.low)} to {screen.points(estimate.high)}",
            f"{screen.points(estimate.low)} 至 {screen.points(estimate.high)}",
        ),
        low,
        high - low,
        at,
    )
