"""The front of a season (前场): comments come in and the desk answers, arrivals scan a live code.

Who writes comments is not of the market: how many of them follow after an answer is a house assumption (half of the
willing have gone after twenty minutes), and their later life is not simulated. The finder, the queue and the code's
routing are the product's own.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from siyu.app.comments.finder_file import write_finder
from siyu.app.comments.leads import desk, settle_lead
from siyu.app.comments.screen import screen
from siyu.app.live_codes.desk import CodeDesk, Scan, change_code
from siyu.app.simulate.world import START_US, World
from siyu.app.take_in import TakeIn
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.sandbox.market.live import ARRIVED
from siyu.touchpoints.comment_desk import ONLINE_HALF_LIFE
from siyu.touchpoints.comment_learning import shipped_finder
from siyu.touchpoints.comment_seed import seed_sentences
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.live_code import Visitor
from siyu.touchpoints.touch import Identifier, Touch, touch

#: Comments of an evening, the share that asks, the chance that who asked follows after an answer at once.
A_DAY: Final = 40
ASKING: Final = 0.06
FOLLOWS: Final = 0.4
_EVENING: Final = 12 * HOUR  # 20:00 in Shanghai, from midnight UTC
_GUIDES: Final = 3
_CODE: Final = "season"


@dataclass(frozen=True, slots=True)
class Brought:
    """What the front did.

    Attributes:
        asked: Comments that truly asked; ``found``: leads on the desk, ``right``: of those, comments that truly asked.
        median_delay_minutes: From the comment to the answer.
        follows: Askers who followed after the answer.
        scans: Arrivals that were led somewhere; ``by_guide``: to whom.
    """

    comments: int = 0
    asked: int = 0
    found: int = 0
    right: int = 0
    answered: int = 0
    median_delay_minutes: float = 0.0
    follows: int = 0
    scans: int = 0
    by_guide: dict[str, int] = field(default_factory=dict)


class Front:
    """Plays the front of one world."""

    def __init__(self, of: World, seed: int) -> None:
        self._world, self._seed = of, seed
        self._door = TakeIn(of.workspace)
        texts, lead, complaint = seed_sentences()
        self._asks = [text for text, is_lead in zip(texts, lead.tolist(), strict=True) if is_lead]
        self._tells = [
            text for text, one, other in zip(texts, lead.tolist(), complaint.tolist(), strict=True) if not one + other
        ]
        self._day = START_US // DAY
        self._seen_us = START_US
        self._true: set[str] = set()
        self._counts: dict[str, int] = dict.fromkeys(("comments", "asked", "found", "right", "answered", "follows"), 0)
        self._delays: list[float] = []
        self._guides: dict[str, int] = {}
        # without the encoder, so that a season is the same wherever it runs
        write_finder(of.workspace.folder, replace(shipped_finder(), meaning=np.zeros(0, np.float32)))
        change_code(of.workspace, _code())
        self._codes = CodeDesk(of.workspace)

    def until(self, now_us: int) -> None:
        """Live through the evenings before ``now_us``: comments come in, and the desk answers one a minute."""
        while (self._day * DAY + _EVENING + HOUR) <= now_us:
            at_us = self._day * DAY + _EVENING
            self._day += 1
            if at_us > self._world.clock.now_us():
                self._evening(at_us)

    def answer(self) -> None:
        """Lead everybody who arrived by a code since the last time to a guide."""
        market, now_us = self._world.market, self._world.clock.now_us()
        arrived = market.past().only(ARRIVED)
        fresh = (arrived.at >= self._seen_us) & (arrived.at < now_us) & (market.hidden["source"][arrived.person] < 2)
        self._seen_us = now_us
        order = np.argsort(arrived.at[fresh], kind="stable")
        people, moments = arrived.person[fresh][order].tolist(), arrived.at[fresh][order].tolist()
        scans = [Scan(_CODE, Visitor(f"market {who}"), at_us) for who, at_us in zip(people, moments, strict=True)]
        for choice in self._codes.route_all(scans):
            self._guides[choice.target.name] = self._guides.get(choice.target.name, 0) + 1

    def brought(self) -> Brought:
        """Say what was done, and let go of the code's desk."""
        self._codes.close()
        return Brought(
            **self._counts,
            median_delay_minutes=float(np.median(self._delays)) if self._delays else 0.0,
            scans=sum(self._guides.values()),
            by_guide=self._guides,
        )

    def _evening(self, at_us: int) -> None:
        world, counts = self._world, self._counts
        comments = [self._comment(at_us, number) for number in range(A_DAY)]
        world.clock.advance_to(at_us + 10 * MINUTE)
        self._door.take([one for one, _asks in comments])
        counts["comments"] += len(comments)
        counts["asked"] += sum(asks for _one, asks in comments)
        self._true |= {str(one.properties["text"]) for one, asks in comments if asks}
        counts["found"] += screen(world.workspace).leads
        followed: list[Touch] = []
        for one in desk(world.workspace, most=A_DAY):
            world.clock.advance_to(world.clock.now_us() + MINUTE)
            settle_lead(world.workspace, one["lead"], answered=one["comment"] in self._true)
            if one["comment"] not in self._true:
                continue
            delay_us = world.clock.now_us() - at_us
            counts["right"] += 1
            counts["answered"] += 1
            self._delays.append(delay_us / MINUTE)
            online = 0.5 ** (delay_us / ONLINE_HALF_LIFE)
            if share_of("follows", str(self._seed), one["lead"]) < FOLLOWS * online:
                followed.append(self._touch(TouchKind.FOLLOW, f"f{one['lead']}", world.clock.now_us()))
        counts["follows"] += len(followed)
        self._door.take(followed)

    def _comment(self, at_us: int, number: int) -> tuple[Touch, bool]:
        who = f"{self._seed} {at_us} {number}"
        asks = share_of("asks", who) < ASKING
        known = self._asks if asks else self._tells
        text = known[int(share_of("text", who) * len(known))]
        moment = at_us + int(share_of("when", who) * 10 * MINUTE)
        return self._touch(TouchKind.COMMENT, who.replace(" ", "-"), moment, text=text), asks

    @staticmethod
    def _touch(kind: TouchKind, who: str, at_us: int, **properties: str) -> Touch:
        return touch(
            "douyin", kind, account="market-video", actors=(Identifier("openid@market-video", who),),
            happened_at_us=at_us, received_at_us=at_us, content_id="season", properties=properties,
        )  # fmt: skip


def _code() -> dict[str, Any]:
    guides = [
        {"name": f"guide-{number}", "kind": "staff", "url": f"https://work.weixin.qq.com/u/{number}"}
        for number in range(_GUIDES)
    ]
    return {
        "code": _CODE, "routes": [{"to": guides}], "fallback": {"name": "page", "url": "https://example.org/later"},
        "content": "parcel card", "bait": "sample",
    }  # fmt: skip
