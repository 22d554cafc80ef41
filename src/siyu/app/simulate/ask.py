"""Understand what a simulation is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from typing import Final

import yaml
from sqlalchemy import select

from siyu.app.journeys.publish import read_file
from siyu.app.settings import FILE_NAME, Policy
from siyu.app.simulate.compare import Compared, compare
from siyu.app.simulate.launch import Launch, read_launch
from siyu.app.simulate.own_people import OwnPeople, own_people
from siyu.app.simulate.policies import POLICIES
from siyu.app.simulate.run import Progress, Simulated, simulate
from siyu.app.simulate.score import ScoresOfMarkets, mean_scores, scores
from siyu.app.simulate.world import Numbers
from siyu.app.workspace import open_workspace
from siyu.campaigns.play import Play, plays
from siyu.campaigns.preset import industry_presets, read_preset
from siyu.kernel.errors import BadInputError
from siyu.people.segment_language import read_segments
from siyu.sandbox.market.parameters import preset
from siyu.stores.sql.journeys import SqlJourneys
from siyu.stores.sql.schema.portraits import segment

MY_PEOPLE: Final = "my-people"
#: With more person-days than this the loop turns weekly.
_MANY: Final = 2_000_000
_WEEK: Final = 7
_WINDOW: Final = 30
_NO_END: Final = 10**12
_MOST_PEOPLE: Final = 2_000_000
_MOST_DAYS: Final = 3_650
_MOST_SEEDS: Final = 10_000
_LARGEST_SEED: Final = 1 << 60


def asked(
    play: str,
    *,
    market: str,
    people: int,
    days: int,
    seed: int,
    every_days: int = 0,
    holdout: float | None = None,
    window_days: int = 0,
    on: str = "",
    workspace: Path | None = None,
    http: bool = False,
    progress: Progress = lambda *_: None,
) -> Simulated:
    """Run what was asked for.

    Args:
        play: Names of plays, an industry's preset, a YAML file of either kind, or the folder of a workspace.
        window_days: Days after being drawn in which a purchase counts; 0: 30, or half of ``days`` if those are fewer
            than 60, so that the window of somebody is over.
        on: ``my-people``: start from the people of ``workspace`` (or of the folder that ``play`` names).
        http: Put the played WeCom and real HTTP between people and product.

    Raises:
        BadInputError: there is no such play or market, or a number is out of its range.
    """
    window_days = window_days or min(_WINDOW, max(1, days // 2))
    _check(people, days, every_days, window_days)
    _within("seed", seed, _LARGEST_SEED, least=0)
    if on not in {"", MY_PEOPLE}:
        raise BadInputError(f"{on!r} is nobody to simulate", where="--on", mend=f"{MY_PEOPLE}, or leave it out")
    if on and http:
        raise BadInputError(
            "the played WeCom has the market's people alone", where="--over-http", mend="leave --on out"
        )
    if holdout is not None and not 0 <= holdout < 1:
        raise BadInputError(f"{holdout} is no share", where="--holdout", mend="from 0 to below 1, such as 0.2")
    asked_for = _asked_for(play, holdout)
    folder = Path(play) if asked_for.is_workspace else workspace
    own = _own(folder, seed) if on else None
    people = len(own) if own else people
    return simulate(
        asked_for.plays,
        preset(market),
        people=people,
        days=days,
        seed=seed,
        numbers={**asked_for.numbers, **({} if holdout is None else {"holdout_share": holdout})},
        every_days=every_days or (1 if people * days <= _MANY else _WEEK),
        window_days=window_days,
        launches=asked_for.launches,
        own=own,
        furnished=True,
        http=http,
        progress=progress,
    )


def asked_to_compare(
    policies: Sequence[str],
    *,
    market: str,
    people: int,
    days: int,
    seed: int,
    seeds: int = 1,
    every_days: int = 0,
    progress: Progress = lambda *_: None,
) -> list[Compared]:
    """Compare policies.

    Args:
        seed, seeds: The first market's, and how many markets follow each other.
        every_days: Days from turn to turn; 0 turns weekly.

    Raises:
        BadInputError: there is no such policy or market, or a number is out of its range.
    """
    _check(people, days, every_days, 1)
    _within("seed", seed, _LARGEST_SEED, least=0)
    _within("seeds", seeds, _MOST_SEEDS)
    names = [name.strip() for text in policies for name in text.split(",") if name.strip()]
    if not names:
        raise BadInputError("no policy is named", where="--compare", mend=f"there are {', '.join(POLICIES)}")
    return compare(
        names,
        preset(market),
        people=people,
        days=days,
        seeds=range(seed, seed + seeds),
        every_days=every_days or _WEEK,
        progress=progress,
    )


def asked_for_scores(
    *, market: str, people: int, days: int, seed: int, seeds: int, progress: Progress = lambda *_: None
) -> ScoresOfMarkets:
    """Score what the product believes of people against the truth.

    Raises:
        BadInputError: there is no such market, or a number is out of its range.
    """
    _check(people, days, 0, 1)
    _within("people", people, _MOST_PEOPLE, least=50)
    _within("days", days, _MOST_DAYS, least=30)
    _within("seed", seed, _LARGEST_SEED, least=0)
    _within("seeds", seeds, _MOST_SEEDS)
    found = scores(preset(market), people=people, days=days, seeds=range(seed, seed + seeds), progress=progress)
    return ScoresOfMarkets(found, mean_scores(found))


def plays_named(text: str) -> list[Play]:
    """Return plays by name, with commas; ``all`` for all there are.

    Raises:
        BadInputError: there is none of a name.
    """
    known = plays()
    if text == "all":
        return list(known.values())
    names = [name.strip() for name in text.split(",") if name.strip()]
    if wrong := [name for name in names if name not in known] or ([text] if not names else []):
        raise BadInputError(
            f"there is no play {wrong[0]!r}", mend=f"there are {', '.join([*known, *industry_presets()])}, or all"
        )
    return [known[name] for name in names]


@dataclass(frozen=True, slots=True)
class _AskedFor:
    """What is launched, and under which numbers of the guard."""

    plays: Sequence[Play]
    launches: Sequence[Launch] = ()
    numbers: Numbers = field(default_factory=dict)
    is_workspace: bool = False


def _asked_for(text: str, holdout: float | None) -> _AskedFor:
    """Understand plays, an industry's preset, a YAML file of a preset or a journey, or a workspace."""
    file = Path(text)
    if text and (file / FILE_NAME).is_file():  # before names: a folder may be called like a play
        return _of_workspace(file)
    if not text.endswith((".yaml", ".yml")):
        if text and file.is_dir() and text not in plays():
            raise BadInputError("is no workspace", where=text, mend=f"run `siyu init --workspace {text}` first")
        industry = industry_presets().get(text)
        if industry is None:
            return _AskedFor(plays_named(text))
        return _AskedFor(plays_named(",".join(industry.plays)), numbers=industry.policy)
    written = read_file(file)
    try:
        document = yaml.safe_load(written)
    except yaml.YAMLError:
        document = None
    if isinstance(document, dict) and "plays" in document:
        industry = read_preset(file.name, written)
        return _AskedFor(plays_named(",".join(industry.plays)), numbers=industry.policy)
    launch = read_launch(file, holdout=holdout, usual_holdout=Policy().holdout_share)
    # what it would cost is what one wants to know: money does not end here
    return _AskedFor([], [launch], {f"budgets_minor.{dumps(launch.journey.play)}": _NO_END})


def _of_workspace(folder: Path) -> _AskedFor:
    """Take the plays that run in a workspace, its numbers of the guard, and its journeys that run."""
    with open_workspace(folder) as workspace:
        policy = workspace.settings.policy
        usual, numbers = Policy(), dict[str, int | float | str]()
        for name in Policy.model_fields:
            value = getattr(policy, name)
            if name == "budgets_minor":
                numbers |= {f"budgets_minor.{dumps(play)}": most for play, most in value.items()}
            elif name != "holdout_salt" and value != getattr(usual, name):
                numbers[name] = value
        with workspace.database.read() as connection:
            versions = [one for one in SqlJourneys(connection).versions() if one.is_current and one.is_running]
            texts = list(connection.execute(select(segment.c.text)).scalars())
        currency = workspace.settings.brand.currency
        kept = tuple(one for text in texts for one in read_segments(text, file="segment", currency=currency))
        launches = [Launch(one.journey, one.text, segments=kept) for one in versions]
        return _AskedFor(plays_named(",".join(workspace.settings.plays)), launches, numbers, is_workspace=True)


def _own(folder: Path | None, seed: int) -> OwnPeople:
    with open_workspace(folder) as workspace:
        return own_people(workspace, seed=seed)


def _check(people: int, days: int, every_days: int, window_days: int) -> None:
    _within("people", people, _MOST_PEOPLE)
    _within("days", days, _MOST_DAYS)
    _within("every", every_days, _MOST_DAYS, least=0)
    _within("window", window_days, _MOST_DAYS)


def _within(name: str, value: int, most: int, *, least: int = 1) -> None:
    if not least <= value <= most:
        raise BadInputError(f"{value} is out of range", where=f"--{name}", mend=f"from {least} to {most:,}")
