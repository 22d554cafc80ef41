"""A fission plan (裂变方案): the four subsystems by name, in one object that can be read, checked and run.

referral       who may invite whom and how: links, codes, posters, group invitations; who brought whom, for ever
communication  the message: variants, audience, moment
mechanism      what is asked and what is given: task, threshold, stages, gift to both, when it matures
control        budget, caps, fatigue, what stops it, and what it is compared with
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from datetime import date
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_type_hints

from siyu.campaigns.fission.draw import Draw
from siyu.campaigns.fission.group_buy import GroupBuy
from siyu.kernel.errors import BadInputError

Part = TypeVar("Part")

#: How somebody may be brought.
MEANS: Final = frozenset({"link", "code", "poster", "group", "miniprogram"})
#: What a reward may be. Only the first is like cash, and only the direct inviter gets it; ``draw`` gives tickets.
GIVES: Final = frozenset({"cash", "points", "coupon", "unlock", "gift", "thanks", "draw"})
#: What an inviter may be asked for. ``share`` is listed so that it can be refused with a reason.
TASKS: Final = frozenset({"bring_members", "bring_buyers", "group_buy", "share"})
#: Moments at which inviting may be offered: a promise to them was kept, an order went well, they rose a tier, took part
#: in a group, took a code of their own accord, talked with us, or a friend whom they brought stayed.
MOMENTS: Final = frozenset(
    {"promise_kept", "good_order", "tier_change", "group_answer", "asked_for", "friend_stayed", "talk"}
)


@dataclass(frozen=True, slots=True)
class Referral:
    """Who brings whom.

    Attributes:
        means: Some of ``MEANS``; who came by another, where the invitation says by which, does not count.
        after: Moments at which it is offered; never before something was delivered.
        new_people_only: Only people that Siyu did not know in any place count.
        since: Who came before this day (ISO date, UTC) does not count; empty means all who came by its codes count.
    """

    means: tuple[str, ...] = ("poster", "link")
    after: tuple[str, ...] = ("promise_kept", "good_order", "friend_stayed")
    new_people_only: bool = True
    since: str = ""


@dataclass(frozen=True, slots=True)
class Communication:
    """What is said, to whom.

    Attributes:
        variants: Texts that are tested against each other; ``{name}`` slots are filled at dispatch.
        audience: Name of a segment, empty for everybody who had one of the moments.
        need: Evidence of demand: what people asked for, in their words or numbers.
        proof: What will show that they got it (orders, deliveries, answers), and where it can be seen.
        thanks: What is said first to somebody whose friend has just earned a reward for them.
        poster: Name of a poster template in ``posters/`` of the workspace: everybody with a code has one of their own.
        link: What the message leads to; its domain is switched off when platforms punish it.
    """

    variants: tuple[str, ...] = ()
    audience: str = ""
    need: str = ""
    proof: str = ""
    thanks: str = ""
    poster: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the reward.

    Attributes:
        retained: From how many retained invitees on.
        gives: One of ``GIVES``.
        amount_minor: Money in minor units, points, or tickets of the draw.
        what: The coupon, thing or content that is given.
        each: Given for each invitee (not once at the threshold).
    """

    retained: int
    gives: str
    amount_minor: int = 0
    what: str = ""
    each: bool = False


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What is asked and what is given.

    Attributes:
        task: One of ``TASKS``; ``bring_buyers`` counts who bought and kept it, as ``must_buy`` does.
        stages: What the inviter gets.
        for_invitee: What the invitee gets, empty for nothing: promised when they came, to be kept with proof.
        invitee_points: Points for the invitee who stayed; a gift to both when the inviter gets something too.
        points_days: For how many days points hold; 0 for ever.
        mature_days: How long an invitee must stay before a reward is earned.
        must_answer, must_buy: What else the invitee must do.
        claw_back_days: For how long leaving or a refund takes a reward back.
        cash_levels: How many levels of inviters get cash; more than one is pyramid selling.
        group_buy: The terms of teams that buy together, if there are any.
        draw: A lucky draw, if there is one; stages with ``gives: draw`` give its tickets.
    """

    task: str = "bring_members"
    stages: tuple[Stage, ...] = ()
    for_invitee: str = ""
    invitee_points: int = 0
    points_days: int = 365
    mature_days: int = 7
    must_answer: bool = False
    must_buy: bool = False
    claw_back_days: int = 30
    cash_levels: int = 1
    group_buy: GroupBuy | None = None
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """What holds it and what judges it.

    Attributes:
        budget_minor: All the money there is, in minor units.
        cap_per_person_minor: Most that one inviter can earn.
        invites_per_person_day: Fatigue: invitees of one inviter a day who are paid for.
        ask_again_days: Fatigue: a person is asked again after so many days, whatever the campaign; a quarter more for
            every ask before the last that brought nobody.
        asks_per_group_month: Fatigue: times one group is asked in 30 days.
        holdout_share: Share of people who are never asked, to compare with.
        least_retained_share: Below this share of invitees who stay (after ``mature_days``) it stops itself.
        most_overdue_share: Above this share of promises that are due and not kept nobody is asked: service comes first.
        invitee_value_minor: What a retained invitee is expected to bring; the reward must stay below.
        unpaid_in_row: Punishments or complaints of one link domain that switch that domain off.
        ends_at: ISO date; empty means it is a regular action without an end.
    """

    budget_minor: int = 0
    cap_per_person_minor: int = 0
    invites_per_person_day: int = 10
    ask_again_days: int = 21
    asks_per_group_month: int = 1
    holdout_share: float = 0.1
    least_retained_share: float = 0.3
    most_overdue_share: float = 0.2
    invitee_value_minor: int = 0
    unpaid_in_row: int = 3
    ends_at: str = ""


@dataclass(frozen=True, slots=True)
class FissionPlan:
    """The whole plan."""

    name: str
    referral: Referral
    communication: Communication
    mechanism: Mechanism
    control: Control

    @property
    def cash_per_invitee_minor(self) -> int:
        """What an invitee costs in cash, in minor units; what is given once at a threshold is spread over it."""
        return sum(
            stage.amount_minor if stage.each else stage.amount_minor // max(stage.retained, 1)
            for stage in self.mechanism.stages
            if stage.gives == "cash"
        )

    @property
    def must_buy(self) -> bool:
        """Whether an invitee counts only who bought and kept it."""
        return self.mechanism.must_buy or self.mechanism.task == "bring_buyers"

    def cash_for_minor(self, number: int) -> int:
        """Return the cash for an inviter's ``number``-th invitee, from 1: each from a stage on, and once at it."""
        return sum(
            stage.amount_minor
            for stage in self.mechanism.stages
            if stage.gives == "cash" and (number >= stage.retained if stage.each else number == max(stage.retained, 1))
        )


def plan_of(written: Mapping[str, Any]) -> FissionPlan:
    """Read a plan from a mapping (a YAML or JSON file).

    Raises:
        BadInputError: a field is missing, unknown, or of the wrong type; it says which.
    """
    if not isinstance(written, Mapping):
        raise BadInputError("a plan is a mapping with name, referral, communication, mechanism and control")
    rest = dict(written)
    name = rest.pop("name", "")
    if not isinstance(name, str) or not name or len(name) > 128:
        raise BadInputError("a plan needs a name of at most 128 characters", where="name")
    referral = _read(Referral, rest.pop("referral", {}), "referral")
    communication = _read(Communication, rest.pop("communication", {}), "communication")
    mechanism = _read(Mechanism, rest.pop("mechanism", {}), "mechanism")
    control = _read(Control, rest.pop("control", {}), "control")
    if rest:
        raise BadInputError(
            f"{min(rest, key=str)!r} is no part of a plan",
            where=str(min(rest, key=str)),
            mend="the parts are referral, communication, mechanism, control",
        )
    return FissionPlan(name, referral, communication, mechanism, control)


def kept_plan_of(kept: Mapping[str, Any]) -> FissionPlan:
    """Read a plan that was kept, perhaps by an earlier version: fields that are no more are passed over.

    Raises:
        BadInputError: what is left cannot be read.
    """
    parts = {"referral": Referral, "communication": Communication, "mechanism": Mechanism, "control": Control}
    known: dict[str, Any] = {"name": kept.get("name", "")}
    for name, kind in parts.items():
        fields_of = {field.name for field in fields(kind)}
        known[name] = {key: value for key, value in dict(kept.get(name, {})).items() if key in fields_of}
    return plan_of(known)


def written_plan(plan: FissionPlan) -> dict[str, Any]:
    """Write a plan as a mapping that ``plan_of`` reads."""
    return asdict(plan)


def _read(kind: type[Part], written: Any, where: str) -> Part:
    if not isinstance(written, Mapping):
        raise BadInputError("must be a mapping", where=where)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # the parts are dataclasses
    unknown = sorted(map(str, set(written) - set(known)))
    if unknown:
        where = f"{where}.{unknown[0]}"
        raise BadInputError("there is no such field", where=where, mend=f"known are {', '.join(known)}")
    types = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name in written:
            values[name] = _value(types[name], written[name], f"{where}.{name}")
        elif field.default is MISSING:
            raise BadInputError("is missing", where=f"{where}.{name}")
    return kind(**values)


def _value(kind: Any, written: Any, where: str) -> Any:
    if kind is int and isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return written
    if kind is float and isinstance(written, (int, float)) and not isinstance(written, bool) and 0 <= written <= 1:
        return float(written)
    if kind is bool and isinstance(written, bool):
        return written
    if kind is str and isinstance(written, str):
        return written
    if kind is str and isinstance(written, date):  # YAML reads 2026-05-01 as a day
        return written.isoformat()
    if NoneType in get_args(kind):
        return None if written is None else _value(get_args(kind)[0], written, where)
    if isinstance(kind, type) and is_dataclass(kind):
        return _read(kind, written, where)
    if getattr(kind, "__origin__", None) is tuple and isinstance(written, (list, tuple)):
        inner = get_args(kind)[0]
        return tuple(_value(inner, one, f"{where}[{place}]") for place, one in enumerate(written))
    wanted = {int: "a whole number, not negative", float: "a share between 0 and 1", bool: "true or false", str: "text"}
    raise BadInputError(f"{written!r} does not fit", where=where, mend=f"write {wanted.get(kind, 'a list')}")
