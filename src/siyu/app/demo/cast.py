"""The cast: which of the grocer's real households are, in the demo, customers of a played WeCom.

The data has no WeCom. Who added a guide, who agreed to be written to, and who leaves again is made up here, from each
household's number alone, so that every run plays the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siyu.app.demo.grocer import HOUSEHOLD
from siyu.kernel.ids import share_of
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

GUIDES: Final = ("guide-anna", "guide-ben", "guide-chen", "guide-dora", "guide-emil")
#: Shares of households that added a guide; of those, that agreed to marketing; that leave while the demo runs; that
#: take their consent back while it runs. Made up.
ADDED, AGREED, LEAVE, WITHDRAW = 0.85, 0.92, 0.05, 0.03


@dataclass(frozen=True, slots=True)
class Player:
    """One household in the played WeCom.

    Attributes:
        leaves_on, withdraws_on: Day of the replay, or None.
    """

    household: str
    external_userid: str
    unionid: str
    guide: str
    agreed: bool
    leaves_on: int | None
    withdraws_on: int | None


def cast(households: Sequence[str], *, days: int) -> list[Player]:
    """Choose the players for a replay of ``days`` days."""
    return [
        Player(
            household=household,
            external_userid=f"wm{int(household):030d}",
            unionid=f"o{int(household):027d}",
            guide=GUIDES[int(share_of("guide", household) * len(GUIDES))],
            agreed=share_of("agreed", household) < AGREED,
            leaves_on=_day("leaves", household, LEAVE, days),
            withdraws_on=_day("withdraws", household, WITHDRAW, days),
        )
        for household in households
        if share_of("added", household) < ADDED
    ]


def membership(players: Sequence[Player], *, account: str, at_us: int) -> list[Touch]:
    """Say how the shop knows its members: by till number and unionid; and what they agreed to when they joined."""
    touches = []
    for player in players:
        who = (Identifier(f"unionid@{account}", player.unionid), Identifier(HOUSEHOLD, player.household))
        touches.append(
            touch(
                "store",
                TouchKind.MEMBER_JOINED,
                actors=who,
                event_key=f"member {player.household}",
                happened_at_us=at_us,
                received_at_us=at_us,
            )
        )
        if player.agreed:
            touches.append(_consent(player, TouchKind.CONSENT_GIVEN, account, at_us))
    return touches


def withdrawals(players: Sequence[Player], day: int, *, account: str, at_us: int) -> list[Touch]:
    """Return who takes consent back on a day of the replay."""
    return [
        _consent(player, TouchKind.CONSENT_WITHDRAWN, account, at_us)
        for player in players
        if player.agreed and player.withdraws_on == day
    ]


def _consent(player: Player, kind: TouchKind, account: str, at_us: int) -> Touch:
    return touch(
        "store",
        kind,
        actors=(Identifier(f"unionid@{account}", player.unionid),),
        event_key=f"consent {player.household}",
        happened_at_us=at_us,
        received_at_us=at_us,
        properties={"purpose": "marketing", "text_version": "demo-1"},
    )


def _day(what: str, household: str, share: float, days: int) -> int | None:
    drawn = share_of(what, household)
    return int(drawn / share * days) if drawn < share else None
