"""Measure the lint (体检自测): precision and recall of each class, on texts written by hand and on texts made by rule.

The patterns were tuned on ``examples/lint.toml``, on ``examples/lint_fresh.toml`` and on half of
``examples/lint_later.toml`` and of ``examples/lint_outside.toml``. Of their other halves, chosen by a hash of the text,
and of ``examples/lint_held_out.toml``, which was written after the patterns of breaches were mended, only these figures
were looked at. How new texts fare is known from the first look at two lots: of the disguised contacts in
``lint_fresh.toml`` 70 in 100 were found, of the odder ones in ``lint_outside.toml`` 49.

A class is right about a text when it finds at least one breach of its rule there. Recall counts texts that break the
rule; precision counts those against the texts that break nothing: ``found / (found + false alarms)``.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from siyu.kernel.ids import share_of
from siyu.policy.disguise import harmless_numbers, hidden_contacts
from siyu.policy.lint import lint_text

TUNED, HELD_OUT, GENERATED = "tuned on", "held out", "generated"
#: The day on which the texts are judged: every pack that ships is in force.
ON: Final = date(2026, 11, 22)
#: Seeds of the generated texts; the patterns were tuned on seed 1, and are measured on this one.
SEED: Final = 20261122
EACH: Final = 40
#: Files of texts, and which of their texts were kept away from tuning.
_LOTS: Final[dict[str, Callable[[str], bool]]] = {
    "lint.toml": lambda _: False,
    "lint_fresh.toml": lambda _: False,
    "lint_later.toml": lambda text: share_of("lint examples", text) >= 0.5,
    "lint_held_out.toml": lambda _: True,
    "lint_outside.toml": lambda text: share_of("lint examples", text) >= 0.5,
}


@dataclass(frozen=True, slots=True)
class Score:
    """How well one rule does on one part of the texts.

    Attributes:
        part: ``tuned on``, ``held out`` or ``generated``.
        breaks: Texts that break the rule.
        found: Of those, texts in which it was found.
        harmless: Texts that break nothing, on all platforms.
        false_alarms: Of those, texts in which it was found nevertheless.
        precision, recall: Shares; None where there is nothing to divide by.
    """

    rule: str
    part: str
    breaks: int
    found: int
    harmless: int
    false_alarms: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Example:
    """One text, and the rules that it breaks."""

    text: str
    platform: str
    rules: tuple[str, ...]
    part: str


@cache
def examples() -> tuple[Example, ...]:
    """Return every text with its part: those by hand, then those made by rule."""
    by_hand = [
        Example(text, one["platform"], tuple(one["rules"]), HELD_OUT if held(text) else TUNED)
        for name, held in _LOTS.items()
        for one in tomllib.loads(files("siyu.policy").joinpath("examples", name).read_text("utf-8"))["sets"]
        for text in one["texts"]
    ]
    made = [Example(text, "douyin", (rule,), GENERATED) for rule, _, text in hidden_contacts(SEED, EACH)]
    made += [Example(text, "douyin", (), GENERATED) for _, text in harmless_numbers(SEED, EACH)]
    return (*by_hand, *made)


def found_in(one: Example) -> frozenset[str]:
    """Return the rules that the lint finds broken in a text."""
    return frozenset(finding.rule for finding in lint_text(one.text, platform=one.platform, on=ON))


def selftest() -> list[Score]:
    """Measure every rule on every part, the contact rules also together as ``contact_*``."""
    judged = [(one, _with_family(found_in(one))) for one in examples()]
    return [score for part in (TUNED, HELD_OUT, GENERATED) for score in _scores(part, judged)]


def _scores(part: str, judged: list[tuple[Example, frozenset[str]]]) -> Iterator[Score]:
    here = [(one, found) for one, found in judged if one.part == part]
    fine = [found for one, found in here if not one.rules]
    for rule in sorted({rule for one, _ in here for rule in _with_family(frozenset(one.rules))}):
        broken = [found for one, found in here if rule in _with_family(frozenset(one.rules))]
        hits, alarms = sum(rule in found for found in broken), sum(rule in found for found in fine)
        yield Score(
            rule, part, len(broken), hits, len(fine), alarms,
            hits / (hits + alarms) if hits + alarms else None, hits / len(broken) if broken else None,
        )  # fmt: skip


def _with_family(rules: frozenset[str]) -> frozenset[str]:
    return rules | {"contact_*"} if any(rule.startswith("contact_") for rule in rules) else rules
