"""One consent, one message (一次性订阅消息): how many subscribe messages a person may still be sent. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch

_PREFIX = "subscribe:"


def subscriptions_left(touches: Iterable[Touch]) -> Mapping[tuple[Identifier, str], int]:
    """Count, for each person and template, the consents that are not used up.

    Each acceptance is good for one message; a message that went out takes one away; a refusal or a change of the
    person's settings takes all.

    Args:
        touches: In the order in which they happened; others than consents to templates are passed over.

    Returns (openid, template id) -> how many messages, never below 0.
    """
    left: dict[tuple[Identifier, str], int] = defaultdict(int)
    for one in touches:
        purpose = one.properties.get("purpose")
        if not isinstance(purpose, str) or not purpose.startswith(_PREFIX) or not one.actors:
            continue
        key = (one.actors[0], purpose.removeprefix(_PREFIX))
        if one.kind is TouchKind.CONSENT_GIVEN:
            left[key] += 1
        elif one.kind is TouchKind.CONSENT_WITHDRAWN:
            left[key] = max(0, left[key] - 1) if one.properties.get("cause") == "used" else 0
    return dict(left)
