"""A persona card (人设卡): who a staff member is to people, and how they speak; texts in their name are held to it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from siyu.content.voice import Voice
from siyu.kernel.errors import BadInputError


class Persona(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One card.

    Attributes:
        is_: Who they are, in a line that may stand in a profile.
        knows: What people may ask them about.
        voice: As whom they mostly speak.
        calls: How they address people; one of these stands in every text.
        avoids: Words that are not theirs.
        most_exclamations: So many exclamation marks at most in one text.
        longest: So many characters at most in one text.
    """

    is_: str = msgspec.field(name="is")
    knows: tuple[str, ...] = ()
    voice: Voice | None = None
    calls: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()
    most_exclamations: int = 1
    longest: int = 200


def personas_of(written: Any, *, file: str = "") -> dict[str, Persona]:
    """Read cards from what a YAML file holds, by the platform's user id of the staff member.

    Raises:
        BadInputError: a card is wrong; it says where.
    """
    try:
        return msgspec.convert(written, dict[str, Persona])
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at ")
        raise BadInputError(said, where=": ".join(filter(None, (file, path.strip("`").removeprefix("$."))))) from error


def out_of_tone(persona: Persona, text: str) -> Iterator[tuple[str, str]]:
    """Say what in a text does not sound like them, and how to mend it."""
    for word in persona.avoids:
        if word in text:
            yield f"{word!r} is not their word", "say it as they would"
    if persona.calls and not any(word in text for word in persona.calls):
        yield "nobody is addressed", f"they say {' or '.join(persona.calls)}"
    loud = sum(text.count(mark) for mark in "!！")
    if loud > persona.most_exclamations:
        yield f"{loud} exclamation marks", f"at most {persona.most_exclamations}"
    if len(text) > persona.longest:
        yield f"{len(text)} characters", f"at most {persona.longest}"


def speaker(personas: Mapping[str, Persona], staff: str) -> Persona:
    """Return somebody's card.

    Raises:
        BadInputError: there is none.
    """
    if staff not in personas:
        raise BadInputError(
            f"{staff!r} has no persona card", mend=f"there are {', '.join(personas)}" if personas else ""
        )
    return personas[staff]
