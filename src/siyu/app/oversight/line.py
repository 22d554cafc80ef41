"""A line of the checklist before a launch (出发前检查), and what is known of a launch when its lines are written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from siyu.policy.lint import LintFinding

Level = Literal["ok", "warn", "stop"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at.

    Attributes:
        figure: What was counted; None where there is nothing to count.
        mend: What to do; empty when it is fine.
    """

    what: str
    level: Level
    figure: float | None
    says: str
    says_zh: str
    mend: str = ""
    mend_zh: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a play or a plan before it goes out.

    Attributes:
        due: People it would speak to now; ``messages``: proposals, one a person and channel.
        allowed, held, denied: What the guard says of those; the latter by rule.
        agreed: Of the messages, those whose person allows the purpose on the channel.
        held_out: Of them, those that go to the comparison group.
        share: Of people that are held out.
        cost_minor: Of what is allowed.
        budget_minor: None where none is given.
        goals: Metrics by which it is to be judged.
    """

    name: str
    channels: list[str]
    due: int
    messages: int
    allowed: int
    agreed: int
    held_out: int
    held: Counter[str]
    denied: Counter[str]
    cost_minor: int
    share: float
    budget_minor: int | None
    spent_minor: int
    findings: Sequence[LintFinding]
    goals: list[str] = field(default_factory=list)
    baits: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
