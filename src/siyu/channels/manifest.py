"""A channel's manifest: what it can do and what it may not, as dated data. The core asks this, never a name."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from siyu.kernel.errors import ConfigError

Sureness = Literal["official", "sdk", "third_party", "assumed"]


class Limit(BaseModel):
    """One limit of the platform.

    Attributes:
        what: The action it limits, such as ``mass_send``.
        per: Of what there may be only so many: ``customer``, ``account``, ``staff``, ``group``, ``message``.
        window: ISO 8601 duration (``PT20S``, ``P1D``), ``calendar_month``, or empty when it is a size.
        max: The most that is allowed.
        sure: How we know it; ``official`` is the platform's own page or SDK.
        source: The page.
        checked_on: The day somebody read it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    per: str
    window: str = ""
    max: int = Field(ge=0)
    sure: Sureness
    source: str
    checked_on: date
    note: str = ""


class Refusal(BaseModel):
    """Something people wish for that has no official API, and what replaces it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wish: str
    reason: str
    instead: str


class Credential(BaseModel):
    """One thing to paste when an account is connected, and where it is found.

    Attributes:
        for_callbacks: What the platform calls us with is checked or decrypted with it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    where: str
    secret: bool = True
    optional: bool = False
    for_callbacks: bool = False


class Manifest(BaseModel):
    """What a channel is.

    Attributes:
        callback_where: Where the address of our callbacks is pasted; empty when the platform calls nobody.
        inbound: Kinds of touch it can bring (slugs of ``TouchKind``).
        outbound: Actions it can carry out (``welcome``, ``mass_send``, ``reply``, ``moments`` …).
        staff_confirms: Outbound actions that a staff member must confirm by hand.
        can_look_up: Outbound actions whose outcome can be asked for after a lost answer.
        ignored: Payloads that map to no touch on purpose: name -> reason.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: str = Field(pattern="^[a-z][a-z0-9_]*$")
    name: str
    docs: str
    base_url: str = ""
    callback_where: str = ""
    inbound: tuple[str, ...] = ()
    outbound: tuple[str, ...] = ()
    staff_confirms: tuple[str, ...] = ()
    can_look_up: tuple[str, ...] = ()
    credentials: tuple[Credential, ...] = ()
    limits: tuple[Limit, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    ignored: dict[str, str] = Field(default_factory=dict)

    def limit(self, what: str, per: str) -> Limit | None:
        """Return the limit of ``what`` per ``per``, if there is one."""
        return next((limit for limit in self.limits if (limit.what, limit.per) == (what, per)), None)


@cache
def manifests() -> dict[str, Manifest]:
    """Read the manifest of every channel folder, by domain.

    Raises:
        ConfigError: a manifest is wrong; names the file and the field.
    """
    found: dict[str, Manifest] = {}
    for folder in sorted(files("siyu.channels").iterdir(), key=lambda entry: entry.name):
        file = folder / "manifest.toml"
        if folder.is_dir() and file.is_file():
            manifest = parse_manifest(
                tomllib.loads(file.read_text("utf-8")), where=f"channels/{folder.name}/manifest.toml"
            )
            if manifest.domain != folder.name:
                raise ConfigError(f"channels/{folder.name}/manifest.toml: domain is {manifest.domain!r}")
            found[manifest.domain] = manifest
    return found


def parse_manifest(data: dict[str, Any], *, where: str) -> Manifest:
    """Check a manifest.

    Raises:
        ConfigError: names the field that is wrong.
    """
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{where}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
