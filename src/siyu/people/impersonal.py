"""Take out of what somebody wrote (脱敏) whatever belongs into the vault: log and lake are to hold nothing personal.

Whoever sends touches is asked to put personal fields into ``traits``. People write their numbers into comments all the
same, and some systems repeat a name in a property.
"""

import re
from typing import Final

import msgspec

from siyu.touchpoints.touch import Scalar, Touch

#: Phone numbers, orders, cards and addresses of mail say who somebody is.
_CONTACT: Final = re.compile(
    r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+|(?<!\d)\+?\d(?:[ -]?\d){6,}(?!\d)", re.IGNORECASE
)
#: Properties that hold what somebody wrote.
_WRITTEN: Final = frozenset({"text", "remark", "note"})
_CONTACTS: Final = frozenset({"phone", "email"})
#: Traits that say who somebody is, and not only what they are like.
_NAMING: Final = ("name", "nickname", "phone", "mobile", "email", "address", "id_number")
_SHORT: Final = 2
_LEFT_OUT: Final = "…"


def without_contacts(text: str) -> str:
    """Replace mail addresses and numbers of seven digits and more by an ellipsis."""
    return _CONTACT.sub(_LEFT_OUT, text).strip()


def impersonal(touch: Touch) -> Touch:
    """Return the touch, its properties without phone numbers, mail addresses and the naming traits it carries."""
    own = [value for name in _NAMING if len(value := touch.traits.get(name, "")) >= _SHORT] if touch.traits else []
    own += [actor.value for actor in touch.actors if actor.namespace in _CONTACTS]
    if not own and _WRITTEN.isdisjoint(touch.properties):
        return touch
    return msgspec.structs.replace(
        touch, properties={name: _left_of(value, name, own) for name, value in touch.properties.items()}
    )


def _left_of(value: Scalar, name: str, own: list[str]) -> Scalar:
    if not isinstance(value, str):
        return value
    said = without_contacts(value) if name in _WRITTEN else value
    for one in own:
        said = said.replace(one, _LEFT_OUT)
    return said
