"""Settings: ``siyu.toml`` in the workspace, overruled by ``SIYU_…`` environment variables.

``SIYU_DATABASE_URL=…`` overrules ``database_url``; ``SIYU_BRAND_CURRENCY=…`` overrules ``[brand] currency``.
"""

import os
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY
from siyu.loyalty.membership import Programme, Tier

FILE_NAME = "siyu.toml"


class Brand(BaseModel):
    """Who we are: money and time as the brand counts them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "My brand"
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    zone: str = "Asia/Shanghai"

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{zone!r} is not a time zone; write one such as Asia/Shanghai") from error
        return zone


class Policy(BaseModel):
    """The guard's numbers; every one is a house rule that a brand may make stricter.

    Attributes:
        cap: At most ``cap`` messages to one person, over all channels, in any ``cap_days`` days.
        quiet_from, quiet_to: No message arrives between these hours on the person's own clock.
        lower_tier_hour, lowest_tier_hour: What plays say to people in third-tier cities, and in smaller ones, is due at
            this hour of the brand's clock; empty: at once.
        play_cap: At most so many messages of one play to one person in any ``play_cap_days`` days.
        group_cap: At most so many messages to one group in any ``group_cap_days`` days.
        staff_a_day: Messages a day in one staff member's name.
        account_first_day: Messages of an account on the day it was connected; 0: an account is not warmed up.
        account_growth: By what the account's day grows from day to day.
        account_a_day: Messages a day through one account; 0: no limit.
        budgets_minor: Money that each play may spend, in the brand's minor units.
        holdout_share: Share of people that a play leaves alone, to be compared with.
        holdout_salt: Decides who they are; empty means a secret of the workspace. Changing it draws new people only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cap: int = Field(default=2, ge=0)
    cap_days: int = Field(default=7, ge=1)
    quiet_from: str = Field(default="22:00", pattern=r"^\d{2}:\d{2}$")
    quiet_to: str = Field(default="08:00", pattern=r"^\d{2}:\d{2}$")
    lower_tier_hour: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    lowest_tier_hour: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    play_cap: int = Field(default=4, ge=0)
    play_cap_days: int = Field(default=28, ge=1)
    group_cap: int = Field(default=4, ge=0)
    group_cap_days: int = Field(default=28, ge=1)
    staff_a_day: int = Field(default=200, ge=1)
    account_first_day: int = Field(default=0, ge=0)
    account_growth: float = Field(default=1.3, ge=1, le=10)
    account_a_day: int = Field(default=0, ge=0)
    budgets_minor: dict[str, int] = Field(default_factory=dict)
    holdout_share: float = Field(default=0.05, ge=0, lt=1)
    holdout_salt: str = ""


class NextBest(BaseModel):
    """How one of several things that plays want to say to a person is chosen.

    Attributes:
        explore: Share of choices that are drawn evenly among all there are, silence included.
        window_days: What a person pays in so many days after a choice is what it brought; who was left in peace is
            left in peace for so long.
        learners: People among whom is explored, about; for others what is worth most is chosen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    explore: float = Field(default=0.05, ge=0, le=1)
    window_days: int = Field(default=7, ge=1)
    learners: int = Field(default=5_000, ge=0)


class Level(BaseModel):
    """One level of the membership: what must have been paid in the period, in minor units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    spent_minor: int = Field(ge=0)


class Membership(BaseModel):
    """The brand's tiers, lowest first; without any there is no membership.

    Attributes:
        period_days: A tier is reached by what was paid in so many days.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    period_days: int = Field(default=365, ge=31)
    tiers: tuple[Level, ...] = ()

    def programme(self) -> Programme | None:
        """Return the tiers as loyalty knows them; None without any.

        Raises:
            ConfigError: they do not rise.
        """
        if not self.tiers:
            return None
        tiers = [Tier(one.name, one.spent_minor) for one in self.tiers]
        if tiers[0].spent_minor:
            tiers.insert(0, Tier("", 0))
        return Programme(tuple(tiers), self.period_days * DAY)


class Settings(BaseModel):
    """Everything a person may set.

    Attributes:
        database_url: SQLite or PostgreSQL; empty means ``siyu.db`` in the workspace.
        lake_url: A folder or an object-store URL; empty means ``lake/`` in the workspace.
        buckets: Person buckets of the lake; fixed when the lake is made.
        plays: Which plays run by themselves; `siyu play list --all` names them all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = ""
    lake_url: str = ""
    buckets: int = Field(default=16, ge=1, le=4096)
    plays: tuple[str, ...] = ("replenishment", "win_back")
    brand: Brand = Brand()
    policy: Policy = Policy()
    membership: Membership = Membership()
    next_best: NextBest = NextBest()


def read_settings(workspace: Path) -> Settings:
    """Read the settings of a workspace.

    Raises:
        ConfigError: the file is not TOML, or holds a setting that does not exist or a value out of range.
    """
    file = workspace / FILE_NAME
    try:
        written: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error
    for name, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        if inner is None:
            _overrule(written, name, f"SIYU_{name}")
        else:
            for key in inner:
                section = written.setdefault(name, {})
                if isinstance(section, dict):
                    _overrule(section, key, f"SIYU_{name}_{key}")
    try:
        return Settings.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{file}: {where}: {first['msg']}") from error


def _overrule(section: dict[str, Any], key: str, variable: str) -> None:
    value = os.environ.get(variable.upper())
    if value is not None:
        section[key] = value
