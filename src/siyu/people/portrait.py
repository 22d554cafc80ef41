"""Portrait (画像) and tags (标签): what somebody is known to be, since when, from whom, and until when.

A portrait is a log: every new value of a field is one more fact with the moment we came to know it, so that "what did
we know then" has an answer. Only coarse fields stand in it; names, birthdays and addresses stay in the vault.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from siyu.kernel.period import DAY, moment_of
from siyu.people.city import city_tier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

#: Fields that a platform or a file may say directly.
SAID: Final = ("city", "province", "country", "language")
#: Fields that are derived.
DERIVED: Final = ("gender", "age_band", "birth_month", "city_tier", "stage")
FIELDS: Final = (*SAID, *DERIVED)
UNDER_14: Final = "under_14"
_BANDS: Final = ((14, UNDER_14), (18, "14_17"), (25, "18_24"), (35, "25_34"), (45, "35_44"), (55, "45_54"))
_OLDEST: Final = 120
_GENDERS: Final = {"1": "male", "m": "male", "male": "male", "男": "male", "男性": "male",
                   "2": "female", "f": "female", "female": "female", "女": "female", "女性": "female"}  # fmt: skip
_LONGEST: Final = 128
_TOPICS: Final = ("topic", "category", "interest")
#: Properties of a touch that say something of tags.
SAYS_TAGS: Final = frozenset({"tags", *_TOPICS})
_SHOWS_INTEREST: Final = frozenset({
    TouchKind.COMMENT, TouchKind.LIKE, TouchKind.SAVE, TouchKind.SHARE, TouchKind.CLICK, TouchKind.VISIT,
})  # fmt: skip
#: How long an interest holds after the last sign of it.
INTEREST_US: Final = 90 * DAY
INTEREST: Final = "interest:"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was learnt about an identifier.

    Attributes:
        known_at_us: When we came to know it.
        source: Who said so: the channel, an import, ``house`` for what we derived.
    """

    identifier_id: int
    field: str
    value: str
    known_at_us: int
    source: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag on an identifier; ``until_us`` is None while it holds without an end."""

    identifier_id: int
    name: str
    source: str
    since_us: int
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class TagSet:
    """Every tag of one source on an identifier as of a moment: those it does not name were taken off."""

    identifier_id: int
    source: str
    names: tuple[str, ...]
    at_us: int


def facts_of(said: Sequence[tuple[int, Touch]]) -> list[Fact]:
    """Return what a batch of (identifier number, touch) says for the portrait; anything unreadable says nothing."""
    return [
        Fact(number, name, value, touch.received_at_us, touch.channel)
        for number, touch in said
        if number and touch.traits
        for name, value in portrait_of(touch.traits, at_us=touch.received_at_us).items()
    ]


def portrait_of(traits: Mapping[str, str], *, at_us: int) -> dict[str, str]:
    """Return the coarse fields behind personal ones: the age band of a birthday, the tier of a city."""
    found = {name: value[:_LONGEST] for name in SAID if (value := traits.get(name, "").strip())}
    gender = _GENDERS.get(traits.get("gender", "").strip().lower())
    if gender:
        found["gender"] = gender
    born = _born(traits.get("birthday", "") or traits.get("birth_date", ""))
    band = _band(born, at_us=at_us)
    if born and band:
        found |= {"age_band": band, "birth_month": f"{born.month:02}"}
    tier = city_tier(found.get("city", ""), province=found.get("province", ""))
    if tier:
        found["city_tier"] = tier
    return found


def age_band(birthday: str, *, at_us: int) -> str:
    """Return the band of age on the day of ``at_us`` (UTC); empty for what is no day of birth.

    Reads 1990-05-17, 1990/5/17, 1990.5.17, 19900517 and 1990年5月17日.
    """
    return _band(_born(birthday), at_us=at_us)


def _born(birthday: str) -> date | None:
    text = birthday.strip().replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-")
    if text.isascii() and text.isdigit() and len(text) == len("19900517"):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        year, month, day = (int(part) for part in text.split("T")[0].split(" ")[0].split("-"))
        return date(year, month, day)
    except ValueError:
        return None


def _band(born: date | None, *, at_us: int) -> str:
    if born is None:
        return ""
    today = moment_of(at_us).date()
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not 0 <= years <= _OLDEST:
        return ""
    return next((name for below, name in _BANDS if years < below), "55_up")


def tags_of(said: Sequence[tuple[int, Touch]]) -> tuple[list[Tag], list[TagSet]]:
    """Return what a batch says about tags: interests that content and comments show, and the tags of platforms.

    A touch with the property ``tags`` (names separated by commas) gives the whole set of its source: a platform's
    account, or one of its staff. A touch with ``topic``, ``category`` or ``interest`` gives an interest for 90 days.
    """
    interests: dict[tuple[int, str, str], Tag] = {}
    sets: dict[tuple[int, str], TagSet] = {}
    for number, touch in said:
        if not number or not touch.properties:
            continue
        if "tags" in touch.properties:
            source = "/".join(filter(None, (touch.channel, touch.account, touch.staff)))[:_LONGEST]
            names = str(touch.properties["tags"]).replace("，", ",").split(",")
            held = sets.get((number, source))
            if held is None or held.at_us <= touch.happened_at_us:
                kept = tuple(dict.fromkeys(name.strip()[:_LONGEST] for name in names if name.strip()))
                sets[number, source] = TagSet(number, source, kept, touch.happened_at_us)
        if touch.kind in _SHOWS_INTEREST:
            topic = next((str(touch.properties[name]) for name in _TOPICS if touch.properties.get(name)), "").strip()
            if topic:
                name = f"{INTEREST}{topic}"[:_LONGEST]
                until = touch.happened_at_us + INTEREST_US
                before = interests.get((number, name, touch.channel))
                since = min(before.since_us, touch.happened_at_us) if before else touch.happened_at_us
                latest = max(before.until_us or 0, until) if before else until
                interests[number, name, touch.channel] = Tag(number, name, touch.channel, since, latest)
    return list(interests.values()), list(sets.values())


def newest(facts: Iterable[Fact], *, at_us: int | None = None) -> dict[str, Fact]:
    """Return the value of each field as we knew it at a moment (now, if none is given)."""
    found: dict[str, Fact] = {}
    for one in facts:
        if at_us is not None and one.known_at_us > at_us:
            continue
        held = found.get(one.field)
        if held is None or (one.known_at_us, one.identifier_id) >= (held.known_at_us, held.identifier_id):
            found[one.field] = one
    return found
