"""``siyu simulate``: launch a play on a market whose truth is known, before it is launched on real people."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer, progress_bars

app = App(name="simulate", help="Launch a play on simulated people whose true behaviour is known.")


@app.default
def simulate(
    play: str = "",
    /,
    *,
    compare: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    calibration: bool = False,
    scores: bool = False,
    market: str = "skincare",
    people: int | None = None,
    days: int | None = None,
    seed: int = 1,
    seeds: int = 1,
    every: int = 0,
    holdout: float | None = None,
    window: int = 0,
    on: str = "",
    over_http: bool = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Run a play on a market through the whole product, and show what was measured beside what is true.

    Args:
        play: A play, or several with commas; the first one's effect is measured. ``all`` runs every play; an
            industry's name (``catering``) or a YAML file of that form runs its plays under its numbers. A journey's
            YAML file runs that journey; the folder of a workspace runs its plays and journeys under its numbers.
        compare: Compare policies instead: ``nothing``, ``everything_to_everyone``, ``rule_of_thumb``, ``siyu``.
        calibration: Print how markets look beside the real data they imitate instead.
        scores: Score what the product believes of people (who they are, who is gone, what they bring, who brought
            whom, who cheats) against the truth instead.
        market: Whose people they are.
        people: How many, those who arrive later included; 5,000, or 1,000 to compare or to score.
        days: How long it runs; 90, or a year to compare, or half a year to score.
        seed: The same seed draws the same people and the same chances.
        seeds: Compare or score on so many markets, with intervals.
        every: Days from turn to turn of the loop; 0 turns daily, and weekly to compare or where there are many people.
        holdout: Share of people left alone; the product's default if left out.
        window: Days after being drawn in which a purchase counts; 30, or half of DAYS if that is less.
        on: ``my-people`` starts from the people of a workspace, with parameters estimated from their orders; how they
            answer to words stays the market's.
        over_http: Put the played WeCom and real HTTP between people and product: the long way round, for a few
            hundred people.
        workspace: Whose people, if PLAY is no workspace: the folder; ``$SIYU_WORKSPACE`` or ``.workspace``.
        json: Answer with one JSON document.
    """
    from siyu.app.simulate.ask import (  # noqa: PLC0415  the whole product is needed here alone
        asked,
        asked_for_scores,
        asked_to_compare,
    )

    if calibration:
        from siyu.app.simulate.calibration import calibrations  # noqa: PLC0415  as above

        answer(calibrations(), json=json)
        return
    with progress_bars() as progress:
        if scores:
            found_scores = asked_for_scores(
                market=market,
                people=1_000 if people is None else people,
                days=182 if days is None else days,
                seed=seed,
                seeds=seeds,
                progress=progress,
            )
            answer(found_scores, json=json)
            return
        if compare is not None:
            compared = asked_to_compare(
                compare,
                market=market,
                people=1_000 if people is None else people,
                days=364 if days is None else days,
                seed=seed,
                seeds=seeds,
                every_days=every,
                progress=progress,
            )
            answer(compared, json=json)
            return
        found = asked(
            play,
            market=market,
            people=5_000 if people is None else people,
            days=90 if days is None else days,
            seed=seed,
            every_days=every,
            holdout=holdout,
            window_days=window,
            on=on,
            http=over_http,
            workspace=workspace,
            progress=progress,
        )
    answer(found, json=json)


@app.command
def season(
    *,
    market: str = "skincare",
    people: int = 1_000,
    days: int = 91,
    seed: int = 1,
    seeds: int = 3,
    every: int = 7,
    outsiders: int = 0,
    json: bool = False,
) -> None:
    """Run a season with comments, codes, fission, fraud rings and a platform that punishes; compare ways of asking.

    Compared on the same people: no fission, paid sharing (which the lint of plans refuses), and Siyu's campaign; by
    who stays and what a yuan of reward brings.

    Args:
        market: Whose people they are.
        people: How many there are without anybody being brought.
        days: How long it runs.
        seed: The first market; ``seeds``: how many, for intervals.
        every: Days from turn to turn of the loop.
        outsiders: People who come only if somebody brings them; four for each of ``people`` if 0.
        json: Answer with one JSON document.
    """
    from siyu.app.simulate.season import asked_for_season  # noqa: PLC0415  the whole product is needed here alone

    with progress_bars() as progress:
        found = asked_for_season(
            market=market, people=people, days=days, seed=seed, seeds=seeds, every_days=every, outsiders=outsiders,
            progress=progress,
        )  # fmt: skip
    answer(found, json=json)
