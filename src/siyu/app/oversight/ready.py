"""Ready (出发前检查): what a play or a plan needs before it goes out, looked at one by one, with figures of today.

Nothing is changed: the guard judges what would be proposed now, and none of it is kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from siyu.app.campaigns.facts import facts_for, needs_of
from siyu.app.oversight.line import Line, Looked
from siyu.app.oversight.ready_lines import lines_of
from siyu.app.people.segments import members_of, read_segment_file
from siyu.app.policy.judge import BATCH, cases_of, slots_now
from siyu.app.policy.lint_target import read_plan
from siyu.app.policy.play_words import words_of_play
from siyu.app.policy.rules import rules_of
from siyu.app.workspace import Workspace
from siyu.campaigns.holdout import is_treated
from siyu.campaigns.play import Play, plays
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.channels.manifest import manifests
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, moment_of
from siyu.people.consent import MARKETING, is_granted
from siyu.policy.guard import judge_batch
from siyu.policy.lint import known_platform, lint_plan, lint_text
from siyu.policy.plan_facts import platforms_of, texts_of
from siyu.policy.verdict import Deny, Hold
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.app import channel_account
from siyu.stores.sql.schema.people import identifier, relation
from siyu.stores.sql.schema.portraits import segment_member

_FILES: Final = frozenset({".yaml", ".yml", ".json"})
#: Under which names plans say what is looked for.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "segment": ("segment", "audience", "人群"),
    "budget": ("budget_minor", "budget", "预算"),
    "holdout": ("holdout_share", "holdout", "对照组"),
    "baits": ("bait", "baits", "诱饵"),
    "links": ("link", "links", "url", "链接"),
    "goals": ("goal", "goals", "goal_metric", "metric", "metrics", "目标"),
    "cost": ("cost_minor",),
    "purpose": ("purpose",),
}


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was looked at.

    Attributes:
        kind: ``play`` or ``plan``.
        channels: Where it would be said.
        ready: Nothing stops it; what only warns is for a person to weigh.
    """

    target: str
    kind: str
    channels: list[str]
    ready: bool
    lines: list[Line]


@dataclass(slots=True)
class _Dry:
    """What the guard says of everybody who is due, and who of them agreed to be spoken to."""

    allowed: int = 0
    cost_minor: int = 0
    agreed: int = 0
    held_out: int = 0
    held: Counter[str] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)


def ready(workspace: Workspace, target: str, *, live: bool = False) -> Readiness:
    """Look at everything that a play, or a plan in a YAML or JSON file, needs before it goes out.

    Args:
        live: Ask the platforms whether the accounts' credentials work; else what is known of their tokens is said.

    Raises:
        BadInputError: it is neither, the plan cannot be read, or it names no platform or segment that there is.
    """
    if target in plays():
        kind, looked = "play", _look_at_play(workspace, plays()[target])
    elif Path(target).suffix.lower() in _FILES:
        kind, looked = "plan", _look_at_plan(workspace, Path(target))
    else:
        raise BadInputError(
            f"{target!r} is no play and no plan", mend=f"a YAML or JSON file, or one of {', '.join(sorted(plays()))}"
        )
    lines = list(lines_of(workspace, looked, live=live))
    return Readiness(looked.name, kind, looked.channels, all(one.level != "stop" for one in lines), lines)


def _look_at_play(workspace: Workspace, play: Play) -> Looked:
    now_us, policy = workspace.clock.now_us(), workspace.settings.policy
    channel = _first_connected(workspace)
    facts = facts_for(workspace, needs_of([play]))
    proposals = list(play.propose(facts, now_us=now_us, channel=channel))
    share: float = getattr(play, "holdout_share", policy.holdout_share)
    on = moment_of(now_us).date()
    findings = [one for text in words_of_play(play) for one in lint_text(text, platform=channel, on=on)]
    with workspace.database.read() as connection:
        spent = SqlProposals(connection).spent_minor()[play.name]
    dry = _judged(workspace, proposals, share=share)
    return _looked(
        play.name, [channel], proposals, dry, findings=findings, share=share,
        budget_minor=policy.budgets_minor.get(play.name), spent_minor=spent, goals=["uplift"],
    )  # fmt: skip


def _look_at_plan(workspace: Workspace, file: Path) -> Looked:
    plan, now_us = read_plan(file), workspace.clock.now_us()
    channels = [known_platform(one) for one in platforms_of(plan)] or [_first_connected(workspace)]
    on = moment_of(now_us).date()
    findings = lint_plan(plan, on=on, platform=channels[0])
    name = str(plan.get("name") or file.stem)
    said = {what: next(_found(plan, names), None) for what, names in _NAMES.items()}
    text = next((text for _, text in texts_of(plan)), "")
    segment, whole = said["segment"], workspace.settings.policy.holdout_share
    proposals = [
        _proposal(name, person, channel, text, now_us=now_us, said=said)
        for channel in channels
        for person in _people(workspace, channel, str(segment) if isinstance(segment, str) else "", beside=file)
    ]
    share = whole if said["holdout"] is None else _share(said["holdout"])
    budget = int(said["budget"]) if isinstance(said["budget"], int | float) else None
    dry = _judged(workspace, proposals, share=share, budgets_minor={} if budget is None else {name: budget})
    return _looked(
        name, channels, proposals, dry, findings=findings, share=share,
        budget_minor=budget, spent_minor=0,
        goals=_listed(said["goals"]), baits=_listed(said["baits"]), links=_listed(said["links"]),
    )  # fmt: skip


def _looked(name: str, channels: list[str], proposals: Sequence[Proposal], dry: _Dry, **rest: Any) -> Looked:
    due = len({one.person_id for one in proposals})
    return Looked(
        name=name, channels=channels, due=due, messages=len(proposals), allowed=dry.allowed, agreed=dry.agreed,
        held_out=dry.held_out, held=dry.held, denied=dry.denied, cost_minor=dry.cost_minor, **rest,
    )  # fmt: skip


def _first_connected(workspace: Workspace) -> str:
    """Return where plays speak: WeCom if it is connected or nothing is, else the first that can carry something out."""
    with workspace.database.read() as connection:
        connected = set(connection.execute(select(channel_account.c.channel)).scalars())
    able = sorted(name for name in connected if name in manifests() and manifests()[name].outbound)
    return "wecom" if "wecom" in able or not able else able[0]


def _people(workspace: Workspace, channel: str, segment: str, *, beside: Path) -> list[int]:
    """Return the people of a segment that is kept or stands in a file beside the plan; of none, all on the channel.

    Raises:
        BadInputError: there is no such segment.
    """
    if segment:
        file = beside.parent / segment
        if file.suffix and file.is_file():
            return sorted(
                {int(one) for part in members_of(workspace, read_segment_file(file, workspace)) for one in part}
            )
        with workspace.database.read() as connection:
            kept = connection.execute(select(segment_member.c.person_id).where(segment_member.c.name == segment))
            people = sorted(int(one) for one in kept.scalars())
        if not people:
            raise BadInputError(
                f"nobody is in a segment {segment!r}", where="segment", mend="`siyu segment list` names those kept"
            )
        return people
    with workspace.database.read() as connection:
        rows = connection.execute(
            select(identifier.c.person_id)
            .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
            .where(relation.c.channel == channel, relation.c.until_us.is_(None))
            .distinct()
        )
        return sorted(int(one) for one in rows.scalars())


def _proposal(name: str, person: int, channel: str, text: str, *, now_us: int, said: Mapping[str, Any]) -> Proposal:
    outbound = manifests()[channel].outbound if channel in manifests() else ()
    return Proposal(
        proposal_id=proposal_id(name, person, now_us), play=name, person_id=person,
        purpose=str(said["purpose"] or MARKETING), channel=channel,
        action="mass_send" if "mass_send" in outbound or not outbound else outbound[0],
        piece=Piece(content_id=name, text=text), expected_value_minor=0.0, proposed_at_us=now_us, due_at_us=now_us,
        deadline_us=now_us + DAY, cost_minor=int(said["cost"] or 0), personal=said["segment"] is not None,
    )  # fmt: skip


def _judged(
    workspace: Workspace, proposals: Sequence[Proposal], *, share: float, budgets_minor: Mapping[str, int] | None = None
) -> _Dry:
    """Let the guard judge everything as it would now, and keep nothing of it.

    Args:
        budgets_minor: Budgets that a plan brings along.
    """
    now_us, policy, dry = workspace.clock.now_us(), workspace.settings.policy, _Dry()
    given = policy.model_copy(update={"budgets_minor": {**policy.budgets_minor, **(budgets_minor or {})}})
    rules = rules_of(workspace.settings.model_copy(update={"policy": given}))
    salt = policy.holdout_salt or workspace.vault.salt
    with workspace.database.read() as connection:
        slots = slots_now(workspace, connection, now_us=now_us)
        slots.spent_minor = SqlProposals(connection).spent_minor()
    by_person = sorted(proposals, key=lambda one: one.person_id)
    for start in range(0, len(by_person), BATCH):
        part = by_person[start : start + BATCH]
        with workspace.database.read() as connection:
            drawn = SqlProposals(connection).arms(part[0].play, [one.person_id for one in part])
            cases = cases_of(workspace, connection, part, now_us=now_us, slots=slots)
        for case in cases:
            one = case.proposal
            if one.person_id not in drawn:  # they would be drawn now
                case.treated = is_treated(one.play, one.person_id, holdout_share=share, salt=salt)
            dry.held_out += not case.treated
            dry.agreed += is_granted(case.consents, purpose=one.purpose, channel=one.channel)
        for case, verdict in zip(cases, judge_batch(cases, rules), strict=True):
            if isinstance(verdict, Deny):
                dry.denied[verdict.rule] += 1
            elif isinstance(verdict, Hold):
                dry.held[verdict.rule] += 1
            else:
                dry.allowed += 1
                dry.cost_minor += case.proposal.cost_minor
    return dry


def _found(value: Any, names: Sequence[str]) -> Iterator[Any]:
    """Yield what stands under one of these names, wherever it stands, the outermost first."""
    if isinstance(value, Mapping):
        yield from (inner for key, inner in value.items() if str(key).lower() in names and inner is not None)
        for inner in value.values():
            yield from _found(inner, names)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner, names)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _share(written: Any) -> float:
    """Read a share: 0.1, 10 % or ``10%``.

    Raises:
        BadInputError: it is none.
    """
    text = str(written).strip()
    try:
        value = float(text.rstrip("%％"))
    except ValueError:
        value = -1.0
    value = value / 100 if text[-1:] in {"%", "％"} else value
    if not 0 <= value < 1:
        raise BadInputError(f"{written!r} is no share", where="holdout", mend="write it like 0.1 or 10%")
    return value
