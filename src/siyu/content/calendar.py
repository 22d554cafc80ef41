"""A content calendar (内容排期): which piece of a topic goes to whom, where, when, and what people may do with it.

Every piece says its four parts: traffic (whom it meets, through which channel), content (the words, what they cost),
scene (where and when in somebody's day), interaction (what is asked of the reader); and its brief: who looked at what
people want, and what was seen. One person briefs, another one makes.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import msgspec

from siyu.content.persona import Persona, out_of_tone, speaker
from siyu.content.voice import Voice
from siyu.kernel.errors import BadInputError
from siyu.kernel.resemblance import resemblance, runs_of
from siyu.touchpoints.scene import SceneFamily

#: From this resemblance on, a piece says again what another one said.
ALIKE: Final = 0.5
#: So far a calendar may be from its own mix of voices, as a share (house rule).
MIX_SLACK: Final = 0.1
#: Shorter texts resemble each other by chance.
_LEAST_RUNS: Final = 8
_BRAND: Final = re.compile(r"我们|我司|我店|本店|本公司|本品牌|小店|\b(?:we|our|us)\b", re.IGNORECASE)
_READER: Final = re.compile(r"你|您|大家|宝宝们|姐妹|家人们|\byour?\b", re.IGNORECASE)


class Traffic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom the piece meets.

    Attributes:
        channel: Where it is seen, as in the channel-role map (``dispatch/channel_roles.toml``).
        segment: For whom it is made; ``everybody`` is one too.
    """

    channel: str
    segment: str = "everybody"


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it says.

    Attributes:
        text: As it will be read.
        form: Article, picture, video, live, card: for people who plan.
        cost_minor: What making it costs, minor units of the brand's currency.
        made_by: Who makes it.
    """

    text: str
    form: str = "text"
    cost_minor: int = 0
    made_by: str = ""


class Scene(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and when in somebody's day it is met."""

    family: SceneFamily
    occasion: str = ""


class Interaction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of the reader, and what they get for it."""

    asks: Literal["question", "vote", "story", "save", "visit", "none"] = "none"
    promise: str = ""


class Brief(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people want, by whom it was seen: the hand-over from who analyses to who makes."""

    seen: str = ""
    written_by: str = ""


class PlannedPiece(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One piece of the calendar; ``content_id`` is carried by every touch it leads to.

    Attributes:
        voice: As whom it speaks.
        speaker: The staff member in whose name, if one has a persona card.
    """

    content_id: str
    topic: str
    day: date
    traffic: Traffic
    content: Words
    scene: Scene
    interaction: Interaction = Interaction()
    brief: Brief = Brief()
    voice: Voice | None = None
    speaker: str = ""


class ContentCalendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar.

    Attributes:
        most_a_day: Pieces that one segment may meet on one channel a day: people's patience.
        mix: Which share of its pieces each voice should have; they add up to 1. Empty: any.
    """

    name: str
    pieces: tuple[PlannedPiece, ...]
    most_a_day: int = 1
    mix: dict[Voice, float] = {}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: which piece, what (``repeat``, ``own_view`` …), why, and how."""

    content_id: str
    what: str
    says: str
    mend: str


def calendar_of(written: Any, *, file: str = "") -> ContentCalendar:
    """Read a calendar from what its YAML or JSON file holds.

    Raises:
        BadInputError: a part is missing, unknown or of the wrong type, or two pieces have one id; it says where.
    """
    try:
        calendar = msgspec.convert(written, ContentCalendar)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at ")
        raise BadInputError(said, where=": ".join(filter(None, (file, path.strip("`").removeprefix("$."))))) from error
    if calendar.mix and (min(calendar.mix.values()) < 0 or abs(sum(calendar.mix.values()) - 1) > 1e-9):
        told = f"the shares add up to {sum(calendar.mix.values()):g}"
        raise BadInputError(told, where=f"{file}: mix".lstrip(": "), mend="they must add up to 1, none below 0")
    twice = [one for one, times in Counter(piece.content_id for piece in calendar.pieces).items() if times > 1]
    if twice:
        raise BadInputError(f"{twice[0]!r} names two pieces", where=file, mend="one content_id a piece")
    return calendar


def findings(calendar: ContentCalendar, earlier: Mapping[str, str] | None = None) -> list[Finding]:
    """Look for what a good editor would send back.

    Args:
        earlier: Texts that were published before, by their content id.
    """
    found = [finding for piece in calendar.pieces for finding in _of_piece(piece)]
    return [*found, *_repeats(calendar.pieces, earlier or {}), *_crowded(calendar), *_mixed(calendar)]


def off_mix(mix: Mapping[Voice, float], counts: Mapping[Voice, int]) -> list[Voice]:
    """Return the voices that have more than their share by more than ``MIX_SLACK``."""
    whole = sum(counts.values())
    return [voice for voice, count in counts.items() if mix and count > (mix.get(voice, 0.0) + MIX_SLACK) * whole]


def gaps(calendar: ContentCalendar, roles: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return, for each segment, the roles (talk, serve, content) that no piece of the calendar plays for it.

    Args:
        roles: What each channel is for.
    """
    every = {role for some in roles.values() for role in some}
    played: dict[str, set[str]] = {}
    for piece in calendar.pieces:
        played.setdefault(piece.traffic.segment, set()).update(roles.get(piece.traffic.channel, ()))
    return {segment: sorted(every - some) for segment, some in sorted(played.items()) if every - some}


def _of_piece(piece: PlannedPiece) -> Iterator[Finding]:
    brief, made_by = piece.brief, piece.content.made_by
    if not brief.seen:
        told = "nothing says what people want here"
        yield Finding(piece.content_id, "no_brief", told, "write into brief.seen what was asked, how often, where")
    if brief.written_by and brief.written_by == made_by:
        told = f"{made_by} briefed and made it"
        yield Finding(piece.content_id, "one_pair_of_eyes", told, "let somebody else brief or make it")
    if piece.interaction.asks == "none":
        told = "the reader can do nothing with it"
        yield Finding(piece.content_id, "no_interaction", told, "ask a question, a vote, a story, a save or a visit")
    ours, theirs = (len(words.findall(piece.content.text)) for words in (_BRAND, _READER))
    if ours > theirs:
        told = f"speaks of the brand {ours} times, of the reader {theirs} times"
        yield Finding(piece.content_id, "own_view", told, "say what the reader has from it")


def _repeats(pieces: Sequence[PlannedPiece], earlier: Mapping[str, str]) -> Iterator[Finding]:
    said = [(name, runs_of(text)) for name, text in earlier.items()]
    for piece in sorted(pieces, key=lambda one: one.day):
        runs = runs_of(piece.content.text)
        alike = [(resemblance(runs, others), name) for name, others in said if name != piece.content_id]
        share, name = max(alike, default=(0.0, ""))
        if share >= ALIKE and len(runs) >= _LEAST_RUNS:
            told = f"{share:.0%} of it stands in {name}"
            yield Finding(piece.content_id, "repeat", told, "say something that was not said yet, or leave it out")
        said.append((piece.content_id, runs))


def _crowded(calendar: ContentCalendar) -> Iterator[Finding]:
    met: Counter[tuple[date, str, str]] = Counter()
    for piece in calendar.pieces:
        place = piece.day, piece.traffic.channel, piece.traffic.segment
        met[place] += 1
        if met[place] > calendar.most_a_day:
            told = f"{piece.traffic.segment} meet {met[place]} pieces on {piece.traffic.channel} on {piece.day}"
            yield Finding(piece.content_id, "crowded", told, f"at most {calendar.most_a_day} a day: move it")


def _mixed(calendar: ContentCalendar) -> Iterator[Finding]:
    if not calendar.mix:
        return
    counts = Counter(piece.voice for piece in calendar.pieces if piece.voice)
    for piece in calendar.pieces:
        if piece.voice is None:
            yield Finding(
                piece.content_id, "no_voice", "nothing says as whom it speaks", "voice: expert, friend or sales"
            )
        elif piece.voice in off_mix(calendar.mix, counts):
            told = f"{counts[piece.voice]} of {counts.total()} pieces are {piece.voice}"
            yield Finding(piece.content_id, "mix", told, f"{calendar.mix.get(piece.voice, 0.0):.0%} are planned")


def toneless(calendar: ContentCalendar, personas: Mapping[str, Persona]) -> Iterator[Finding]:
    """Look for texts that do not sound like the staff member in whose name they go.

    Raises:
        BadInputError: somebody who speaks has no card.
    """
    for piece in calendar.pieces:
        if not piece.speaker:
            continue
        persona = speaker(personas, piece.speaker)
        for told, mend in out_of_tone(persona, piece.content.text):
            yield Finding(piece.content_id, "tone", told, mend)
        if persona.voice and piece.voice and piece.voice != persona.voice:
            told = f"{piece.speaker} speaks as {persona.voice}, this as {piece.voice}"
            yield Finding(piece.content_id, "tone", told, "let somebody else say it, or say it otherwise")
