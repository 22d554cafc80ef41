"""Run one simulation: the whole product on a market, and the truth beside what it measured."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import func, select

from siyu.app.campaigns.facts import needs_of, needs_of_numbers
from siyu.app.lake import measure
from siyu.app.measurement.metric import arms_of_play, metric_of_workspace
from siyu.app.simulate.furnish import MEMBERSHIP, Furnisher
from siyu.app.simulate.launch import (
    Launch,
    Launched,
    asked_of_others,
    clock_moments,
    evening_moments,
    needs_of_journeys,
)
from siyu.app.simulate.own_people import OwnMarket, OwnPeople, doubts_of
from siyu.app.simulate.truth import bought
from siyu.app.simulate.world import START_US, Numbers, World, moments, world
from siyu.campaigns.facts import TIERS
from siyu.campaigns.play import Play
from siyu.dispatch.message import MessageState
from siyu.kernel.arrays import Int64
from siyu.kernel.period import DAY
from siyu.measurement.span import Span
from siyu.sandbox.market.live import ORDERED
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import Parameters
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.campaigns import assignment, proposal
from siyu.stores.sql.schema.dispatch import message

#: Told how far a step is: (what, done, of).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class OfPlay:
    """What one play or journey did.

    Attributes:
        sent: Messages that reached people.
        treated, holdout: People for whom the window is over; ``uplift``, ``low``, ``high`` as in ``Simulated``. Where
            several plays run, those held out from one hear the others: this is its effect beside them.
    """

    play: str
    proposed: int
    sent: int
    treated: int
    holdout: int
    uplift: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a play did in a market, as the product measured it and as it truly was.

    Attributes:
        sent: Messages that reached people; ``held``, ``denied``: the guard's answers by rule (a hold may count often).
        retained: People who at the end still have us as a contact and bought in the last 90 days.
        value_minor: Paid since the simulation began; ``cost_minor``: what the messages cost.
        staff_load: Messages a staff member was given on the busiest day, and on average on a day with any.
        uplift, low, high: Measured: share of treated people who bought within ``window_days`` of being drawn, minus
            that of held-out people, with its 95 % interval; None while no window is over.
        true_effect: The same for the treated people against what they do, with the same dice, if nobody speaks to
            them; counted person by person, so it has no error. None where several plays ran.
        seconds, processor_seconds: By the clock on the wall, and spent by this process on all cores.
        people_known: Persons in the product; more or fewer than ``people`` where recognition was wrong.
        tasks, webhooks: What journeys asked of staff, and of other systems (which are not called).
        warnings: What the market cannot show of what was launched.
        by_play: Each play and journey, those first whose measured effect is largest.
    """

    play: str
    market: str
    seed: int
    people: int
    people_known: int
    days: int
    every_days: int
    proposed: int
    sent: int
    held: dict[str, int]
    denied: dict[str, int]
    outbox: dict[str, int]
    retained: int
    value_minor: int
    orders: int
    cost_minor: int
    complaints: int
    left: int
    staff_load: dict[str, float]
    treated: int
    holdout: int
    window_days: int
    uplift: float | None
    low: float | None
    high: float | None
    true_effect: float | None
    covered: bool | None
    touches: int
    seconds: float
    processor_seconds: float
    tasks: int = 0
    webhooks: int = 0
    warnings: tuple[str, ...] = ()
    by_play: tuple[OfPlay, ...] = ()


def simulate(
    plays: Sequence[Play],
    of: Parameters,
    *,
    people: int,
    days: int,
    seed: int,
    numbers: Numbers,
    every_days: int = 1,
    window_days: int = 30,
    measured: bool = True,
    launches: Sequence[Launch] = (),
    own: OwnPeople | None = None,
    furnished: bool = False,
    settings: str = "",
    http: bool = False,
    progress: Progress = lambda *_: None,
) -> Simulated:
    """Run plays on a market; the first one's effect is measured, or that of the journey.

    Args:
        launches: Journeys to run there.
        furnished: Also play the brand's other systems: parcels, birthdays, promises, points (``furnish.py``).
        own: One's own people, who are simulated instead of people drawn from ``of``; ``people`` is their number then.
        numbers: Settings of the guard that differ from the product's defaults; ``settings``: more of ``siyu.toml``.
        measured: Measure the effect of the first play, and look the truth up.
        http: Put the played WeCom and real HTTP between people and product (``over_http.py``); slow.
    """
    began = time.monotonic(), time.process_time()
    market = OwnMarket(own, of, seed=seed, days=days) if own else None
    needs = needs_of(plays) | needs_of_numbers(numbers) | needs_of_journeys(launches) if furnished else set()
    more = settings + (MEMBERSHIP if TIERS in needs else "")
    with (
        world(of, people=people, days=days, seed=seed, numbers=numbers, market=market, settings=more) as made,
        _over_http(made) if http else nullcontext(made) as one,
    ):
        progress("history", 0, 1)
        one.remember()
        progress("history", 1, 1)
        launched = [Launched(one, launch) for launch in launches]
        clocks = [at_us for launch in launches for at_us in clock_moments(launch.journey, days)]
        clocks += evening_moments(numbers, days)
        at = sorted({*moments(days, every_days, numbers), *clocks})
        furnisher = Furnisher(one, needs)
        furnisher.tell(START_US)
        for turned, now_us in enumerate(at, start=1):
            for journey in launched:
                journey.refresh()
            one.live_on(now_us)
            furnisher.tell(now_us)
            one.turn(plays)
            progress("turns", turned, len(at))
        one.finish(START_US + days * DAY)
        names = [*(play.name for play in plays), *(launch.journey.play for launch in launches)]
        found = _report(one, names if measured else (), people, days, every_days, window_days, began)
        tasks, webhooks = asked_of_others(one)
        said = (*(doubts_of(own) if own else ()), *(doubt for journey in launched for doubt in journey.doubts))
        each = _by_play(one, names, window_days) if measured else ()
        return replace(found, tasks=tasks, webhooks=webhooks, warnings=said, by_play=each)


def _over_http(one: World) -> AbstractContextManager[World]:
    from siyu.app.simulate.over_http import over_http  # noqa: PLC0415  servers are needed here alone

    return over_http(one)


def _report(  # noqa: PLR0917  what was asked for, in order
    one: World,
    names: Sequence[str],
    people: int,
    days: int,
    every_days: int,
    window_days: int,
    began: tuple[float, float],
) -> Simulated:
    market, until_us = one.market, START_US + days * DAY
    with one.workspace.database.read() as connection:
        outbox = SqlOutbox(connection).counts()
        proposed = int(connection.execute(select(func.count()).select_from(proposal)).scalar_one())
        drawn = set(connection.execute(select(assignment.c.play).distinct()).scalars())
        spent_minor = SqlProposals(connection).spent_minor().total()
    orders = market.past().only(ORDERED)
    busiest = max(one.sender.by_staff.values(), default=0)
    treated, holdout, gap, true = 0, 0, None, None
    known = one.number_of_person()
    if names and names[0] in drawn:
        treated, holdout, gap = _measured(one, names[0], window_days)
        if len(names) == 1:  # else those held out from it hear the others, and "nobody speaks" is not their truth
            true = _true_effect(one, known, names[0], window_days)
    return Simulated(
        play="+".join(names),
        market=market.parameters.name,
        seed=market.seed,
        people=people,
        people_known=int(np.unique(known[0]).size),
        days=days,
        every_days=every_days,
        proposed=proposed,
        sent=outbox.get("sent", 0),
        held=dict(one.held),
        denied=dict(one.denied),
        outbox=outbox,
        retained=market.retained(at_us=until_us),
        value_minor=market.value_minor(since_us=START_US),
        orders=int((orders.at >= START_US).sum()),
        cost_minor=spent_minor,
        complaints=market.complaints(),
        left=market.left(),
        staff_load={
            "most_a_day": busiest,
            "mean_a_day": round(one.sender.by_staff.total() / max(1, len(one.sender.by_staff)), 1),
        },
        treated=treated,
        holdout=holdout,
        window_days=window_days,
        uplift=gap[0] if gap else None,
        low=gap[1] if gap else None,
        high=gap[2] if gap else None,
        true_effect=true,
        covered=gap[1] <= true <= gap[2] if gap and true is not None else None,
        touches=int(market.past().person.size),
        seconds=round(time.monotonic() - began[0], 1),
        processor_seconds=round(time.process_time() - began[1], 1),
    )


def _measured(one: World, play: str, days: int) -> tuple[int, int, tuple[float, float, float] | None]:
    """Return who was treated and held out, and the uplift with its interval, as the product measures it."""
    result = metric_of_workspace(one.workspace, "uplift", {"play": play, "windows": f"0-{days}"})
    window = result.windows[0]
    gap = window.bought_uplift
    return window.treated, window.holdout, (gap.value, gap.low, gap.high) if gap else None


def _true_effect(one: World, people: tuple[Int64, Int64], play: str, days: int) -> float | None:
    """Return the effect on the treated, against the same people with the same dice to whom nobody speaks."""
    arms = arms_of_play(one.workspace, play)
    _, last = measure(one.workspace, Span())
    over = (arms.treated == 1) & (arms.assigned_at + days * DAY <= min(one.clock.now_us(), last + 1))
    person, number = people
    place = np.searchsorted(person, arms.person[over])
    known = (place < person.size) & (person[np.minimum(place, person.size - 1)] == arms.person[over])
    who, since = number[place[known]], arms.assigned_at[over][known]
    if not who.size:
        return None
    did, would = (bought(market, who, since, days) for market in (one.market, _left_alone(one.market)))
    return float(did.mean() - would.mean())


def _by_play(one: World, names: Sequence[str], days: int) -> tuple[OfPlay, ...]:
    rows = select(proposal.c.play, func.count()).group_by(proposal.c.play)
    messages = select(message.c.play, func.count()).where(message.c.state == MessageState.SENT.value)
    with one.workspace.database.read() as connection:
        proposed = Counter({play: int(many) for play, many in connection.execute(rows)})
        sent = Counter({play: int(many) for play, many in connection.execute(messages.group_by(message.c.play))})
        drawn = set(connection.execute(select(assignment.c.play).distinct()).scalars())
    found = []
    for name in names:
        treated = holdout = 0
        gap = None
        if name in drawn:
            treated, holdout, gap = _measured(one, name, days)
        found.append(OfPlay(name, proposed[name], sent[name], treated, holdout, *(gap or (None, None, None))))
    return tuple(sorted(found, key=lambda row: (row.uplift is None, -(row.uplift or 0.0), row.play)))


def _left_alone(market: Market) -> Market:
    """Return the same people with the same dice in a world where nobody speaks to them."""
    alone = market.twin()
    alone.live_until(market.now_us)
    return alone
