"""Events of SensorsData's SDKs (神策) become touches.

Source: manual.sensorsdata.cn, data format: one JSON object with ``type``, ``event``, ``distinct_id``, ``time`` in
milliseconds and ``properties``; sent to ``/sa`` as ``data`` or ``data_list``: Base64 of JSON, gzip or plain.
"""

import binascii
import gzip
import zlib
from base64 import b64decode
from hashlib import blake2b
from typing import Any, Final

import msgspec

from siyu.app.intake.taxonomy import kind_of, tell
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, happened, touch

_PROFILES: Final = frozenset(
    {"profile_set", "profile_set_once", "profile_increment", "profile_append", "profile_unset", "profile_delete"}
)
_BINDS: Final = frozenset({"track_signup", "track_id_bind", "track_id_unbind"})
_ITEMS: Final = frozenset({"item_set", "item_delete"})
_LIBS: Final = {"js": "web", "android": "app", "ios": "app", "minigame": "mini_program", "minprogram": "mini_program"}
#: What the SDK adds when it sends again: it does not make another event of it.
_OF_THE_SENDING: Final = frozenset({"_flush_time", "_hybrid_h5"})
_MOST_BYTES: Final = 16 * 2**20


def unpacked(text: str | bytes, *, zipped: bool | None) -> bytes:
    """Undo what the SDK packed: Base64, then gzip.

    Args:
        zipped: Whether ``gzip=1`` came with it; None if nothing was said.

    Raises:
        BadInputError: it is not Base64, not gzip, or too large.
    """
    try:
        data = b64decode(text, validate=False)
        if data[:2] == b"\x1f\x8b" and zipped is not False:
            return ungzipped(data)
    except (binascii.Error, ValueError) as error:
        raise BadInputError(f"not Base64: {error}", where="data") from error
    return data


def ungzipped(data: bytes) -> bytes:
    """Unzip, but no bomb.

    Raises:
        BadInputError: not gzip, or more than 16 MiB come out.
    """
    try:
        engine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        plain = engine.decompress(data, _MOST_BYTES)
        if engine.unconsumed_tail or not engine.eof:
            raise BadInputError("more than 16 MiB when unzipped, or cut short", where="gzip")
    except (zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise BadInputError(f"not gzip: {error}", where="gzip") from error
    return plain


def touch_of_event(event: Any, *, received_at_us: int, currency: str, account: str = "") -> Touch:
    """Understand one event.

    Raises:
        BadInputError: it is no event of that format.
    """
    if not isinstance(event, dict):
        raise BadInputError("an event is an object", where="data")
    kind_name, name = event.get("type"), event.get("event")
    if kind_name not in {"track", *_PROFILES, *_BINDS, *_ITEMS}:
        raise BadInputError(f"{kind_name!r} is no type of SensorsData's", where="type", mend="such as track")
    written = event.get("properties") or {}
    if not isinstance(written, dict):
        raise BadInputError("must be an object", where="properties")
    actors = () if kind_name in _ITEMS else _actors(event, written, kind_name)
    if not actors and kind_name not in _ITEMS:
        raise BadInputError("an event needs a distinct_id", where="distinct_id")
    if kind_name == "track" and (not isinstance(name, str) or not name):
        raise BadInputError("track needs the name of the event", where="event")
    own = {key: one for key, one in written.items() if key not in {"$is_login_id", "$lib", "$lib_version"}}
    told = tell(own, currency)
    lib = event.get("lib") if isinstance(event.get("lib"), dict) else {}
    lib_name = str((lib or {}).get("$lib") or written.get("$lib") or "")
    kind = kind_of(str(name)) if kind_name in {"track", "track_signup"} else TouchKind.OTHER
    moment = event.get("time")
    timed = isinstance(moment, (int, float)) and not isinstance(moment, bool)
    at_us = happened(int(moment or 0) * 1000, received_at_us) if timed else received_at_us
    properties: dict[str, Any] = {**told.properties, "call": kind_name}
    if name:
        properties["event"] = str(name)[:256]
    if lib_name:
        properties["lib"] = lib_name
    value = -abs(told.value_minor) if kind is TouchKind.ORDER_REFUNDED else told.value_minor
    return touch(
        _LIBS.get(lib_name.lower(), "mini_program" if "mini" in lib_name.lower() else "server"),
        kind,
        happened_at_us=at_us,
        received_at_us=received_at_us,
        event_key=_key(event),
        account=account,
        actors=(*actors, *told.identifiers) if actors else (),
        scene=told.fields.get("scene", ""),
        source_code=told.fields.get("source_code", ""),
        content_id=told.fields.get("content_id", "") or str(event.get("item_id") or "")[:512],
        about=told.fields.get("about", ""),
        value_minor=value,
        currency=told.fields["currency"],
        properties=properties,
        traits=told.traits,
    )


def _actors(event: dict[str, Any], properties: dict[str, Any], kind_name: str) -> tuple[Identifier, ...]:
    """Name the person: by identities (ID-Mapping 3), or by distinct_id, login_id and anonymous_id."""
    actors: list[Identifier] = []
    identities = event.get("identities")
    if isinstance(identities, dict):
        for name, value in identities.items():
            plain = str(name)
            if value and isinstance(value, (str, int)):
                actors.append(Identifier(_IDENTITY.get(plain, f"sensors_{plain.strip('$')}"[:128]), str(value)[:512]))
    if not actors:
        login, anonymous = event.get("login_id"), event.get("anonymous_id")
        distinct, original = event.get("distinct_id"), event.get("original_id")
        if login:
            actors.append(Identifier("customer_no", str(login)[:512]))
        elif distinct and (properties.get("$is_login_id") or kind_name == "track_signup"):
            actors.append(Identifier("customer_no", str(distinct)[:512]))
        elif distinct and not anonymous:
            actors.append(Identifier("anonymous_id", str(distinct)[:512]))
        if anonymous:
            actors.append(Identifier("anonymous_id", str(anonymous)[:512]))
        if kind_name == "track_signup" and original:
            actors.append(Identifier("anonymous_id", str(original)[:512]))
    if kind_name == "track_id_unbind":
        actors = actors[:1]  # it says that they are not one person: nothing to join
    return tuple(dict.fromkeys(actors))


_IDENTITY: Final = {
    "$identity_login_id": "customer_no",
    "$identity_anonymous_id": "anonymous_id",
    "$identity_cookie_id": "anonymous_id",
    "$identity_distinct_id": "anonymous_id",
    "$identity_mobile": "phone",
    "$identity_email": "email",
    "$identity_mp_unionid": "unionid@wechat",
    "$identity_mp_openid": "openid@mini_program",
    "$identity_android_id": "device",
    "$identity_idfv": "device",
}


def _key(event: dict[str, Any]) -> str:
    """Name the event by everything in it, without what belongs to the sending alone."""
    kept = {name: one for name, one in event.items() if name not in _OF_THE_SENDING}
    return blake2b(msgspec.json.encode(kept, order="deterministic"), digest_size=16).hexdigest()
