"""A preset (行业预设): which plays an industry begins with, and how strict its guard is. One YAML file each.

The files are in ``presets/``; a brand copies one and changes it. Numbers are the settings of ``[policy]``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from siyu.campaigns.play import plays
from siyu.kernel.errors import BadInputError

_FIELDS: Final = {"title", "says", "plays", "policy"}
#: What a preset may set, and of which type.
_NUMBERS: Final[Mapping[str, tuple[type, ...]]] = {
    "cap": (int,), "cap_days": (int,), "play_cap": (int,), "play_cap_days": (int,), "staff_a_day": (int,),
    "quiet_from": (str,), "quiet_to": (str,), "lower_tier_hour": (str,), "lowest_tier_hour": (str,),
    "holdout_share": (int, float),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preset:
    """One industry's beginning.

    Attributes:
        title: Its name for people.
        says: For whom it is, and why these numbers.
        plays: Names of plays.
        policy: Settings of the guard that differ from the product's defaults.
    """

    name: str
    title: str
    says: str
    plays: tuple[str, ...]
    policy: Mapping[str, int | float | str]


@cache
def industry_presets() -> dict[str, Preset]:
    """Return every preset that comes with the product, by name."""
    found = {}
    for file in sorted(files("siyu.campaigns").joinpath("presets").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            name = file.name.removesuffix(".yaml")
            found[name] = read_preset(name, file.read_text("utf-8"))
    return found


def read_preset(name: str, text: str) -> Preset:
    """Read a preset.

    Raises:
        BadInputError: it is no YAML, a field is missing or unknown, or it names a play that does not exist.
    """
    try:
        written: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInputError(f"is no YAML: {' '.join(str(error).split())}", where=name) from error
    if not isinstance(written, dict) or not {"title", "plays"} <= set(written) <= _FIELDS:
        raise BadInputError("a preset has title, plays, and perhaps says and policy", where=name)
    named, policy = written["plays"], written.get("policy") or {}
    if not isinstance(named, list) or not named:
        raise BadInputError("plays is no list of names", where=f"{name}: plays")
    if wrong := [str(one) for one in named if one not in plays()]:
        raise BadInputError(f"there is no play {wrong[0]!r}", where=f"{name}: plays", mend=", ".join(plays()))
    if not isinstance(policy, dict):
        raise BadInputError("policy holds settings by name", where=f"{name}: policy")
    for key, value in policy.items():
        if key not in _NUMBERS or isinstance(value, bool) or not isinstance(value, _NUMBERS[key]):
            raise BadInputError(f"{value!r} is no setting", where=f"{name}: policy.{key}", mend=", ".join(_NUMBERS))
    return Preset(name, str(written["title"]), str(written.get("says") or ""), tuple(named), policy)
