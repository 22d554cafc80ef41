"""The retention matrix: a row per cohort, a column per period, the darker the more came back."""

from collections.abc import Sequence

from markupsafe import Markup

from siyu.app.console.screen import Screen
from siyu.measurement.metrics.retention import Cohort, RetentionResult

_MOST_PERIODS = 12


def matrix(screen: Screen, result: RetentionResult, *, most: int = 14) -> Markup:
    """Return the newest ``most`` cohorts and the total line; periods that are not over for everybody are faint."""
    periods = range(1, min(_MOST_PERIODS, len(result.total.share) - 1 if result.total else 0) + 1)
    periods = range(1, 1 + max((k for k in periods if result.total and result.total.share[k] is not None), default=0))
    shares = [one.share[k] for one in result.cohorts for k in periods]
    top = max((share for share in shares if share is not None), default=1.0) or 1.0
    unit = {"day": screen.say("D", "日"), "week": screen.say("W", "周"), "month": screen.say("M", "月")}[result.unit]
    titles = [f"{unit}{k}" if screen.language == "en" else f"第{k}{unit}" for k in periods]
    head = Markup().join(Markup('<th scope="col">{}</th>').format(title) for title in titles)
    rows: list[Markup] = []
    if result.total:
        rows.append(_row(screen, screen.say("All", "全部"), result.total, periods, top, total=True))
    rows += [_row(screen, _label(one, result), one, periods, top) for one in list(result.cohorts)[-most:]]
    return Markup(
        '<div class="matrix-holder"><table class="matrix"><thead><tr><th scope="col"></th>'
        '<th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(screen.say("People", "人数"), head, Markup().join(rows))


def _label(cohort: Cohort, result: RetentionResult) -> str:
    return cohort.cohort[:7] if result.unit == "month" else cohort.cohort


def _row(
    screen: Screen, label: str, cohort: Cohort, periods: Sequence[int], top: float, *, total: bool = False
) -> Markup:
    cells = []
    for k in periods:
        share = cohort.share[k]
        if share is None:
            cells.append(Markup("<td></td>"))
            continue
        heat = share / top
        low, high = screen.percent(cohort.low[k]), screen.percent(cohort.high[k])
        kept, of = screen.number(cohort.kept[k]), screen.number(cohort.observed[k])
        told = screen.say(
            f"{kept} of {of}; 95 % interval {low} to {high}", f"{of} 人中 {kept} 人；95% 区间 {low} 至 {high}"
        )
        partial = cohort.observed[k] < cohort.people and not total
        cells.append(
            Markup('<td class="heat{}{}" style="--share:{:.3f}" title="{}">{}</td>').format(
                " strong" if heat > (0.55 if screen.dark else 0.9) else "",
                " unripe" if partial else "",
                heat,
                told,
                screen.percent(share, 0),
            )
        )
    return Markup('<tr class="{}"><th scope="row">{}</th><td class="size">{}</td>{}</tr>').format(
        "all" if total else "", label, screen.number(cohort.people), Markup().join(cells)
    )
