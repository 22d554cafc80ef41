"""Which rules are in force: built from the workspace's settings."""

from datetime import time

from siyu.app.settings import Policy
from siyu.policy.guard import Rule
from siyu.policy.rules.consent import Consent
from siyu.policy.rules.deadline import Deadline
from siyu.policy.rules.frequency_cap import FrequencyCap
from siyu.policy.rules.holdout import Holdout
from siyu.policy.rules.quiet_hours import QuietHours
from siyu.policy.rules.relation import HasRelation


def rules_of(policy: Policy) -> list[Rule]:
    """Return the rules in the order they are asked; a denial ends the asking."""
    return [
        Deadline(),
        Holdout(),
        HasRelation(),
        Consent(),
        QuietHours(time.fromisoformat(policy.quiet_from), time.fromisoformat(policy.quiet_to)),
        FrequencyCap(policy.cap, policy.cap_days),
    ]
