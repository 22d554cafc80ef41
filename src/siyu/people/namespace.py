"""Identifier namespaces (标识命名空间): what each kind of name may prove, and how it is written down.

The rules are data: ``namespaces.toml``. A namespace that is not listed there is a brand's own: strong, any number per
person, kept as it is written.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import phonenumbers

from siyu.kernel.errors import BadInputError, ConfigError
from siyu.touchpoints.touch import Identifier

HOME_REGION: Final = "CN"
_LONGEST: Final = 512
_CHINESE_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_EMAIL: Final = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_PHONE_SIGNS: Final = re.compile(r"[+0-9() ./\-]+")


class Strength(StrEnum):
    """What two touches that share a value are: one person, perhaps one person, nothing."""

    STRONG = "strong"
    WEAK = "weak"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Namespace:
    """One kind of name.

    Attributes:
        name: The part before the ``@``.
        title: How people call it.
        scope: What stands behind the ``@``; empty if nothing may.
        strength: What sharing a value proves.
        one_per_person: A person has at most one value per scope; a second one means two people.
        shared: Several people may share it by nature.
        shared_by: More people than this on one value: it stops joining and is reported. 0: no limit.
        shape: ``phone``, ``email``, ``text``, or a regular expression for the whole value.
        folds_case: The platform does not tell A from a.
        source: Where the rule comes from.
    """

    name: str
    title: str
    scope: str = ""
    strength: Strength = Strength.STRONG
    one_per_person: bool = False
    shared: bool = False
    shared_by: int = 0
    shape: str = "text"
    folds_case: bool = False
    source: str = "the brand's own"


@lru_cache(maxsize=1)
def namespaces() -> Mapping[str, Namespace]:
    """Return the listed namespaces by name.

    Raises:
        ConfigError: a rule in ``namespaces.toml`` is not one.
    """
    written = tomllib.loads(files("siyu.people").joinpath("namespaces.toml").read_text("utf-8"))
    return {name: _rule(name, fields) for name, fields in written.items()}


@lru_cache(maxsize=4096)
def rule_of(namespace: str) -> Namespace:
    """Return the rule of ``namespace``, with or without its scope; a brand's own one is strong."""
    name = namespace.partition("@")[0]
    return namespaces().get(name) or Namespace(name, name)


def normal(identifier: Identifier, *, region: str = HOME_REGION) -> Identifier:
    """Return the identifier written the one way that it is kept and compared.

    Args:
        region: Where a phone number without a country code is from (ISO 3166, two letters).

    Raises:
        BadInputError: the value has not the shape of its namespace, or the scope is missing or too much.
    """
    name, at, scope = identifier.namespace.partition("@")
    rule = rule_of(identifier.namespace)
    if not name:
        raise BadInputError(f"{identifier.value!r} has no namespace", where="identifier", mend="such as phone")
    if at and not scope:
        raise BadInputError("nothing stands behind the @", where=identifier.namespace, mend=f"{name}@<{rule.scope}>")
    if rule.name in namespaces() and at and not rule.scope:
        raise BadInputError(f"{name} takes nothing behind an @", where=identifier.namespace, mend=f"write {name}")
    value = _value(rule, identifier, region)
    if value == identifier.value:
        return identifier
    return Identifier(identifier.namespace, value)


def tidy(identifier: Identifier) -> tuple[Identifier, bool]:
    """Return the identifier as it is kept, and whether its shape is right; a malformed one is kept as it came."""
    try:
        return normal(identifier), True
    except BadInputError:
        return identifier, False


def read_identifier(text: str, *, region: str = HOME_REGION) -> Identifier:
    """Read ``namespace:value`` as people type it, such as ``phone:13800138000`` or ``unionid@wx12:oX3…``.

    Raises:
        BadInputError: there is no colon, or the value is malformed.
    """
    namespace, colon, value = text.partition(":")
    if not colon:
        raise BadInputError(f"{text!r} names no namespace", mend="write it like phone:13800138000")
    return normal(Identifier(namespace.strip(), value.strip()), region=region)


def _value(rule: Namespace, identifier: Identifier, region: str) -> str:
    written = identifier.value
    if rule.shape == "phone" and region == HOME_REGION and _CHINESE_MOBILE.fullmatch(written):
        return f"+86{written}"
    value = unicodedata.normalize("NFKC", written).strip()
    if not value:
        raise BadInputError("the value is empty", where=identifier.namespace)
    if len(value) > _LONGEST:
        raise BadInputError(f"{len(value)} characters are too many", where=identifier.namespace, mend="at most 512")
    if not value.isprintable():
        raise BadInputError(f"{value!r} holds a control character", where=identifier.namespace)
    if rule.shape == "phone":
        return _phone(value, identifier.namespace, region)
    if rule.shape == "email":
        return _email(value, identifier.namespace)
    if rule.shape != "text" and not re.fullmatch(rule.shape, value):
        raise BadInputError(
            f"{value!r} is no {rule.title}", where=identifier.namespace, mend=f"it matches {rule.shape}"
        )
    return value.casefold() if rule.folds_case else value


def _phone(value: str, where: str, region: str) -> str:
    if not _PHONE_SIGNS.fullmatch(value):
        raise BadInputError(f"{value!r} is no phone number", where=where, mend="digits, such as +86 138 0013 8000")
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as error:
        raise BadInputError(f"{value!r} is no phone number", where=where, mend="such as +86 138 0013 8000") from error
    if not phonenumbers.is_valid_number(number):
        home = phonenumbers.region_code_for_country_code(number.country_code or 0)
        raise BadInputError(
            f"{value!r} is not a number that {home} gives out",
            where=where,
            mend="write the country code, such as +86 138 0013 8000",
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _email(value: str, where: str) -> str:
    folded = value.casefold()
    local, _, domain = folded.rpartition("@")
    try:
        folded = f"{local}@{domain.encode('idna').decode()}" if not domain.isascii() else folded
    except UnicodeError as error:
        raise BadInputError(f"{value!r} is no e-mail address", where=where) from error
    if not _EMAIL.fullmatch(folded) or ".." in folded or local.startswith(".") or local.endswith("."):
        raise BadInputError(f"{value!r} is no e-mail address", where=where, mend="such as name@example.com")
    return folded


def _rule(name: str, fields: Mapping[str, Any]) -> Namespace:
    try:
        shape = fields.get("shape", "text")
        re.compile(shape)
        return Namespace(
            name=name,
            title=fields["title"],
            scope=fields.get("scope", ""),
            strength=Strength(fields["strength"]),
            one_per_person={"one": True, "many": False}[fields["per"]],
            shared=fields.get("shared", False),
            shared_by=fields.get("shared_by", 0),
            shape=shape,
            folds_case=fields.get("folds_case", False),
            source=fields["source"],
        )
    except (KeyError, ValueError, re.error) as error:
        raise ConfigError(f"namespaces.toml: [{name}]: {error}") from error
