"""Touches as JSON: what ``POST /v1/touches`` and NDJSON files say."""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from siyu.app.intake.understood import SetAside
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.money import minor_units
from siyu.kernel.period import EARLIEST_US, LATEST_US, us_of
from siyu.touchpoints.kind import KINDS_BY_SLUG
from siyu.touchpoints.touch import MAX_TEXT, MOST_MINOR, Identifier, Scalar, Touch, happened, touch

#: Touches in one request.
MOST_TOUCHES: Final = 1_000
_MOST_ACTORS: Final = 16
_MOST_NAMESPACE: Final = 128
_MOST_CHANNEL: Final = 64
_NUL: Final = b"\\u0000"
_REFUSED: Final = b"\\ud800"  # half a character, which the decoder refuses, as PostgreSQL refuses NUL

_Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
_Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


class WireTouch(msgspec.Struct, gc=False, forbid_unknown_fields=True, kw_only=True):
    """A touch as a client writes it; see ``touchpoints.touch.Touch`` for what each field means.

    Attributes:
        happened_at: ISO 8601 with an offset; or ``happened_at_us``: microseconds since 1970 UTC.
        value: Money in whole units as text ("12.30"); or ``value_minor``: in minor units.
    """

    channel: str
    kind: str
    happened_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    happened_at_us: int | None = None
    event_key: str = ""
    account: str = ""
    actors: tuple[Identifier, ...] = ()
    scene: str = ""
    source_code: str = ""
    content_id: str = ""
    staff: str = ""
    about: str = ""
    value: str | None = None
    value_minor: int = 0
    currency: _Currency = "CNY"
    properties: dict[str, Scalar] = {}
    traits: dict[str, str] = {}


class _Checked(WireTouch, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The same with every limit of a touch in its types: what the decoder checks costs next to nothing."""

    channel: Annotated[str, msgspec.Meta(min_length=1, max_length=_MOST_CHANNEL)]
    happened_at_us: Annotated[int, msgspec.Meta(ge=EARLIEST_US, le=LATEST_US)] | None = None
    event_key: _Text = ""
    account: _Text = ""
    actors: Annotated[tuple[Identifier, ...], msgspec.Meta(max_length=_MOST_ACTORS)] = ()
    scene: _Text = ""
    source_code: _Text = ""
    content_id: _Text = ""
    staff: _Text = ""
    about: _Text = ""
    value_minor: Annotated[int, msgspec.Meta(gt=-MOST_MINOR, lt=MOST_MINOR)] = 0


_batch = msgspec.json.Decoder(list[_Checked])
_lines = msgspec.json.Decoder(_Checked)
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_one = msgspec.json.Decoder(WireTouch)


def touch_of(wire: WireTouch, received_at_us: int) -> Touch:
    """Check a touch and derive its id.

    Raises:
        BadInputError: a field is missing, too long or out of range.
    """
    kind = KINDS_BY_SLUG.get(wire.kind)
    if kind is None:
        raise BadInputError(f"{wire.kind!r} is no kind of touch", where="kind", mend="`siyu touch kinds` lists them")
    if wire.happened_at_us is not None:
        at_us = wire.happened_at_us
    elif wire.happened_at is not None:
        at_us = us_of(wire.happened_at)
    else:
        raise BadInputError("a touch needs happened_at", where="happened_at", mend="such as 2026-11-22T09:30:00+08:00")
    actors = wire.actors
    if len(wire.channel) > _MOST_CHANNEL:
        raise BadInputError(f"{len(wire.channel)} characters are too many", where="channel")
    if len(actors) > _MOST_ACTORS:
        raise BadInputError(f"{len(actors)} actors are too many (at most {_MOST_ACTORS})", where="actors")
    for actor in actors:
        if not 0 < len(actor.namespace) <= _MOST_NAMESPACE or not 0 < len(actor.value) <= MAX_TEXT:
            raise BadInputError("an actor needs a namespace and a value of reasonable length", where="actors")
    value = wire.value_minor if wire.value is None else minor_units(wire.value, wire.currency)
    return touch(
        wire.channel,
        kind,
        happened_at_us=happened(at_us, received_at_us),
        received_at_us=received_at_us,
        event_key=wire.event_key,
        account=wire.account,
        actors=actors,
        scene=wire.scene,
        source_code=wire.source_code,
        content_id=wire.content_id,
        staff=wire.staff,
        about=wire.about,
        value_minor=value,
        currency=wire.currency,
        properties=wire.properties,
        traits=wire.traits,
    )


def _touch_of_checked(wire: _Checked, received_at_us: int) -> Touch:
    """Do what ``touch_of`` does without checking again what the decoder has checked (hot path).

    Raises:
        BadInputError: as ``touch_of``.
    """
    kind, at_us = KINDS_BY_SLUG.get(wire.kind), wire.happened_at_us
    if kind is None or at_us is None or at_us > received_at_us or not wire.event_key or wire.value is not None:
        return touch_of(wire, received_at_us)
    actors, channel, account = wire.actors, wire.channel, wire.account
    for actor in actors:
        if not 0 < len(actor.namespace) <= _MOST_NAMESPACE or not 0 < len(actor.value) <= MAX_TEXT:
            return touch_of(wire, received_at_us)
    return Touch(
        touch_id=time_ordered_id(at_us, channel, account, wire.kind, wire.event_key),
        channel=channel,
        kind=kind,
        happened_at_us=at_us,
        received_at_us=received_at_us,
        account=account,
        actors=actors,
        scene=wire.scene,
        source_code=wire.source_code,
        content_id=wire.content_id,
        staff=wire.staff,
        about=wire.about,
        value_minor=wire.value_minor,
        currency=wire.currency,
        properties=wire.properties,
        traits=wire.traits,
    )


def touches_of(
    body: bytes, received_at_us: int, *, ndjson: bool = False
) -> tuple[list[Touch], list[int], list[SetAside]]:
    """Understand a request: a JSON array, or one JSON object a line.

    Returns:
        The touches, the position of each in the request (0 is the first), and the rows that cannot be understood.

    Raises:
        BadInputError: the body as a whole is not JSON of that shape, or holds too many rows.
    """
    try:
        wires = _lines.decode_lines(body) if ndjson else _batch.decode(body)
        if 0 < len(wires) <= MOST_TOUCHES and _NUL not in body:
            return [_touch_of_checked(wire, received_at_us) for wire in wires], list(range(len(wires))), []
    except (msgspec.MsgspecError, BadInputError, UnicodeError, RecursionError):
        pass  # at least one row is wrong: find out which
    raws = _rows(body, ndjson=ndjson)
    if not raws:
        raise BadInputError("the request holds no touch")
    if len(raws) > MOST_TOUCHES:
        raise BadInputError(f"{len(raws)} touches are too many for one request (at most {MOST_TOUCHES})")
    touches: list[Touch] = []
    positions: list[int] = []
    aside: list[SetAside] = []
    for position, raw in enumerate(raws):
        try:
            touches.append(touch_of(_one.decode(raw.replace(_NUL, _REFUSED)), received_at_us))
            positions.append(position)
        except msgspec.ValidationError as error:
            aside.append(SetAside(position + 1, "bad_field", str(error), raw))
        except msgspec.DecodeError as error:
            aside.append(SetAside(position + 1, "bad_json", str(error), raw))
        except BadInputError as error:
            aside.append(SetAside(position + 1, f"bad_{error.where or 'row'}"[:64], str(error), raw))
        except (UnicodeError, RecursionError):
            aside.append(SetAside(position + 1, "bad_text", "text that is not Unicode, or nested too deep", raw))
    return touches, positions, aside


def _rows(body: bytes, *, ndjson: bool) -> list[bytes]:
    if ndjson:
        return [line for line in body.splitlines() if line.strip()]
    try:
        return [bytes(raw) for raw in _raws.decode(body)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadInputError(f"the body is no JSON array of touches: {error}") from error
