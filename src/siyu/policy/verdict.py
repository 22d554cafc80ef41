"""What the guard answers: allow, hold until, or deny because. A refusal is a value, and is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Evidence = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Allow:
    """It may happen now."""

    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: ask again at ``until_us`` (microseconds since 1970 UTC)."""

    rule: str
    reason: str
    until_us: int
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deny:
    """Never, for this proposal."""

    rule: str
    reason: str
    evidence: Evidence = field(default_factory=dict)


Verdict = Allow | Hold | Deny
