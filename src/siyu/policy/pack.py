"""Rule packs (规则包): what a platform or the law asks for, as dated data with a source; a file each in ``packs/``."""

import re
import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from siyu.kernel.errors import ConfigError


class Clause(BaseModel):
    """One clause, and how a breach is recognised.

    Attributes:
        rule: Names the clause in findings.
        clause: Which article or section, in the words of the source.
        says: What it asks for, in one sentence.
        alternative: What may be done instead.
        reads: Which view of the text the patterns look at (``policy/plain_writing.py``).
        breaches: Patterns of a breach.
        as_written: More of them, that look at the plain view: they need the spaces and signs between words.
        finds: What is found by other means than patterns: ``phone`` (``policy/hidden_numbers.py``).
        unless: Patterns of harmless uses; a breach that overlaps one does not count.
        needs: Patterns of which one must be there (an opt-out line); then a text without it is the breach, unless one
            of ``unless`` is in it.
        ties: Facts of a plan that break the clause (``policy/plan_facts.py``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(pattern="^[a-z][a-z0-9_]*$")
    clause: str
    says: str
    alternative: str
    reads: Literal["plain", "squeezed", "digits"] = "plain"
    breaches: tuple[str, ...] = ()
    as_written: tuple[str, ...] = ()
    finds: tuple[Literal["phone"], ...] = ()
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    ties: tuple[str, ...] = ()

    @field_validator("breaches", "as_written", "unless", "needs")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return patterns


class PackQuota(BaseModel):
    """How often a platform let one customer be written to while the pack was in force.

    Attributes:
        window: ISO 8601 duration (``P1D``) or ``calendar_month``, as in a channel's manifest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str
    action: str
    per: Literal["customer", "customer_and_staff"]
    window: str
    max: int = Field(ge=0)


class Pack(BaseModel):
    """One set of clauses.

    Attributes:
        platforms: Where it holds; ``*`` everywhere.
        in_force_from, in_force_until: Half-open; without an end it still holds.
        sure: How we know: ``official`` text, ``third_party`` copies, or ``assumed``.
        checked_on: The day somebody read the source.
        words: Parts of patterns by name; ``<name>`` in a pattern stands for one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    platforms: tuple[str, ...]
    in_force_from: date
    in_force_until: date | None = None
    sure: Literal["official", "third_party", "assumed"]
    source: str
    checked_on: date
    words: dict[str, str] = Field(default_factory=dict)
    clauses: tuple[Clause, ...] = ()
    quotas: tuple[PackQuota, ...] = ()

    def holds(self, platform: str, on: date) -> bool:
        """Tell whether the pack is in force on a platform on a day."""
        in_time = self.in_force_from <= on and (self.in_force_until is None or on < self.in_force_until)
        return in_time and ("*" in self.platforms or platform in self.platforms)


@cache
def packs() -> tuple[Pack, ...]:
    """Read every pack that ships with Siyu.

    Raises:
        ConfigError: names the file and the field that is wrong.
    """
    folder = files("siyu.policy").joinpath("packs")
    return tuple(
        parse_pack(file.read_text("utf-8"), where=f"policy/packs/{file.name}")
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.endswith(".toml")
    )


def parse_pack(text: str, *, where: str) -> Pack:
    """Check the text of a pack.

    Raises:
        ConfigError: names the field that is wrong.
    """
    try:
        written = tomllib.loads(text)
        _spell_out(written)
        return Pack.model_validate(written)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{where}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error


def _spell_out(written: dict[str, Any]) -> None:
    """Put the named parts into the patterns; a part may use those that stand before it."""
    words: dict[str, str] = {}
    named = written.get("words")
    for name, part in named.items() if isinstance(named, dict) else ():
        words[f"<{name}>"] = _filled(str(part), words)
    for clause in written.get("clauses", ()):
        for field in ("breaches", "as_written", "unless", "needs") if isinstance(clause, dict) else ():
            if isinstance(clause.get(field), list):
                clause[field] = [_filled(str(pattern), words) for pattern in clause[field]]


def _filled(pattern: str, words: dict[str, str]) -> str:
    for name, part in words.items():
        pattern = pattern.replace(name, part)
    return pattern
