"""The guard (守门): every action passes here, at the moment of dispatch, in one transaction with its reservation."""

from collections.abc import Sequence
from typing import Protocol

from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Deny, Hold, Verdict


class Rule(Protocol):
    """One rule of the house, of a platform or of the law."""

    @property
    def name(self) -> str:
        """Names the rule in verdicts and reports."""
        ...

    def judge(self, case: Case) -> Verdict:
        """Allow, hold or deny, with the evidence."""
        ...


def judge(case: Case, rules: Sequence[Rule]) -> Verdict:
    """Judge one case: one denial decides; else the longest hold; else it is allowed."""
    held: Hold | None = None
    evidence: dict[str, str | int | float | bool | None] = {}
    for rule in rules:
        verdict = rule.judge(case)
        if isinstance(verdict, Allow):
            for name, value in verdict.evidence.items():
                evidence[f"{rule.name}.{name}"] = value
        elif isinstance(verdict, Deny):
            return verdict
        elif held is None or verdict.until_us > held.until_us:
            held = verdict
    if held is None:
        return Allow(evidence)
    if held.until_us > case.proposal.deadline_us:
        return Deny(held.rule, f"{held.reason}; its deadline passes before", held.evidence)
    return held


def judge_batch(cases: Sequence[Case], rules: Sequence[Rule]) -> list[Verdict]:
    """Judge a batch in order of expected value: where several want one slot, the most valuable gets it.

    Cases of one person must share one ``spoken`` list, and all of the batch one ``slots``: an approval takes its slot
    there at once.

    Returns:
        One verdict per case, in the order of ``cases``.
    """
    verdicts: list[Verdict] = [Allow()] * len(cases)
    order = sorted(
        range(len(cases)),
        key=lambda i: (-cases[i].proposal.expected_value_minor, cases[i].proposal.proposal_id),
    )
    for i in order:
        verdicts[i] = judge(cases[i], rules)
        if isinstance(verdicts[i], Allow):
            cases[i].take_slot()
    return verdicts
