"""Why (原因): a verdict names a reason and its values; here they are said, in both languages.

Verdicts, pauses and the brake keep data. What a person reads is made from ``reasons.toml`` when somebody looks, so that
the command line, the programming interface, the export and the console say the same.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from siyu.policy.refusals import refusals
from siyu.policy.verdict import Values

Language = Literal["en", "zh"]
#: What a verdict says that was held until its deadline would have passed.
TOO_LATE: Final = "held_until_us"
_BRAKE: Final = "brake:"
_PLACE: Final[dict[Language, int]] = {"en": 0, "zh": 1}


@cache
def reasons() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the ``title`` and every reason of each rule: how it is said in English, in Chinese."""
    found: dict[str, dict[str, list[str]]] = tomllib.loads(
        files("siyu.policy").joinpath("reasons.toml").read_text("utf-8")
    )
    return found


def rule_title(rule: str, language: Language = "en") -> str:
    """Return what a rule is called; nothing for a rule that is not known."""
    forms = reasons().get(rule, {}).get("title")
    return forms[_PLACE[language]] if forms else ""


def why(
    rule: str,
    reason: str,
    values: Values,
    language: Language = "en",
    *,
    name: Callable[[str, object], str] = lambda _, value: str(value),
) -> str:
    """Say why a rule held or denied something.

    Args:
        reason: As the verdict names it. What is no known name was written as a sentence by an older version, and is
            said as it is.
        values: The verdict's evidence.
        name: Says a value of that name (``channel``, ``play``) in the reader's words.
    """
    forms = reasons().get(rule, {}).get(reason)
    if forms is None:
        return reason
    told = _Values({key: name(key, value) for key, value in values.items()})
    refused = refusals().get(str(values.get("refusal")))
    if refused is not None:
        told["refusal"] = refused.reason if language == "en" else refused.reason_zh
    if "why" in values:
        told["why"] = why_paused(str(values["why"]), language)
    late = reasons()["any"]["too_late"][_PLACE[language]] if TOO_LATE in values else ""
    return forms[_PLACE[language]].format_map(told) + late


def braked(step: Literal["slow", "stop"], *, bad: int, sent: int, usual: float) -> str:
    """Write why the brake holds something, as a pause keeps it."""
    return _BRAKE + msgspec.json.encode({"step": step, "bad": bad, "sent": sent, "usual": usual}).decode()


def is_braked(kept: str) -> bool:
    """Tell whether a pause is the brake's."""
    return kept.startswith(_BRAKE)


def why_paused(kept: str, language: Language = "en") -> str:
    """Say why something is paused: in a person's own words, or the brake's."""
    if not kept.startswith(_BRAKE + "{"):
        return kept
    values = msgspec.json.decode(kept[len(_BRAKE) :])
    return reasons()["brake"][values["step"]][_PLACE[language]].format(**(values | {"usual": f"{values['usual']:.2%}"}))


class _Values(dict[str, str]):
    """Values of a sentence; what an older version did not keep is shown as a gap."""

    def __missing__(self, _: str) -> str:
        return "…"
