"""A touch (触点事件): one thing that happened between a person and the brand, on one channel, at one moment."""

from collections.abc import Mapping
from typing import Final

import msgspec

from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.period import DAY, EARLIEST_US, LATEST_US, moment_of
from siyu.touchpoints.kind import TouchKind

Scalar = str | int | float | bool | None
MAX_TEXT: Final = 512
#: So much a sender's clock may be ahead of ours; what is further ahead lies in the future, and has not happened.
MOST_AHEAD_US: Final = DAY
#: Amounts are smaller than this, in minor units.
MOST_MINOR: Final = 2**62


class Identifier(msgspec.Struct, frozen=True, gc=False, order=True):
    """One name a person goes by in one place.

    Attributes:
        namespace: ``phone``, ``email``, ``member_no``, or with the place that gave it: ``unionid@<open platform
            account>``, ``external_userid@<corp>``, ``openid@<app>``. Rules: ``people/namespaces.toml``.
        value: The name itself, as the platform writes it.
    """

    namespace: str
    value: str


class Touch(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One thing that happened. Build it with :func:`touch` so that its id is derived and its fields checked.

    Attributes:
        touch_id: 16 bytes derived from what it names; the same event twice has the same id.
        channel: The platform: ``wecom``, ``douyin``, ``store`` … (a folder of ``channels/``, or any source's name).
        account: The brand's own account there (corp id, app id, shop id, till), empty if there is one only.
        kind: What happened.
        actors: The person, by every identifier the event carried, strongest first; empty for account events.
        happened_at_us, received_at_us: Microseconds since 1970 UTC, on the platform's and on our clock.
        scene: Where in the channel (``touchpoints/scene.py``), such as ``moments`` or ``store_till``.
        source_code: The live code, link or ad that brought it; carried on to order and retention.
        content_id: The piece of content it belongs to.
        staff: The brand's own person in it, by the platform's user id.
        about: What it answers: our message id (hexadecimal), an order number, an invite code.
        value_minor: Money in minor units of ``currency``; positive came in, negative went back.
        properties: Anything else the platform said that is not personal.
        traits: Personal fields (``name``, ``phone``, ``address``); kept in the vault only, never in a touch row.
    """

    touch_id: bytes
    channel: str
    kind: TouchKind
    happened_at_us: int
    received_at_us: int
    account: str = ""
    actors: tuple[Identifier, ...] = ()
    scene: str = ""
    source_code: str = ""
    content_id: str = ""
    staff: str = ""
    about: str = ""
    value_minor: int = 0
    currency: str = "CNY"
    properties: Mapping[str, Scalar] = {}
    traits: Mapping[str, str] = {}


def happened(at_us: int, now_us: int) -> int:
    """Return the moment at which somebody outside says that something happened.

    Raises:
        BadInputError: it lies in the future.
    """
    if now_us + MOST_AHEAD_US < at_us <= LATEST_US:
        said, ours = (moment_of(one).isoformat(timespec="seconds") for one in (at_us, now_us))
        raise BadInputError(f"{said} lies in the future", where="happened_at", mend=f"here it is {ours}")
    return at_us


def touch(
    channel: str,
    kind: TouchKind,
    *,
    happened_at_us: int,
    received_at_us: int,
    event_key: str = "",
    account: str = "",
    actors: tuple[Identifier, ...] = (),
    scene: str = "",
    source_code: str = "",
    content_id: str = "",
    staff: str = "",
    about: str = "",
    value_minor: int = 0,
    currency: str = "CNY",
    properties: Mapping[str, Scalar] | None = None,
    traits: Mapping[str, str] | None = None,
) -> Touch:
    """Make a touch and derive its id.

    Args:
        event_key: The platform's own id of the event. Without one, the event is named by its fields, so two
            events that are alike in every field and microsecond count once.

    Raises:
        BadInputError: a field is missing, too long or out of range.
    """
    properties = properties or {}
    if not channel:
        raise BadInputError("a touch needs a channel", where="channel", mend="such as wecom or store")
    if not EARLIEST_US <= happened_at_us <= LATEST_US:
        raise BadInputError(f"{happened_at_us} is no moment of the years 1970 to 9999", where="happened_at")
    if not -MOST_MINOR < value_minor < MOST_MINOR:
        raise BadInputError(f"{value_minor} is not a payable amount", where="value_minor")
    for name, text in (
        ("channel", channel), ("account", account), ("scene", scene), ("source_code", source_code),
        ("content_id", content_id), ("staff", staff), ("about", about), ("event_key", event_key),
    ):  # fmt: skip
        if len(text) > MAX_TEXT:
            raise BadInputError(f"{len(text)} characters are too many (at most {MAX_TEXT})", where=name)
    parts: tuple[str, ...]
    if event_key:
        parts = (channel, account, kind.slug, event_key)
    else:
        parts = (
            channel, account, kind.slug, *(f"{actor.namespace}={actor.value}" for actor in actors),
            scene, source_code, content_id, staff, about, str(value_minor), currency,
            *(f"{name}={properties[name]}" for name in sorted(properties)),
        )  # fmt: skip
    return Touch(
        touch_id=time_ordered_id(happened_at_us, *parts),
        channel=channel,
        kind=kind,
        happened_at_us=happened_at_us,
        received_at_us=received_at_us,
        account=account,
        actors=actors,
        scene=scene,
        source_code=source_code,
        content_id=content_id,
        staff=staff,
        about=about,
        value_minor=value_minor,
        currency=currency,
        properties=properties,
        traits=traits or {},
    )
