"""A season (一季) in which people may bring people: without asking them, with paid sharing, and as Siyu does it.

Every policy meets the same people with the same dice, fraud rings and a platform that punishes paid sharing. Paid
sharing is what the lint of plans refuses: it runs here alone, and its refusals stand in the report.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import t as student

from siyu.app.fission.asking import asks
from siyu.app.fission.campaign import keep_plan
from siyu.app.fission.settling import settle
from siyu.app.fission.tree import REVIEW_ABOVE, tree_of
from siyu.app.simulate.acquiring import Brought, Front
from siyu.app.simulate.run import Progress
from siyu.app.simulate.world import START_US, World, moments, world
from siyu.campaigns.fission.lint import lint_plan
from siyu.campaigns.fission.plan import FissionPlan, plan_of
from siyu.campaigns.play import Play, plays
from siyu.content.piece import Piece
from siyu.dispatch.message import OutboundMessage
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.period import DAY, moment_of
from siyu.loyalty.ledger import problems_of
from siyu.sandbox.market.as_touches import ACCOUNT, CAMPAIGN, CHANNEL, contact
from siyu.sandbox.market.live import ORDERED
from siyu.sandbox.market.parameters import Parameters, preset
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.rewards import SqlRewards

#: What a friend who comes is paid for, in minor units: the same in both ways of paying.
REWARD_MINOR: Final = 1_000
_BASE: Final = ("replenishment", "win_back")
_SHARE: Final = Piece(content_id="share-1", text="转发到朋友圈集赞，每带来一位好友领红包10元，上不封顶！")
_EVERY: Final = 14
#: Friends for each person, if nobody says how many: made-up accounts of rings are among them from 2,000 on.
FRIENDS: Final = 4

#: Siyu's campaign: every moment, rewards mature on staying, one level, budget, cap, a gift to both. An invitee who
#: stays is worth an average order at least (200 yuan).
OURS: Final[dict[str, Any]] = {
    "name": CAMPAIGN,
    "referral": {
        "means": ["poster", "link"],
        "after": ["promise_kept", "good_order", "tier_change", "group_answer", "asked_for", "talk", "friend_stayed"],
    },
    "communication": {
        "variants": [
            "用得还顺手吗？身边有人也需要的话，邀请他来：他留下来用得好，您和他各有一份积分礼。",
            "谢谢您的信任。邀请一位朋友来看看，满七天还在，您和朋友都有礼。",
        ],
        "need": "the market's people who answer",
        "proof": "orders that invitees pay and keep",
        "thanks": "您邀请的朋友留下来了，奖励已到手，谢谢您。",
    },
    "mechanism": {
        "mature_days": 14, "must_buy": True, "invitee_points": 100,
        "stages": [
            {"retained": 1, "gives": "cash", "amount_minor": REWARD_MINOR, "each": True},
            {"retained": 3, "gives": "points", "amount_minor": 500},
        ],
    },
    "control": {
        "budget_minor": 10_000_000, "cap_per_person_minor": 10_000, "invitee_value_minor": 20_000, "ask_again_days": 14,
    },
}  # fmt: skip
#: What brands usually do, as a plan: the lint refuses it.
CLASSIC: Final[dict[str, Any]] = {
    "name": "share for reward",
    "communication": {"variants": [_SHARE.text]},
    "mechanism": {"task": "share", "stages": [{"retained": 0, "gives": "cash", "amount_minor": REWARD_MINOR}]},
}


def _paid_sharing(one: World) -> None:
    """Ask everybody who is here to share, past the guard: it would refuse every one of these messages."""
    market, now_us = one.market, one.clock.now_us()
    here = (market.state["arrived"] == 1) & (market.state["left_at"] > now_us)
    one.sender.send(
        [
            OutboundMessage(
                time_ordered_id(now_us, "share", str(number)), CHANNEL, ACCOUNT,
                f"guide-{market.hidden['staff'][number]}", contact(number).value, "mass_send", _SHARE,
            )
            for number in np.flatnonzero(here).tolist()
        ]
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """How one season ended.

    Attributes:
        retained: People who still have us as a contact and bought in the last 90 days.
        here: People who came and have not left; made-up accounts are among them.
        brought: Friends who came because somebody was asked; ``brought_retained``: of those, real and retained.
        value_minor: Paid by everybody in the season; ``paid_minor``: rewards paid or earned; ``to_cheats_minor``: of
            that, to people who brought made-up accounts.
        notices, lost: What the platform did: times it noticed, and messages that nobody saw; from the second notice on
            nothing can be sent for a week.
        flagged, cheats, caught: People whom the fraud score flags, who truly cheat, and both (0 where nobody scores).
        front: Comments and codes of the season.
    """

    policy: str
    seed: int
    retained: int
    here: int
    brought: int
    brought_retained: int
    value_minor: int
    paid_minor: int
    to_cheats_minor: int
    complaints: int
    left: int
    sent: int
    notices: int
    lost: int
    flagged: int
    cheats: int
    caught: int
    books: int
    front: Brought
    seconds: float


POLICIES: Final = ("no_fission", "share_for_reward", "siyu")


def asked_for_season(
    *, market: str, people: int, days: int, seed: int, seeds: int, every_days: int, outsiders: int, progress: Progress
) -> dict[str, Any]:
    """Understand what is asked for and run it.

    Raises:
        BadInputError: there is no such market, or a number is out of its range.
    """
    for name, value, least, most in (
        ("people", people, 50, 200_000), ("days", days, 21, 730), ("seeds", seeds, 1, 100),
        ("every", every_days, 1, 30), ("outsiders", outsiders, 0, 1_000_000),
    ):  # fmt: skip
        if not least <= value <= most:
            raise BadInputError(f"{value} is out of range", where=f"--{name}", mend=f"from {least} to {most:,}")
    return season(
        preset(market), people=people, days=days, seeds=range(seed, seed + seeds), every_days=every_days,
        outsiders=outsiders, progress=progress,
    )  # fmt: skip


def season(
    of: Parameters, *, people: int, days: int, seeds: Sequence[int], every_days: int = 7, outsiders: int = 0,
    policies: Sequence[str] = POLICIES, progress: Progress = lambda *_: None,
) -> dict[str, Any]:  # fmt: skip
    """Run the policies on the same markets and compare them with no fission, seed by seed.

    Args:
        outsiders: People who come only if brought; ``FRIENDS`` for each of ``people`` if 0.

    Raises:
        BadInputError: there is no such policy.
    """
    for name in policies:
        if name not in POLICIES:
            raise BadInputError(f"there is no policy {name!r}", mend=f"there are {', '.join(POLICIES)}")
    ended = []
    for number, seed in enumerate(seeds):
        for turn, name in enumerate(policies):
            progress("seasons", number * len(policies) + turn, len(seeds) * len(policies))
            ended.append(_one(name, of, people, outsiders or FRIENDS * people, days, seed, every_days))
    progress("seasons", 1, 1)
    refused = [one for one in lint_plan(plan_of(CLASSIC)) if one.refused]
    return {
        "market": of.name,
        "people": people,
        "outsiders": outsiders or FRIENDS * people,
        "days": days,
        "seeds": list(seeds),
        "policies": [_summed(name, ended) for name in policies],
        "share_for_reward_is_refused": [f"{one.where}: {one.what}" for one in refused],
        "runs": [asdict(one) for one in ended],
    }


def _one(  # noqa: PLR0917  what was asked for, in order
    name: str, of: Parameters, people: int, outsiders: int, days: int, seed: int, every_days: int
) -> Ended:
    began = time.monotonic()
    with world(of, people=people, days=days, seed=seed, numbers={}, outsiders=outsiders, punishing=True) as one:
        one.remember()
        base: list[Play] = [plays()[play] for play in _BASE]
        if name == "siyu":
            keep_plan(one.workspace, _ours())
        front = Front(one, seed)
        for turned, now_us in enumerate(moments(days, every_days)):
            front.until(now_us)
            one.go_on(now_us, [*base, *asks(one.workspace)])
            front.answer()
            if name == "siyu":
                settle(one.workspace, CAMPAIGN, pay_out=True)
            elif name == "share_for_reward" and turned * every_days % _EVERY < every_days:
                _paid_sharing(one)
        one.finish(START_US + days * DAY)
        return _ended(name, one, seed, front.brought(), time.monotonic() - began)


def _ours() -> FissionPlan:
    return plan_of(OURS | {"referral": OURS["referral"] | {"since": f"{moment_of(START_US):%Y-%m-%d}"}})


def _ended(name: str, one: World, seed: int, front: Brought, seconds: float) -> Ended:
    market, platform, now_us = one.market, one.sender.platform, one.clock.now_us()
    outside = np.arange(len(market)) >= market.residents
    came = outside & (market.state["arrived"] == 1)
    real = market.hidden["ring"] < 0
    recent = np.zeros(len(market), np.bool_)
    orders = market.past().only(ORDERED)
    recent[orders.person[orders.at >= now_us - 90 * DAY]] = True
    stays = (market.state["left_at"] > now_us) & (market.state["arrived"] == 1)
    cheats = market.cheats()
    flagged = np.zeros(len(market), np.bool_)
    books = paid = to_cheats = 0
    if name == "siyu":
        with one.workspace.database.read() as connection:
            tree = tree_of(connection, CAMPAIGN)
            rewards = SqlRewards(connection).of_campaign(CAMPAIGN)
            books = len(problems_of(SqlLedger(connection).all()))
        person, number = one.number_of_person()
        whom = dict(zip(person.tolist(), number.tolist(), strict=True))
        for place in np.flatnonzero(tree.suspicion.score >= REVIEW_ABOVE).tolist():
            flagged[whom[tree.people[place]]] = True
        inviter_of = {row.inviter_id: row.inviter for row in tree.came}
        for reward in (kept.reward for kept in rewards):
            if reward.state.value in {"matured", "paid"}:
                paid += reward.amount
                to_cheats += reward.amount * bool(cheats[whom[inviter_of[reward.inviter_id]]])
    elif name == "share_for_reward":  # paid at once for everybody who came by a share, whoever it is
        made = market.invitations()
        paid = REWARD_MINOR * int(made.joined.sum())
        to_cheats = REWARD_MINOR * int(cheats[made.inviter[made.joined]].sum())
    return Ended(
        policy=name,
        seed=seed,
        retained=market.retained(at_us=now_us),
        here=int(stays.sum()),
        brought=int(came.sum()),
        brought_retained=int((came & stays & recent & real).sum()),
        value_minor=market.value_minor(since_us=START_US),
        paid_minor=paid,
        to_cheats_minor=to_cheats,
        complaints=market.complaints(),
        left=market.left(),
        sent=one.sender.heard,
        notices=len(platform.notices) if platform else 0,
        lost=platform.lost if platform else 0,
        flagged=int(flagged.sum()),
        cheats=int(cheats.sum()),
        caught=int((flagged & cheats).sum()),
        books=books,
        front=front,
        seconds=round(seconds, 1),
    )  # fmt: skip


def _summed(name: str, ended: Sequence[Ended]) -> dict[str, Any]:
    mine = [one for one in ended if one.policy == name]
    without = {one.seed: one for one in ended if one.policy == "no_fission"}
    paid = sum(one.paid_minor for one in mine)
    summed: dict[str, Any] = {
        "policy": name,
        "retained": _interval([one.retained for one in mine]),
        "value_minor": _interval([one.value_minor for one in mine]),
        "paid_minor": _interval([one.paid_minor for one in mine]),
        "brought": sum(one.brought for one in mine),
        "brought_retained": sum(one.brought_retained for one in mine),
        "complaints": sum(one.complaints for one in mine),
        "left": sum(one.left for one in mine),
        "notices": sum(one.notices for one in mine),
        "lost": sum(one.lost for one in mine),
        "to_cheats_share": sum(one.to_cheats_minor for one in mine) / paid if paid else 0.0,
        "books_wrong": sum(one.books for one in mine),
    }
    if without and name != "no_fission":
        pairs = [(one, without[one.seed]) for one in mine if one.seed in without]
        summed["more_retained"] = _interval([a.retained - b.retained for a, b in pairs])
        more = [a.value_minor - b.value_minor for a, b in pairs]
        summed["more_value_minor"] = _interval(more)
        summed["net_minor"] = _interval([value - a.paid_minor for value, (a, _b) in zip(more, pairs, strict=True)])
        summed["value_per_yuan"] = sum(more) / paid if paid else None
        gained = sum(a.retained - b.retained for a, b in pairs)
        summed["paid_minor_per_retained"] = paid / gained if gained > 0 else None
    if name == "siyu":
        flagged, caught, cheats = (sum(getattr(one, part) for one in mine) for part in ("flagged", "caught", "cheats"))
        summed["fraud"] = {
            "flagged": flagged,
            "cheats": cheats,
            "precision": caught / flagged if flagged else None,
            "recall": caught / cheats if cheats else None,
        }
    return summed


def _interval(values: Sequence[float]) -> dict[str, float | None]:
    """Return the mean over seeds with its 95 % interval (Student); no interval of one seed."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return {"mean": mean, "low": None, "high": None}
    half = float(student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
    return {"mean": mean, "low": mean - half, "high": mean + half}
