"""The replenishment play as the crash tests use it: whoever is due is proposed to, and nothing is chosen among."""

from collections.abc import Sequence

from siyu.campaigns.facts import Facts
from siyu.campaigns.play import plays
from siyu.campaigns.proposal import Proposal


class Reminding:
    """Proposes as replenishment does, and states no expectation for next best action to weigh."""

    name, chinese, subsystem = "replenishment", "复购提醒", "trigger"

    def propose(self, facts: Facts, /, *, now_us: int, channel: str) -> Sequence[Proposal]:
        return plays()[self.name].propose(facts, now_us=now_us, channel=channel)
