"""What the guard answers: allow, hold until, or deny because. A refusal is a value, and is counted."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

#: Facts and counters that one rule looked at, by name.
Values = Mapping[str, str | int | float | bool | None]
#: The same, or that of several rules by their names.
Evidence = Values | Mapping[str, Any]


class Allow(msgspec.Struct, frozen=True, gc=False):
    """It may happen now.

    Attributes:
        evidence: What the rule looked at; of the guard's own answer, that of every rule by its name. Rules answer the
            same counters with the same object: thousands of verdicts share a few.
    """

    evidence: Evidence = {}


class Hold(msgspec.Struct, frozen=True, gc=False):
    """Not now: ask again at ``until_us`` (microseconds since 1970 UTC).

    Attributes:
        reason: Names the sentence in ``reasons.toml`` that says it, with the evidence as its values.
    """

    rule: str
    reason: str
    until_us: int
    evidence: Values = {}


class Deny(msgspec.Struct, frozen=True, gc=False):
    """Never, for this proposal; ``reason`` and ``evidence`` as in ``Hold``."""

    rule: str
    reason: str
    evidence: Values = {}


Verdict = Allow | Hold | Deny

#: What a rule answers that has nothing to say.
ALLOWED: Final = Allow()
