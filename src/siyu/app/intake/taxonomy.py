"""What the events and properties of other trackers are in ours: read from ``taxonomy.toml``."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import msgspec

from siyu.kernel.errors import BadInputError
from siyu.kernel.money import minor_units
from siyu.touchpoints.kind import KINDS_BY_SLUG, TouchKind
from siyu.touchpoints.touch import MAX_TEXT, Identifier, Scalar

_LONGEST_PROPERTY: Final = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """What the properties of an event say.

    Attributes:
        fields: Fields of the touch: ``about content_id source_code scene currency``.
        value_minor: Money, in minor units of the currency told or of the one given.
        properties, traits: What is left, apart by whether it is personal.
        identifiers: Names the properties give to the person.
    """

    fields: Mapping[str, str]
    value_minor: int
    properties: Mapping[str, Scalar]
    traits: Mapping[str, str]
    identifiers: tuple[Identifier, ...]


def kind_of(event: str) -> TouchKind:
    """Return the kind of a tracker's event by its name; ``OTHER`` if nobody knows it."""
    plain = _plain(event)
    return _events().get(plain) or KINDS_BY_SLUG.get(event, TouchKind.OTHER)


def tell(properties: Mapping[str, Any], currency: str) -> Told:
    """Sort the properties of an event.

    Raises:
        BadInputError: the amount is no amount of money.
    """
    words = _words()
    left = dict(properties)
    fields: dict[str, str] = {}
    for field, names in words["fields"].items():
        found = next((name for name in names if left.get(name) not in (None, "")), None)
        if found is not None and not isinstance(left[found], (dict, list)):
            fields[field] = str(left.pop(found))[: MAX_TEXT if field != "currency" else None]
    money = fields.pop("currency", "") or currency
    if not re.fullmatch("[A-Z]{3}", money):
        raise BadInputError(f"{money!r} is no currency", where="currency", mend="three letters, such as CNY")
    value = fields.pop("value", "")
    minor = minor_units(float(value), money) if value else 0
    traits: dict[str, str] = {}
    identifiers: list[Identifier] = []
    for trait, names in words["traits"].items():
        for name in names:
            if left.get(name) not in (None, ""):
                told = left.pop(name)
                text = told if isinstance(told, str) else msgspec.json.encode(told).decode()
                traits.setdefault(trait, text)
                if trait in words["identifiers"] and len(text) <= MAX_TEXT:
                    identifiers.append(Identifier(trait, text))
    kept = {name: _scalar(one) for name, one in left.items() if one is not None}
    return Told({**fields, "currency": money}, minor, kept, traits, tuple(dict.fromkeys(identifiers)))


def _scalar(value: Any) -> Scalar:
    if isinstance(value, (bool, int, float)):
        return value
    return (value if isinstance(value, str) else msgspec.json.encode(value).decode())[:_LONGEST_PROPERTY]


@cache
def _events() -> dict[str, TouchKind]:
    return {_plain(name): KINDS_BY_SLUG[slug] for slug, names in _words()["events"].items() for name in names}


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files(__package__).joinpath("taxonomy.toml").read_text("utf-8"))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).lower()
