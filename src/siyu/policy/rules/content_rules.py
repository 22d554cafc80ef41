"""Content rules (内容规范): nothing is sent that a rule of the platform or the law forbids.

Source: the rule packs.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from siyu.kernel.period import DAY, moment_of
from siyu.policy.case import Case
from siyu.policy.lint import PLATFORMS, lint_text
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class ContentRules:
    """Deny a piece whose words break a clause that is in force today."""

    name: ClassVar[str] = "content_rules"

    def concerns(self, case: Case) -> bool:
        """Only of words that break a clause."""
        return _breach(case.proposal.piece.text, case.proposal.channel, case.now_us // DAY) is not None

    def judge(self, case: Case) -> Verdict:
        """Lint the piece as it would appear on the proposal's channel."""
        found = _breach(case.proposal.piece.text, case.proposal.channel, case.now_us // DAY)
        if found is None:
            return ALLOWED
        rule, clause, words = found
        return Deny(self.name, "breach", {"breaks": rule, "clause": clause, "words": words})


@lru_cache(maxsize=4096)
def _breach(text: str, channel: str, day: int) -> tuple[str, str, str] | None:
    """Return the first breach of a text; a play says the same to thousands, so it is read once a day."""
    if channel not in PLATFORMS:
        return None
    findings = lint_text(text, platform=channel, on=moment_of(day * DAY).date())
    return (findings[0].rule, findings[0].clause, findings[0].found) if findings else None
