"""Understand what a simulation is asked for."""

from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Final

import yaml

from siyu.app.journeys.publish import read_file
from siyu.app.settings import Policy
from siyu.app.simulate.compare import Compared, compare
from siyu.app.simulate.launch import Launch, read_launch
from siyu.app.simulate.run import Progress, Simulated, simulate
from siyu.app.simulate.world import Numbers
from siyu.campaigns.play import Play, plays
from siyu.campaigns.preset import Preset, industry_presets, read_preset
from siyu.kernel.errors import BadInputError
from siyu.sandbox.market.parameters import preset

#: With more person-days than this the loop turns weekly.
_MANY: Final = 2_000_000
_WEEK: Final = 7
_NO_END: Final = 10**12
_MOST_PEOPLE: Final = 2_000_000
_MOST_DAYS: Final = 3_650


def asked(
    play: str,
    *,
    market: str,
    people: int,
    days: int,
    seed: int,
    every_days: int = 0,
    holdout: float | None = None,
    window_days: int = 30,
    progress: Progress = lambda *_: None,
) -> Simulated:
    """Run what was asked for.

    Raises:
        BadInputError: there is no such play or market, or a number is out of its range.
    """
    _check(people, days, every_days, window_days)
    if holdout is not None and not 0 <= holdout < 1:
        raise BadInputError(f"{holdout} is no share", where="--holdout", mend="from 0 to below 1, such as 0.2")
    industry, launch = _written(play, holdout)
    named: Numbers = {} if industry is None else industry.policy
    if launch:  # what it would cost is what one wants to know: money does not end here
        named = {f"budgets_minor.{dumps(launch.journey.play)}": _NO_END}
    return simulate(
        [] if launch else plays_named(play if industry is None else ",".join(industry.plays)),
        preset(market),
        people=people,
        days=days,
        seed=seed,
        numbers={**named, **({} if holdout is None else {"holdout_share": holdout})},
        every_days=every_days or (_WEEK if people * days > _MANY else 1),
        window_days=window_days,
        launch=launch,
        progress=progress,
    )


def asked_to_compare(
    policies: Sequence[str],
    *,
    market: str,
    people: int,
    days: int,
    seed: int,
    every_days: int = 0,
    progress: Progress = lambda *_: None,
) -> list[Compared]:
    """Compare policies.

    Raises:
        BadInputError: there is no such policy or market, or a number is out of its range.
    """
    _check(people, days, every_days, 1)
    names = [name.strip() for text in policies for name in text.split(",")]
    every = every_days or (_WEEK if people * days > _MANY else 1)
    return compare(names, preset(market), people=people, days=days, seed=seed, every_days=every, progress=progress)


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


def _written(text: str, holdout: float | None) -> tuple[Preset | None, Launch | None]:
    """Return the industry's preset or the journey that a name or a YAML file stands for; neither for plays."""
    if not text.endswith((".yaml", ".yml")):
        return industry_presets().get(text), None
    file = Path(text)
    written = read_file(file)
    try:
        document = yaml.safe_load(written)
    except yaml.YAMLError:
        document = None
    if isinstance(document, dict) and "plays" in document:
        return read_preset(file.name, written), None
    return None, read_launch(file, holdout=holdout, usual_holdout=Policy().holdout_share)


def _check(people: int, days: int, every_days: int, window_days: int) -> None:
    for name, value, least, most in (
        ("people", people, 1, _MOST_PEOPLE),
        ("days", days, 1, _MOST_DAYS),
        ("every", every_days, 0, _MOST_DAYS),
        ("window", window_days, 1, _MOST_DAYS),
    ):
        if not least <= value <= most:
            raise BadInputError(f"{value} is out of range", where=f"--{name}", mend=f"from {least} to {most:,}")
