"""Read fields out of a payload that nobody vouches for: every wrong one is one clear ``BadInputError``. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Never

from siyu.channels.wechat_xml import MAX_BYTES, fields_of_xml
from siyu.kernel.errors import BadInputError
from siyu.kernel.money import minor_units
from siyu.kernel.period import EARLIEST_US, LATEST_US, SECOND, moment_of, us_of

#: China has one zone and no summer time.
BEIJING: Final = timezone(timedelta(hours=8))
#: How several platforms write "no value".
_NOTHING: Final = frozenset({"", "null", "None", "undefined"})
_LARGEST: Final = 2**63
_DIGITS: Final = re.compile(r"-?[0-9]{1,19}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_CHINESE_MOBILE: Final = re.compile(r"(?:\+?86[- ]?)?(1[3-9][0-9]{9})")


def beijing_text(us: int) -> str:
    """Write a moment as ``YYYY-MM-DD hh:mm:ss`` in Beijing time, as several platforms want it."""
    return f"{moment_of(us - us % SECOND).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def payload_of(text: Mapping[str, Any] | str | bytes) -> "Record":
    """Read a payload: a mapping as it is, a text as JSON or as XML. Integers stay exact, however long.

    Raises:
        BadInputError: neither JSON object nor XML, not UTF-8, too large, too deep.
    """
    if isinstance(text, Mapping):
        return Record(text)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInputError("the payload is not UTF-8", mend="platforms send UTF-8") from error
    if len(text) > MAX_BYTES:
        raise BadInputError(f"{len(text)} characters of payload are too many (at most {MAX_BYTES})")
    if text.lstrip().startswith("<"):
        try:
            return Record(fields_of_xml(text.encode()))
        except UnicodeEncodeError as error:
            raise BadInputError("the payload holds half a character") from error
    return Record(json_in(text, where=""))


def json_in(text: str, *, where: str) -> dict[str, Any]:
    """Read a JSON object out of a text field.

    Raises:
        BadInputError: it is none.
    """
    try:
        value = json.loads(text, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:
        raise BadInputError("this is no JSON that can be read", where=where) from error
    if not isinstance(value, dict):
        raise BadInputError("this is no JSON object", where=where)
    return value


def phone_of(text: str) -> str:
    """Return a Chinese mobile number as ``+86…``, or empty if the text is none (masked, encrypted, a landline)."""
    found = _CHINESE_MOBILE.fullmatch(text.strip())
    return f"+86{found.group(1)}" if found else ""


class Record:
    """One object of a payload, and where in it we are.

    A field that is missing, ``null`` or a platform's word for nothing counts as absent.
    """

    __slots__ = ("_fields", "_where")

    def __init__(self, fields: Mapping[str, Any], where: str = "") -> None:
        self._fields, self._where = fields, where

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def names(self) -> frozenset[str]:
        """Return the names of the fields that stand in it, absent ones included."""
        return frozenset(str(name) for name in self._fields)

    def raw(self, name: str) -> Any:
        """Return a field as it came."""
        return self._fields.get(name)

    def maybe(self, name: str) -> str:
        """Return text, or a whole number as text; empty when absent."""
        value = self._fields.get(name)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
            return str(value)
        if not isinstance(value, str):
            self._fail(name, "is no text")
        try:
            value.encode()
        except UnicodeEncodeError:
            self._fail(name, "holds half a character")
        if "\0" in value:
            self._fail(name, "holds a zero character, which no database keeps")
        value = value.strip()
        return "" if value in _NOTHING else value

    def exact(self, name: str) -> str:
        """Return text that must be there as it came, spaces and all: signatures are over it."""
        self.text(name)
        return str(self._fields[name])

    def text(self, name: str) -> str:
        """Return text that must be there."""
        return self.maybe(name) or self._fail(name, "is missing")

    def maybe_integer(self, name: str) -> int | None:
        """Return a whole number, written as number or digits; ``None`` when absent."""
        value = self._fields.get(name)
        if isinstance(value, str):
            value = value.strip()
            if value in _NOTHING:
                return None
            if not _DIGITS.fullmatch(value):
                self._fail(name, "is no whole number")
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not -_LARGEST <= value < _LARGEST:
            self._fail(name, "is no whole number")
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number; ``default`` when absent, if there is one."""
        value = self.maybe_integer(name)
        if value is None:
            value = default
        return value if value is not None else self._fail(name, "is missing")

    def fen(self, name: str, default: int | None = None) -> int:
        """Return an amount that the platform writes in fen."""
        amount = self.integer(name, default)
        if not -(2**62) < amount < 2**62:
            self._fail(name, "is no payable amount")
        return amount

    def yuan(self, name: str, default: int | None = None) -> int:
        """Return an amount that the platform writes in yuan, as exact fen."""
        value = self._fields.get(name)
        if value is None or (isinstance(value, str) and value.strip() in _NOTHING):
            return default if default is not None else self._fail(name, "is missing")
        if (
            not isinstance(value, (str, int, float))
            or isinstance(value, bool)
            or (isinstance(value, str) and len(value) > 32)
        ):
            self._fail(name, "is no amount in yuan")
        try:
            return minor_units(value)
        except BadInputError as error:
            raise BadInputError(error.what, where=self._path(name), mend=error.mend) from error

    def maybe_seconds(self, name: str) -> int | None:
        """Return a moment written in Unix seconds as microseconds; ``None`` when absent or 0."""
        return self._moment(name, SECOND)

    def maybe_millis(self, name: str) -> int | None:
        """Return a moment written in Unix milliseconds as microseconds; ``None`` when absent or 0."""
        return self._moment(name, 1000)

    def seconds(self, name: str) -> int:
        """Return a moment that must be there, in Unix seconds, as microseconds."""
        moment = self._moment(name, SECOND)
        return moment if moment is not None else self._fail(name, "is missing")

    def millis(self, name: str) -> int:
        """Return a moment that must be there, in Unix milliseconds, as microseconds."""
        moment = self._moment(name, 1000)
        return moment if moment is not None else self._fail(name, "is missing")

    def maybe_beijing(self, name: str) -> int | None:
        """Return a moment written ``YYYY-MM-DD hh:mm:ss`` in Beijing time, as microseconds; ``None`` when absent."""
        text = self.maybe(name)
        if not text:
            return None
        try:
            if not _TIME.fullmatch(text):
                self._fail(name, "is no moment like 2026-11-22 09:30:00")
            at_us = us_of(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING))
        except (ValueError, OverflowError):
            self._fail(name, "is no moment like 2026-11-22 09:30:00")
        return at_us if EARLIEST_US <= at_us <= LATEST_US else self._fail(name, "is no moment we know")

    def beijing(self, name: str) -> int:
        """Return a moment that must be there, in Beijing time."""
        moment = self.maybe_beijing(name)
        return moment if moment is not None else self._fail(name, "is missing")

    def maybe_record(self, name: str) -> "Record":
        """Return an object inside this one; an empty one when absent (``""`` counts, XML writes it so)."""
        value = self._fields.get(name)
        if value is None or value == "":
            return Record({}, self._path(name))
        return Record(value, self._path(name)) if isinstance(value, Mapping) else self._fail(name, "is no object")

    def record(self, name: str) -> "Record":
        """Return an object inside this one that must be there."""
        found = self.maybe_record(name)
        return found if found.names() else self._fail(name, "is missing")

    def inner_json(self, name: str) -> "Record":
        """Return an object that may stand as such or as a JSON text; an empty one when absent."""
        value = self._fields.get(name)
        if isinstance(value, str) and value.strip() not in _NOTHING:
            if len(value) > MAX_BYTES:
                self._fail(name, "is too long")
            return Record(json_in(value, where=self._path(name)), self._path(name))
        return self.maybe_record(name)

    def records(self, name: str) -> Iterator["Record"]:
        """Go through a list of objects; an absent one is empty. XML writes a list of one as the one."""
        value = self._fields.get(name)
        if value is None or value == "":
            return
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list):
            self._fail(name, "is no list")
        for position, item in enumerate(value):
            where = f"{self._path(name)}[{position}]"
            if not isinstance(item, Mapping):
                raise BadInputError("is no object", where=where)
            yield Record(item, where)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts or whole numbers; empty when absent."""
        value = self._fields.get(name)
        if value is None or value == "":
            return []
        if not isinstance(value, list):
            self._fail(name, "is no list")
        return [Record({name: item}, self._where).text(name) for item in value]

    def fail(self, name: str, what: str) -> Never:
        """Refuse the payload because of one field.

        Raises:
            BadInputError: always.
        """
        self._fail(name, what)

    def _moment(self, name: str, unit: int) -> int | None:
        number = self.maybe_integer(name)
        if not number:
            return None
        if not EARLIEST_US <= number * unit <= LATEST_US:
            self._fail(name, "is no moment of the years 1970 to 9999")
        return number * unit

    def _path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _fail(self, name: str, what: str) -> Never:
        raise BadInputError(what, where=self._path(name))


def _not_a_number(constant: str) -> Never:
    raise ValueError(constant)
