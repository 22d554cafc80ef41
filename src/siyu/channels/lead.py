"""A lead (线索): somebody left a way to be reached. One normal form for forms, cards and imports of every platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from siyu.channels.record import phone_of
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One lead.

    Attributes:
        lead_id: The platform's own id; the same lead read twice is one touch.
        known_as: Who left it, by the identifiers the platform gave.
        traits: What was typed (``name``, ``phone``, ``wechat``, ``email``, ``city`` …); goes to the vault only.
    """

    channel: str
    account: str
    lead_id: str
    left_at_us: int
    known_as: tuple[Identifier, ...] = ()
    scene: str = ""
    source_code: str = ""
    content_id: str = ""
    about: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Scalar] = field(default_factory=dict)


def touch_of_lead(lead: Lead, *, received_at_us: int) -> Touch:
    """Return the touch of a lead. A phone that can be called and an e-mail name the person; masked ones do not.

    Raises:
        BadInputError: a field is too long or out of range.
    """
    actors = list(lead.known_as)
    if phone := phone_of(lead.traits.get("phone", "")):
        actors.append(Identifier("phone", phone))
    email = lead.traits.get("email", "").strip()
    if 3 <= len(email) <= 254 and email.count("@") == 1 and "*" not in email:
        actors.append(Identifier("email", email))
    if not actors:
        actors.append(Identifier(f"lead_no@{lead.channel}:{lead.account}", lead.lead_id))
    return touch(
        lead.channel,
        TouchKind.LEAD,
        happened_at_us=lead.left_at_us,
        received_at_us=received_at_us,
        event_key=lead.lead_id,
        account=lead.account,
        actors=tuple(actors),
        scene=lead.scene,
        source_code=lead.source_code,
        content_id=lead.content_id,
        about=lead.about,
        properties=lead.properties,
        traits={name: value for name, value in lead.traits.items() if value},
    )
