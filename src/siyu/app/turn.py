"""One turn of the loop. Start reading here: everything else is a room off this corridor.

touchpoints ──► people ──► campaigns ──► policy ──► dispatch ──► channels
    ▲            take in     propose      judge     carry out       │
    └──────────── receipts are touches too ◄────────────────────────┘
                      measurement looks on, and publishes what campaigns read
"""

from collections.abc import Sequence
from dataclasses import dataclass

from siyu.app.bringing_in.bring_in import bring_in
from siyu.app.campaigns.best_hours import keep_best_hours
from siyu.app.campaigns.propose import propose
from siyu.app.channels.senders import Senders
from siyu.app.dispatch.brake_tasks import tell_the_owner
from siyu.app.dispatch.by_staff import count_by_staff
from siyu.app.dispatch.carry_out import carry_out, look_up
from siyu.app.dispatch.staff_tasks import chase
from siyu.app.fission.asking import asks
from siyu.app.fission.groups import ask_groups
from siyu.app.journeys.tick import tick
from siyu.app.lake import one_look
from siyu.app.measurement.measure import publish_rhythms
from siyu.app.policy.brake import apply_brakes
from siyu.app.policy.judge import Judged, judge_due
from siyu.app.take_in import TakeIn, Taken
from siyu.app.workspace import Workspace
from siyu.campaigns.play import Play, plays
from siyu.kernel.errors import ConfigError
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
    senders: Senders,
    of_plays: Sequence[Play] | None = None,
) -> Turned:
    """Go once round the loop.

    Args:
        touches: What came in since the last turn and was not taken in by a front door.
        senders: Who carries messages out; without any, nothing is proposed.
        of_plays: The plays that the settings name and the campaigns that may ask, if none are given.

    Raises:
        ConfigError: the settings name a play that does not exist.
    """
    take_in = TakeIn(workspace)
    taken = take_in.take(touches)
    take_in.count_up()  # what a server took in and did not count yet is known to the rules from here on
    bring_in(workspace)  # a complaint in a comment silences its writer before anything is judged
    channels = sorted({channel for channel, _ in senders})
    returned = sum(look_up(workspace, senders, channel=channel) for channel in channels)
    count_by_staff(workspace, senders)  # what staff sent past us takes slots too
    chase(workspace, senders)
    with one_look():  # what is measured from here to the proposals is measured of the same touches
        if apply_brakes(workspace):
            tell_the_owner(workspace)
        publish_rhythms(workspace)
        running = [*_running(workspace), *asks(workspace)] if of_plays is None else of_plays
        # plays speak where most people are, and each proposal goes where its person is reached best
        proposed = propose(workspace, running, channel=_first(channels), channels=channels) if channels else 0
        keep_best_hours(workspace)
    ask_groups(workspace, senders)
    tick(workspace)  # journeys propose too; the guard judges what they propose like everything else
    judged = judge_due(workspace)
    handed_over = sum(carry_out(workspace, senders, channel=channel) for channel in channels)
    return Turned(taken, returned, proposed, judged, handed_over)


def _first(channels: Sequence[str]) -> str:
    """Return where plays propose: WeCom if it is connected, for that is where people are talked to."""
    return "wecom" if "wecom" in channels else channels[0]


def _running(workspace: Workspace) -> list[Play]:
    known = plays()
    unknown = [name for name in workspace.settings.plays if name not in known]
    if unknown:
        raise ConfigError(f"there is no play {unknown[0]!r}: plays = [{', '.join(sorted(known))}]")
    return [known[name] for name in workspace.settings.plays]
