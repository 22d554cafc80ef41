"""Calls of Segment's SDKs become touches.

Source: the Segment spec (segment.com/docs/connections/spec): ``identify``, ``track``, ``page``, ``screen``,
``group`` and ``alias``, each with ``messageId``, ``userId``, ``anonymousId``, ``timestamp`` and ``context``.
"""

from typing import Any, Final

from siyu.app.intake.taxonomy import kind_of, tell
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of_text
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, happened, touch

TYPES: Final = ("track", "identify", "page", "screen", "group", "alias")
_CHANNELS: Final = {"browser": "web", "mobile": "app", "server": "server"}


def touch_of_call(call: Any, *, received_at_us: int, currency: str, account: str = "") -> Touch:
    """Understand one call.

    Args:
        currency: The brand's, for amounts that name none.
        account: Which of the brand's sources it came through: the label of its write key.

    Raises:
        BadInputError: it is no call of the spec.
    """
    if not isinstance(call, dict):
        raise BadInputError("a call is an object", where="batch")
    kind_name = call.get("type")
    if kind_name not in TYPES:
        raise BadInputError(f"{kind_name!r} is no call of Segment's", where="type", mend=f"one of {', '.join(TYPES)}")
    context = _table(call, "context")
    actors = [Identifier("customer_no", _text(call, "userId"))] if call.get("userId") else []
    if call.get("anonymousId"):
        actors.append(Identifier("anonymous_id", _text(call, "anonymousId")))
    if kind_name == "alias":
        actors.append(Identifier("anonymous_id", _text(call, "previousId")))
    if not actors:
        raise BadInputError("a call needs userId or anonymousId", where="userId")
    told = tell({**_table(call, "properties"), **_table(call, "traits")}, currency)
    if kind_name == "track":
        event = call.get("event")
        if not isinstance(event, str) or not event:
            raise BadInputError("track needs the name of the event", where="event")
        kind = kind_of(event)
    else:
        event = str(call.get("name") or "")
        kind = TouchKind.VISIT if kind_name in {"page", "screen"} else TouchKind.OTHER
    properties: dict[str, Any] = {**told.properties, "call": kind_name}
    if event:
        properties["event"] = event
    if kind_name == "group":
        properties["group_id"] = _text(call, "groupId")
    campaign = _table(context, "campaign")
    value = -abs(told.value_minor) if kind is TouchKind.ORDER_REFUNDED else told.value_minor
    written = call.get("timestamp") or call.get("originalTimestamp") or call.get("sentAt")
    return touch(
        _CHANNELS.get(
            str(call.get("channel") or ""), "web" if "page" in context or "userAgent" in context else "server"
        ),
        kind,
        happened_at_us=happened(us_of_text(str(written)), received_at_us) if written else received_at_us,
        received_at_us=received_at_us,
        event_key=str(call.get("messageId") or ""),
        account=account,
        actors=(*actors, *told.identifiers),
        scene=told.fields.get("scene", ""),
        source_code=told.fields.get("source_code") or str(campaign.get("name") or "")[:512],
        content_id=told.fields.get("content_id", ""),
        about=told.fields.get("about", ""),
        value_minor=value,
        currency=told.fields["currency"],
        properties=properties,
        traits=told.traits,
    )


def _table(call: dict[str, Any], name: str) -> dict[str, Any]:
    found = call.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadInputError("must be an object", where=name)
    return found


def _text(call: dict[str, Any], name: str) -> str:
    found = call.get(name)
    if not isinstance(found, (str, int)) or isinstance(found, bool) or not str(found) or len(str(found)) > 512:
        raise BadInputError("must be text of at most 512 characters", where=name)
    return str(found)
