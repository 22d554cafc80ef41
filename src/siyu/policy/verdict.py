"""What the guard answers: allow, hold until, or deny because. A refusal is a value, and is counted."""

from collections.abc import Mapping

import msgspec

Evidence = Mapping[str, str | int | float | bool | None]


class Allow(msgspec.Struct, frozen=True, gc=False):
    """It may happen now."""

    evidence: Evidence = {}


class Hold(msgspec.Struct, frozen=True, gc=False):
    """Not now: ask again at ``until_us`` (microseconds since 1970 UTC).

    Attributes:
        reason: Names the sentence in ``reasons.toml`` that says it, with the evidence as its values.
    """

    rule: str
    reason: str
    until_us: int
    evidence: Evidence = {}


class Deny(msgspec.Struct, frozen=True, gc=False):
    """Never, for this proposal; ``reason`` and ``evidence`` as in ``Hold``."""

    rule: str
    reason: str
    evidence: Evidence = {}


Verdict = Allow | Hold | Deny
