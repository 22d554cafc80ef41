"""A journey told in words: what its steps and conditions say, as people and comparisons of versions read it."""

from typing import Final

from siyu.campaigns.journey.program import (
    DICE,
    Ask,
    Branch,
    Call,
    Condition,
    End,
    Fact,
    Group,
    Heard,
    Holdout,
    Journey,
    Label,
    Pattern,
    Propose,
    Split,
    Step,
    Wait,
)
from siyu.kernel.money import major_text
from siyu.kernel.period import DAY, HOUR, MINUTE, moment_of
from siyu.touchpoints.kind import TouchKind


def says(one: Journey, step: Step) -> str:
    """Say in one line what a step does."""
    match step:
        case Wait():
            return _wait(one, step)
        case Branch():
            return f"if {told(one, step.condition)}"
        case Split():
            above = (0, *step.below)
            shares = [f"{100 * (step.below[at] - above[at]) / DICE:.4g}%" for at in range(len(step.below))]
            return "split by chance: " + ", ".join(
                f"{arm} {share}" for arm, share in zip(step.arms, shares, strict=True)
            )
        case Propose():
            return f"propose {step.action} on {step.channel}: {step.text}"
        case Ask():
            return f"ask {step.staff or 'whoever has the relation'}: {step.text}"
        case Label():
            return f"{'set' if step.on else 'take off'} the tag {step.tag}"
        case Call():
            return f"call {step.url}"
        case Holdout():
            return f"hold out {100 * step.share:g}%"
        case End():
            return step.why or {"(goal)": "the goal is reached", "(exit)": "left early"}.get(step.name, "the end")
        case _:
            return "enter"


def _wait(one: Journey, step: Wait) -> str:
    if step.bit >= 0:
        return f"wait until {_pattern(one.patterns[step.bit])}, at most {span(step.us)}"
    if step.how == "for":
        return f"wait {span(step.us)}"
    if step.how == "until":
        return f"wait until {moment_of(step.us):%Y-%m-%d %H:%M} UTC"
    clock = f"{step.us // HOUR:02d}:{step.us % HOUR // MINUTE:02d}"
    return f"wait until {clock}" if step.how == "clock" else f"wait until the person's best hour, {clock} if unknown"


_UNITS: Final = ((7 * DAY, "w"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min"))


def span(us: int) -> str:
    """Write a length of time as the language does."""
    for unit, word in _UNITS:
        if us >= unit and us % unit == 0:
            return f"{us // unit}{word}"
    return f"{us / MINUTE:g}min"


def told(one: Journey, condition: Condition) -> str:
    """Say a condition in words."""
    if isinstance(condition, Heard):
        return _pattern(one.patterns[condition.bit])
    if isinstance(condition, Group):
        parts = [told(one, part) for part in condition.parts]
        if condition.how == "none":
            return f"not ({' or '.join(parts)})"
        return f"({(' and ' if condition.how == 'all' else ' or ').join(parts)})"
    return _fact(condition, one.currency)


def _fact(fact: Fact, currency: str) -> str:
    def figure(bound: float) -> str:
        return f"{major_text(int(bound), currency)} {currency}" if fact.about == "spent" else f"{bound:g}"

    text = f"{fact.about} {fact.name}".strip()
    if fact.values:
        text += f" is {' or '.join(fact.values)}"
    if fact.low is not None:
        text += f" at least {figure(fact.low)}"
    if fact.high is not None:
        text += f" at most {figure(fact.high)}"
    return text


def _pattern(pattern: Pattern) -> str:
    kinds = " or ".join(TouchKind(kind).slug for kind in pattern.kinds)
    where = ", ".join(f"{column} {' or '.join(texts)}" for column, texts in pattern.where.items())
    return f"{kinds} ({where})" if where else kinds
