"""A callback (回调): what a platform sends to our address, before and after its signature was checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from siyu.kernel.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Callback:
    """One HTTP request of a platform.

    Attributes:
        headers: By name in lower case.
        query: The address's query.
        body: The bytes as they came; signatures are over these.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """A callback whose signature was right.

    Attributes:
        payloads: What it holds, each for ``mapping.touches_from_payload``; none if it was only a test.
        answer: The bytes that the platform wants to read, once everything is stored.
        event_id: The platform's own id of the delivery, if it gives one.
    """

    payloads: tuple[Mapping[str, Any] | str, ...]
    answer: bytes = b"success"
    content_type: str = "application/json"
    event_id: str = ""


def secret(secrets: Mapping[str, str], name: str, *, channel: str) -> str:
    """Return one of an account's secrets.

    Raises:
        ConfigError: it was not given when the account was connected.
    """
    value = secrets.get(name, "")
    if not value:
        raise ConfigError(f"{channel}: the account has no {name}; connect it again")
    return value
