"""Policies that are compared: what brands do today, and what Siyu does by default."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from siyu.app.simulate.world import START_US, Numbers
from siyu.campaigns.play import Play, plays
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.campaigns.rhythms import Rhythms
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY

_OFFER: Final = Piece(content_id="blast-1", text="本周特价，全场八五折，点我直接下单。")
_NO_CAPS: Final[Numbers] = {"cap": 1000, "play_cap": 1000, "staff_a_day": 1_000_000, "holdout_share": 0.0}
_NO_TRIALS: Final = "\n[next_best]\nexplore = 0.0\n"


@dataclass(frozen=True, slots=True)
class Everyone:
    """An offer to everybody, every ``every_days`` days; ``silent_days``: only to who has not bought for so long.

    It knows of people only what plays are given, so who never bought is not written to.
    """

    name: str
    every_days: int
    silent_days: int = 0
    chinese: ClassVar[str] = "群发"
    subsystem: ClassVar[str] = "motivation"

    def propose(self, rhythms: Rhythms, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose once a period, whoever it is."""
        period = (now_us - START_US) // (self.every_days * DAY)
        chosen = now_us - rhythms.last_at_us >= self.silent_days * DAY
        return [
            Proposal(
                proposal_id=proposal_id(self.name, int(person), START_US + int(period)),
                play=self.name,
                person_id=int(person),
                purpose="marketing",
                channel=channel,
                action="mass_send",
                piece=_OFFER,
                expected_value_minor=1.0,
                proposed_at_us=now_us,
                due_at_us=now_us,
                deadline_us=now_us + 3 * DAY,
            )
            for person in rhythms.person[np.flatnonzero(chosen)]
        ]


@dataclass(frozen=True, slots=True)
class Policy:
    """One way to run a brand.

    Attributes:
        numbers: Settings of the guard that differ from the product's defaults.
        settings: More of ``siyu.toml``.
    """

    name: str
    says: str
    plays: Callable[[], Sequence[Play]]
    numbers: Numbers
    settings: str = ""


POLICIES: Final = {
    one.name: one
    for one in (
        Policy("nothing", "nobody is written to", list, {}),
        Policy(
            "everything_to_everyone",
            "an offer to everybody twice a week, no caps",
            lambda: [Everyone("everything_to_everyone", 3)],
            _NO_CAPS,
            _NO_TRIALS,
        ),
        Policy(
            "rule_of_thumb",
            "an offer to everybody every two weeks, and one more to who has not bought for 30 days; no caps",
            lambda: [Everyone("every_two_weeks", 14), Everyone("silent_30_days", 30, 30)],
            _NO_CAPS,
            _NO_TRIALS,
        ),
        Policy("siyu", "all plays, the guard's defaults, a twentieth held out", lambda: list(plays().values()), {}),
    )
}


def policy_named(name: str) -> Policy:
    """Return a policy.

    Raises:
        BadInputError: there is none of that name.
    """
    if name not in POLICIES:
        raise BadInputError(f"there is no policy {name!r}", where="--compare", mend=f"there are {', '.join(POLICIES)}")
    return POLICIES[name]
