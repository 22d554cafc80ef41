"""One turn of the loop. Start reading here: everything else is a room off this corridor.

touchpoints ──► people ──► campaigns ──► policy ──► dispatch ──► channels
    ▲            take in     propose      judge     carry out       │
    └──────────── receipts are touches too ◄────────────────────────┘
                      measurement looks on, and publishes what campaigns read
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from siyu.app.carry_out import carry_out, look_up
from siyu.app.judge import Judged, judge_due
from siyu.app.measure import publish_rhythms
from siyu.app.propose import propose
from siyu.app.take_in import TakeIn, Taken
from siyu.app.workspace import Workspace
from siyu.campaigns.play import Play, plays
from siyu.dispatch.ports import Sender
from siyu.touchpoints.touch import Touch


@dataclass(frozen=True, slots=True)
class Turned:
    """What one turn did.

    Attributes:
        returned: Messages whose end we learned.
        proposed: New proposals.
        handed_over: Messages the platforms took.
    """

    taken: Taken
    returned: int
    proposed: int
    judged: Judged
    handed_over: int


def turn(
    workspace: Workspace,
    touches: Sequence[Touch],
    *,
    senders: Mapping[str, Sender],
    of_plays: Sequence[Play] | None = None,
) -> Turned:
    """Go once round the loop.

    Args:
        touches: What came in since the last turn and was not taken in by a front door.
        senders: By channel; without one, proposals wait.
        of_plays: All plays there are, if none are named.
    """
    taken = TakeIn(workspace).take(touches)
    returned = sum(look_up(workspace, sender, channel=channel) for channel, sender in senders.items())
    publish_rhythms(workspace)
    running = list(plays().values()) if of_plays is None else of_plays
    proposed = sum(propose(workspace, running, channel=channel) for channel in senders)
    judged = judge_due(workspace)
    handed_over = sum(carry_out(workspace, sender, channel=channel) for channel, sender in senders.items())
    return Turned(taken, returned, proposed, judged, handed_over)
