"""Say in SQL where people go from a step: conditions, branches and splits become one expression."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

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
    Outcome,
    Propose,
    Split,
    Step,
    Wait,
    outcome_place,
    private_bits,
)
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.schema.journeys import journey_run as run
from siyu.stores.sql.schema.people import identifier, profile, relation, score
from siyu.stores.sql.schema.portraits import portrait, segment_member, tag

#: Branches behind branches are decided in one go so deep; beyond it people stop between two of them for a statement.
_DEEPEST: Final = 3
#: The score that says at which hour somebody is awake and looks: the hour of most of their own acts; -1 unknown.
BEST_HOUR: Final = "active_hour"
ACTIONS: Final = (Propose, Ask, Label, Call, Holdout)
_FIGURES: Final = {
    "orders": profile.c.orders,
    "spent": profile.c.paid_minor,
    "messages_in": profile.c.messages_in,
    "complaints_open": profile.c.complaints_open,
}
Expression = ColumnElement[Any]


def is_true(condition: Condition, now_us: int) -> ColumnElement[bool]:
    """Return the condition about the person of a row of ``journey_run``."""
    if isinstance(condition, Heard):
        return run.c.heard.op("&")(literal(1 << condition.bit, BigInteger)) != 0
    if isinstance(condition, Group):
        parts = [is_true(part, now_us) for part in condition.parts]
        if condition.how == "all":
            return and_(true(), *parts)
        return or_(false(), *parts) if condition.how == "any" else not_(or_(false(), *parts))
    return _fact(condition, now_us)


def _fact(fact: Fact, now_us: int) -> ColumnElement[bool]:
    one, every = identifier.alias("one"), identifier.alias("every")
    person = select(one.c.person_id).where(one.c.identifier_id == run.c.identifier_id).correlate(run).scalar_subquery()
    theirs = every.c.person_id == person
    match fact.about:
        case "segment":
            return exists().where(segment_member.c.name == fact.name, segment_member.c.person_id == person)
        case "tag":
            holds = tag.c.until_us.is_(None) | (tag.c.until_us > now_us)
            return exists().where(theirs, tag.c.identifier_id == every.c.identifier_id, tag.c.name == fact.name, holds)
        case "reachable":
            return exists().where(
                theirs, relation.c.identifier_id == every.c.identifier_id, relation.c.channel == fact.name,
                relation.c.until_us.is_(None),
            )  # fmt: skip
        case "score":
            bounds = _between(score.c.value, fact)
            return exists().where(score.c.name == fact.name, score.c.person_id == person, *bounds)
        case "attribute":
            newest = (
                select(portrait.c.value)
                .where(theirs, portrait.c.identifier_id == every.c.identifier_id, portrait.c.field == fact.name)
                .order_by(portrait.c.known_at_us.desc(), portrait.c.identifier_id)
                .limit(1)
                .correlate(run)
                .scalar_subquery()
            )
            return func.coalesce(newest, "").in_(fact.values)
        case _:
            total = (
                select(func.coalesce(func.sum(_FIGURES[fact.about]), 0))
                .where(theirs, profile.c.identifier_id == every.c.identifier_id)
                .correlate(run)
                .scalar_subquery()
            )
            return and_(true(), *_between(total, fact))


def _between(value: Any, fact: Fact) -> list[ColumnElement[bool]]:
    bounds = []
    if fact.low is not None:
        bounds.append(value >= fact.low)
    if fact.high is not None:
        bounds.append(value <= fact.high)
    return bounds


def target(journey: Journey, place: int, now_us: int) -> tuple[Expression, list[int]]:
    """Return where people go who leave a step, as an expression, and every step it may come to.

    After an action nothing is decided in the same statement, so that conditions see what the action did.
    """
    step = journey.steps[place]
    found: set[int] = set()
    if isinstance(step, ACTIONS):
        return literal(step.next), [step.next]
    expression = _tree(journey, place, now_us, 0, found)
    leaves: list[tuple[ColumnElement[bool], Any]] = []
    out = outcome_place(journey, Outcome.EXIT)
    if journey.leave_if is not None:
        leaves.append((is_true(journey.leave_if, now_us), literal(out)))
    if journey.longest_us:
        leaves.append((run.c.entered_at_us <= now_us - journey.longest_us, literal(out)))
    if leaves:
        found.add(out)
        expression = case(*leaves, else_=expression)
    return expression, sorted(found)


def _tree(journey: Journey, place: int, now_us: int, depth: int, found: set[int]) -> Expression:
    step = journey.steps[place]
    if isinstance(step, Branch) and (depth == 0 or depth <= _DEEPEST):
        then = _tree(journey, step.then, now_us, depth + 1, found)
        return case(
            (is_true(step.condition, now_us), then),
            else_=_tree(journey, step.otherwise, now_us, depth + 1, found),
        )
    if isinstance(step, Split) and (depth == 0 or depth <= _DEEPEST):
        draw = (
            run.c.dice * literal(step.seed % (DICE - 1) + 1, BigInteger) + literal(step.seed // DICE % DICE, BigInteger)
        ) % literal(DICE, BigInteger)
        ways = [_tree(journey, way, now_us, depth + 1, found) for way in step.ways]
        return case(*[(draw < below, way) for below, way in zip(step.below[:-1], ways, strict=False)], else_=ways[-1])
    if depth == 0 and not isinstance(step, End):
        return _tree(journey, step.next, now_us, 1, found)  # type: ignore[union-attr]  # branches and splits left above
    found.add(place)
    return literal(place)


def arrival(
    journey: Journey, place: int, leaves: list[int], to: Expression, *, now_us: int, midnight_us: int
) -> dict[str, Any]:
    """Return the columns of people who left ``place`` and came to ``to``, one of ``leaves``."""
    steps = journey.steps
    dues = {leaf: _due(steps[leaf], now_us, midnight_us) for leaf in leaves}
    ends = {leaf: step.outcome for leaf in leaves if isinstance(step := steps[leaf], End)}
    columns: dict[str, Any] = {
        "step": to,
        "due_at_us": _by_leaf(to, dues),
        "since_us": now_us,
        "came_from": place,
    }
    if ends:
        columns["outcome"] = _by_leaf(to, {leaf: literal(ends.get(leaf, 0)) for leaf in leaves})
    forgets = private_bits(journey)
    if forgets:
        kept: Expression = run.c.heard.op("&")(literal(~forgets, BigInteger))
        between = [leaf for leaf in leaves if isinstance(steps[leaf], (Branch, Split))]
        if between and not isinstance(steps[place], ACTIONS):
            kept = case((to.in_(between), run.c.heard), else_=kept)
        columns["heard"] = kept
    return columns


def _by_leaf(to: Expression, values: dict[int, Any]) -> Expression:
    kinds = list(values.items())
    if len({str(value.compile(compile_kwargs={"literal_binds": True})) for _, value in kinds}) == 1:
        return kinds[0][1]  # type: ignore[no-any-return]  # an expression, as all of them
    return case(*[(to == leaf, value) for leaf, value in kinds[:-1]], else_=kinds[-1][1])


def _due(step: Step, now_us: int, midnight_us: int) -> Expression:
    """When somebody who comes to a step now leaves it."""
    if isinstance(step, End):
        return null()
    if not isinstance(step, Wait):
        return literal(now_us)
    if step.how == "for":
        return literal(now_us + step.us)
    if step.how == "until":
        return literal(max(now_us, step.us))
    if step.how == "clock":
        return literal(next_time(now_us, midnight_us, step.us))
    one = identifier.alias("one")
    best = (
        select(score.c.value)
        .join(one, one.c.person_id == score.c.person_id)
        .where(score.c.name == BEST_HOUR, one.c.identifier_id == run.c.identifier_id)
        .correlate(run)
        .scalar_subquery()
    )
    hours = [(best == hour, literal(next_time(now_us, midnight_us, hour * HOUR))) for hour in range(24)]
    return case(*hours, else_=literal(next_time(now_us, midnight_us, step.us)))


def next_time(now_us: int, midnight_us: int, clock_us: int) -> int:
    """Return the next moment at which the brand's clock shows ``clock_us`` after midnight; now, if it does now."""
    at_us = midnight_us + clock_us
    return at_us if at_us >= now_us else at_us + DAY
