"""The guard (守门): every action passes here, at the moment of dispatch, in one transaction with its reservation."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from siyu.policy.case import Case
from siyu.policy.reasons import TOO_LATE
from siyu.policy.verdict import ALLOWED, Allow, Deny, Evidence, Hold, Verdict


class Rule(Protocol):
    """One rule of the house, of a platform or of the law.

    A rule that has nothing to say of many kinds of messages may have ``concerns(case) -> bool``: whether it may speak
    of messages like this one, of the same play, way, words, purpose and cost. One that has nothing to say of most
    people may have ``exceptions(cases) -> Sequence[int]``: the places of those cases that it may speak of, whichever
    relation they go through and whatever the others are given; every other it allows without evidence.
    """

    @property
    def name(self) -> str:
        """Names the rule in verdicts and reports."""
        ...

    def judge(self, case: Case) -> Verdict:
        """Allow, hold or deny, with the evidence."""
        ...


_Question = tuple[str, Callable[[Case], Verdict]]


class Guard:
    """Judges case by case; a rule that does not concern a kind of message is asked once for all of that kind."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._by_kind: dict[tuple[object, ...], list[_Question]] = {}

    def silent(self, cases: Sequence[Case]) -> list[int]:
        """Return which rules need not be asked about each case: a bit for each rule, the first one's is 1."""
        silent, spoken_of = 0, dict[int, int]()
        for number, rule in enumerate(self._rules):
            exceptions = getattr(rule, "exceptions", None)
            if exceptions is not None:
                silent |= 1 << number
                for place in exceptions(cases):
                    spoken_of[place] = spoken_of.get(place, 0) | 1 << number
        found = [silent] * len(cases)
        for place, bits in spoken_of.items():
            found[place] = silent & ~bits
        return found

    def judge(self, case: Case) -> Verdict:
        """Judge one case: one denial decides; else the longest hold; else it is allowed."""
        return _judged(case, self.questions(case))

    def questions(self, case: Case, silent: int = 0) -> list[_Question]:
        """Return what is asked of a case, but for the rules that are ``silent`` about it."""
        one = case.proposal
        # a play's proposals share one piece of content: its identity is cheaper to compare than its words
        piece = id(one.piece)
        kind = (one.play, one.channel, one.action, one.purpose, one.personal, one.cost_minor > 0, piece, silent)
        asked = self._by_kind.get(kind)
        if asked is None:
            asked = self._by_kind[kind] = [
                (rule.name, rule.judge)
                for number, rule in enumerate(self._rules)
                if not silent >> number & 1 and getattr(rule, "concerns", _every)(case)
            ]
        return asked


def _every(_: Case) -> bool:
    return True


def _judged(case: Case, questions: Sequence[_Question]) -> Verdict:
    held: Hold | None = None
    evidence: dict[str, Evidence] = {}
    for name, ask in questions:
        verdict = ask(case)
        if isinstance(verdict, Allow):
            if verdict.evidence:  # most rules have nothing to say
                evidence[name] = verdict.evidence
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
    verdicts: list[Verdict] = [ALLOWED] * len(cases)
    guard = Guard(rules)
    silent = guard.silent(cases)
    wanted = [(-case.proposal.expected_value_minor, case.proposal.proposal_id, i) for i, case in enumerate(cases)]
    for _, _, i in sorted(wanted):
        case = cases[i]
        asked = guard.questions(case, silent[i])
        verdict = verdicts[i] = _judged(case, asked)
        if isinstance(verdict, Hold) and verdict.rule in _OF_ONE_GUIDE:
            verdict = verdicts[i] = _through_another(case, asked, verdict)
        if isinstance(verdict, Allow):
            case.take_slot()
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
