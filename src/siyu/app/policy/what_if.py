"""What if (规则推演): judge last month's proposals again under other rules, and show the difference beforehand.

Each proposal is judged at the moment it was due, with the consents and relations of that moment, and with what the
simulated guard itself had approved until then. The rules in force are replayed the same way, so that the two columns
differ by the rules alone. Counters of the profile (orders, open complaints), last words and connected accounts are
today's; what a person or the brake paused is left out of both.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError

from siyu.app.policy.judge import requests_of
from siyu.app.policy.rules import rules_of
from siyu.app.policy.standing import accounts_since, unlawful_campaigns
from siyu.app.settings import Policy, Settings
from siyu.app.workspace import Workspace
from siyu.campaigns.proposal import Proposal
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_text
from siyu.kernel.period import DAY, moment_of
from siyu.people.consent import ConsentRecord
from siyu.people.profile import Profile
from siyu.people.relation import Relation
from siyu.policy.case import Case, Said, Slots
from siyu.policy.guard import Guard
from siyu.policy.verdict import Allow, Hold, Verdict
from siyu.stores.sql.case_facts import SqlCaseFacts
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.profiles import SqlProfiles
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.relations import SqlRelations

_MEND: Final = f"a [policy] table with some of {', '.join(Policy.model_fields)}"
#: Other tables of a whole siyu.toml.
_OTHERS: Final = frozenset(Settings.model_fields) - {"policy"}
#: A proposal that is held more often than this counts as held at the end.
_MOST_HOLDS: Final = 60
_FEW: Final = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one set of rules would have judged.

    Attributes:
        held_at_the_end: Still held when the days were over, by rule.
    """

    approved: int
    denied: dict[str, int]
    held_at_the_end: dict[str, int]
    people_spoken_to: int
    most_to_one_person: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One proposal that the two sets of rules judge differently: ``allow``, ``hold`` or ``deny``, and by which rule."""

    proposal_id: str
    person_id: int
    play: str
    now: str
    now_by: str
    then: str
    then_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """What the other rules change.

    Attributes:
        changed_rules: Settings that differ, as (now, then).
        newly_stopped, newly_allowed: Proposals, by play.
        differs: How many are judged differently; ``examples`` are the first of them.
    """

    proposals: int
    days: int
    now: Outcome
    then: Outcome
    newly_stopped: dict[str, int]
    newly_allowed: dict[str, int]
    changed_rules: dict[str, tuple[Any, Any]]
    differs: int
    examples: list[Judged]


@dataclass(slots=True)
class _Facts:
    consents: dict[int, list[ConsentRecord]]
    relations: dict[int, list[Relation]]
    profiles: dict[int, Profile]
    arms: dict[str, dict[int, bool]]
    spoken: dict[int, list[Said]]
    last_in_us: dict[int, dict[str, int]]
    under_14: set[int]
    account_since_us: dict[tuple[str, str], int]
    unlawful: dict[str, str]
    requests: dict[bytes, Relation]


def what_if(workspace: Workspace, rules_file: Path, *, days: int = 30) -> Change:
    """Replay the proposals of the last ``days`` days under the rules of a file and under those in force.

    Args:
        rules_file: A ``[policy]`` table as in ``siyu.toml``, in TOML, YAML or JSON.

    Raises:
        BadInputError: the file is not that.
    """
    changed = workspace.settings.model_copy(update={"policy": read_rules(rules_file, workspace.settings.policy)})
    now_us = workspace.clock.now_us()
    since_us = now_us - days * DAY
    with workspace.database.read() as connection:
        proposals = SqlProposals(connection).proposed(since_us=since_us)
        people = sorted({one.person_id for one in proposals})
        store = SqlProposals(connection)
        known = SqlCaseFacts(connection, people).read(since_us=now_us)
        before = SqlOutbox(connection).spoken(people, since_us=since_us - 31 * DAY)
        facts = _Facts(
            SqlConsents(connection).of_people(people),
            SqlRelations(connection).ever(people),
            SqlProfiles(connection).of_people(people),
            {play: store.arms(play, people) for play in {one.play for one in proposals}},
            {person: [one for one in said if one.at_us < since_us] for person, said in before.items()},
            known.last_in_us,
            known.under_14,
            accounts_since(connection),
            unlawful_campaigns(connection, on=moment_of(now_us).date()),
            requests_of(connection, proposals),
        )
    now = _replay(workspace.settings, proposals, facts, until_us=now_us)
    then = _replay(changed, proposals, facts, until_us=now_us)
    pairs = [(one, isinstance(a, Allow), isinstance(b, Allow)) for one, a, b in zip(proposals, now, then, strict=True)]
    differ = [
        Judged(id_text(one.proposal_id), one.person_id, one.play, *_said(a), *_said(b))
        for one, a, b in zip(proposals, now, then, strict=True)
        if _said(a) != _said(b)
    ]
    was, will = workspace.settings.policy.model_dump(), changed.policy.model_dump()
    return Change(
        len(proposals),
        days,
        _outcome(proposals, now),
        _outcome(proposals, then),
        dict(Counter(one.play for one, allowed, still in pairs if allowed and not still)),
        dict(Counter(one.play for one, allowed, still in pairs if still and not allowed)),
        {name: (was[name], will[name]) for name in was if was[name] != will[name]},
        len(differ),
        differ[:_FEW],
    )


def _said(verdict: Verdict) -> tuple[str, str]:
    if isinstance(verdict, Allow):
        return "allow", ""
    return ("hold" if isinstance(verdict, Hold) else "deny"), verdict.rule


def read_rules(file: Path, now: Policy) -> Policy:
    """Read changed rules: TOML, YAML or JSON, a ``policy`` table or its settings alone; the rest stays as it is.

    Raises:
        BadInputError: it cannot be read, or holds a setting that does not exist or a value out of range.
    """
    try:
        text = file.read_text("utf-8-sig")
        written = tomllib.loads(text) if file.suffix.lower() in {".toml", ""} else yaml.safe_load(text)
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except (tomllib.TOMLDecodeError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(" ".join(str(error).split()), where=str(file), mend=_MEND) from error
    if isinstance(written, dict):
        written = written.get("policy", {name: value for name, value in written.items() if name not in _OTHERS})
    if not isinstance(written, dict) or not written:
        raise BadInputError("it changes no rule", where=str(file), mend=_MEND)
    try:
        return Policy.model_validate(now.model_dump() | written)
    except ValidationError as error:
        first = error.errors()[0]
        what = f"policy.{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        raise BadInputError(what, where=str(file), mend=_MEND) from error


def _replay(settings: Settings, proposals: Sequence[Proposal], facts: _Facts, *, until_us: int) -> list[Verdict]:
    """Judge every proposal when it was due, and again whenever a hold ends, until ``until_us``."""
    rules, zone = rules_of(settings), ZoneInfo(settings.brand.zone)
    spoken: dict[int, list[Said]] = defaultdict(list, {person: list(said) for person, said in facts.spoken.items()})
    verdicts: list[Verdict] = [Allow()] * len(proposals)
    queue = [(one.proposed_at_us, -one.expected_value_minor, place, 0) for place, one in enumerate(proposals)]
    heapify(queue)

    def slots_of(spent: Counter[str]) -> Slots:
        return Slots(spent_minor=spent, account_since_us=facts.account_since_us, unlawful=facts.unlawful)

    guard = Guard(rules)
    day, slots = -1, slots_of(Counter())
    while queue:
        at_us, value, place, holds = heappop(queue)
        today = moment_of(at_us).astimezone(zone).toordinal()
        if today != day:
            day, slots = today, slots_of(slots.spent_minor)
        one = proposals[place]
        case = _case(one, facts, at_us=at_us, zone=zone, spoken=spoken[one.person_id], slots=slots)
        verdict = verdicts[place] = guard.judge(case)
        if isinstance(verdict, Allow):
            case.take_slot()
        elif isinstance(verdict, Hold) and verdict.until_us < until_us and holds < _MOST_HOLDS:
            heappush(queue, (verdict.until_us, value, place, holds + 1))
    return verdicts


def _case(one: Proposal, facts: _Facts, *, at_us: int, zone: ZoneInfo, spoken: list[Said], slots: Slots) -> Case:
    person = one.person_id
    profile = facts.profiles.get(person, Profile())
    return Case(
        proposal=one,
        now_us=at_us,
        zone=zone,
        consents=[record for record in facts.consents.get(person, ()) if record.decided_at_us <= at_us],
        relations=[
            relation
            for relation in facts.relations.get(person, ())
            if relation.since_us <= at_us and (relation.until_us is None or relation.until_us > at_us)
        ],
        treated=facts.arms[one.play].get(person, True),
        orders=profile.orders,
        messages_in=profile.messages_in,
        complaints_open=profile.complaints_open,
        under_14=person in facts.under_14,
        last_in_us=facts.last_in_us.get(person, {}),
        spoken=spoken,
        slots=slots,
        request=facts.requests.get(one.proposal_id),
    )


def _outcome(proposals: Sequence[Proposal], verdicts: Sequence[Verdict]) -> Outcome:
    to_people = Counter(
        one.person_id for one, verdict in zip(proposals, verdicts, strict=True) if isinstance(verdict, Allow)
    )
    denied: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for verdict in verdicts:
        if isinstance(verdict, Hold):
            held[verdict.rule] += 1
        elif not isinstance(verdict, Allow):
            denied[verdict.rule] += 1
    return Outcome(
        sum(to_people.values()), dict(denied), dict(held), len(to_people), max(to_people.values(), default=0)
    )
