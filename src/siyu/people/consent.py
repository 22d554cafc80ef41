"""Consent (授权): a ledger of what a person allowed; the strictest state wins, a withdrawal acts at once.

Source: PIPL (个人信息保护法) articles 13 to 16: consent is given for a purpose, may be withdrawn as easily as
given, and
withdrawing does not make earlier processing unlawful.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

#: What consent is asked for. ``marketing`` covers anything meant to sell; ``service`` what a running order needs.
MARKETING: Final = "marketing"
SERVICE: Final = "service"
ADS_UPLOAD: Final = "ads_upload"
#: A withdrawal of it is the "no personalised offers" switch (PIPL article 24); saying nothing leaves it on.
PERSONALISED: Final = "personalised"
#: A guardian's consent for somebody under fourteen (PIPL article 31).
GUARDIAN: Final = "guardian"
PURPOSES: Final = (MARKETING, SERVICE, ADS_UPLOAD, PERSONALISED, GUARDIAN)
#: A withdrawal whose proof begins so is no refusal: the one message that the consent was good for has gone out.
USED_UP: Final = "used:"
#: Stands for every channel in a record.
EVERY_CHANNEL: Final = ""


class ConsentRecord(msgspec.Struct, frozen=True, gc=False):
    """One decision of a person.

    Attributes:
        identifier_id: The identifier through which it was said; the record follows it through merge and split.
        channel: Where it holds; ``EVERY_CHANNEL`` for all.
        text_version: Which text the person saw.
        proof: Where it can be checked: a touch id, a form, a recording.
        decided_at_us: Microseconds since 1970 UTC.
    """

    identifier_id: int
    purpose: str
    channel: str
    granted: bool
    text_version: str
    proof: str
    decided_at_us: int


def is_granted(records: Iterable[ConsentRecord], *, purpose: str, channel: str) -> bool:
    """Tell whether one person allows a purpose on a channel, from all records of its identifiers.

    Each identifier speaks for itself: its latest word for this channel or for every channel. One identifier that
    withdrew outweighs all that granted. Nothing said is not granted. At the same moment, a withdrawal counts last.
    """
    scopes = {EVERY_CHANNEL, channel}
    said = [one for one in records if one.purpose == purpose and one.channel in scopes]
    if len(said) < 2:  # as a rule; the guard asks for thousands a second
        return bool(said) and said[0].granted
    latest: dict[tuple[int, str], ConsentRecord] = {}
    for record in said:
        place = (record.identifier_id, record.channel)
        held = latest.get(place)
        if held is None or _order(record) > _order(held):
            latest[place] = record
    by_identifier: dict[int, bool] = {}
    for (identifier_id, scope), record in latest.items():
        other = latest.get((identifier_id, channel if scope == EVERY_CHANNEL else EVERY_CHANNEL))
        decisive = record if other is None or _order(record) >= _order(other) else other
        by_identifier[identifier_id] = decisive.granted
    return bool(by_identifier) and all(by_identifier.values())


def may_personalise(records: Iterable[ConsentRecord]) -> bool:
    """Tell whether content may be chosen by what we know of the person: unless one of its identifiers refused."""
    said = [record for record in records if record.purpose == PERSONALISED]
    return not said or is_granted(said, purpose=PERSONALISED, channel=EVERY_CHANNEL)


def _order(record: ConsentRecord) -> tuple[int, bool]:
    return (record.decided_at_us, not record.granted)
