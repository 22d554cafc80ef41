"""The guard (守门): every action passes here, at the moment of dispatch, in one transaction with its reservation."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from siyu.policy.case import Case
from siyu.policy.reasons import TOO_LATE
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


class _Names(dict[str, str]):
    """What a rule calls its evidence, and what the verdict calls it: ``messages``, ``frequency_cap.messages``."""

    def __init__(self, rule: str) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, name: str) -> str:
        return self.setdefault(name, f"{self._rule}.{name}")


_Question = tuple[Callable[[Case], Verdict], _Names]


def judge(case: Case, rules: Sequence[Rule]) -> Verdict:
    """Judge one case: one denial decides; else the longest hold; else it is allowed."""
    return _judged(case, _questions(rules))


def _questions(rules: Sequence[Rule]) -> list[_Question]:
    return [(rule.judge, _Names(rule.name)) for rule in rules]


def _judged(case: Case, questions: Sequence[_Question]) -> Verdict:
    held: Hold | None = None
    evidence: dict[str, str | int | float | bool | None] = {}
    for ask, names in questions:
        verdict = ask(case)
        if isinstance(verdict, Allow):
            said = verdict.evidence
            if said:  # most rules have nothing to say: no iterator for nothing
                for name in said:
                    evidence[names[name]] = said[name]
        elif isinstance(verdict, Deny):
            return verdict
        elif held is None or verdict.until_us > held.until_us:
            held = verdict
    if held is None:
        return Allow(evidence)
    if held.until_us > case.proposal.deadline_us:
        return Deny(held.rule, held.reason, {**held.evidence, TOO_LATE: held.until_us})
    return held


def judge_batch(cases: Sequence[Case], rules: Sequence[Rule]) -> list[Verdict]:
    """Judge a batch in order of expected value: where several want one slot, the most valuable gets it.

    Cases of one person must share one ``spoken`` list, and all of the batch one ``slots``: an approval takes its slot
    there at once.

    Returns:
        One verdict per case, in the order of ``cases``.
    """
    verdicts: list[Verdict] = [Allow()] * len(cases)
    questions = _questions(rules)
    wanted = [(-case.proposal.expected_value_minor, case.proposal.proposal_id, i) for i, case in enumerate(cases)]
    for _, _, i in sorted(wanted):
        verdict = _judged(cases[i], questions)
        if isinstance(verdict, Hold) and verdict.rule in _OF_ONE_GUIDE:
            verdict = _through_another(cases[i], questions, verdict)
        verdicts[i] = verdict
        if isinstance(verdict, Allow):
            cases[i].take_slot()
    return verdicts


#: Rules that may hold one guide's messages and let another's go.
_OF_ONE_GUIDE: Final = frozenset({"staff_load", "paused"})


def _through_another(case: Case, questions: Sequence[_Question], held: Hold) -> Verdict:
    """Ask again through the person's other guides, those with the fewest messages today first (load balancing)."""
    mine, channel, today = case.relation, case.proposal.channel, case.slots.staff_today
    others = [one for one in case.relations if one.channel == channel and one is not mine]
    for one in sorted(others, key=lambda other: today[channel, other.account, other.staff]):
        case.relation = one
        verdict = _judged(case, questions)
        if isinstance(verdict, Allow):
            return verdict
    case.relation = mine
    return held
