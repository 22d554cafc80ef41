"""What is kept of a campaign: its plan, and small facts as settings: decisions about people, the paper of a draw."""

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, select

from siyu.campaigns.fission.plan import FissionPlan, kept_plan_of
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.app import setting


def plan_kept(connection: Connection, campaign: str) -> FissionPlan:
    """Return the plan of a campaign.

    Raises:
        BadInputError: there is no such campaign.
    """
    rewards = SqlRewards(connection)
    written = rewards.plan_of(campaign)
    if written is None:
        known = ", ".join(rewards.campaigns()) or "none yet"
        raise BadInputError(f"there is no campaign {campaign!r}", mend=f"known are {known}")
    return kept_plan_of(written)


def read_fact(connection: Connection, kind: str, campaign: str) -> dict[str, Any]:
    """Return what is kept of a kind for a campaign; empty if nothing is."""
    value = connection.execute(select(setting.c.value).where(setting.c.name == _name(kind, campaign))).scalar()
    found: dict[str, Any] = json.loads(value) if value else {}
    return found


def write_fact(connection: Connection, kind: str, campaign: str, fact: dict[str, Any]) -> None:
    """Keep a fact in place of the one before."""
    value = json.dumps(fact, ensure_ascii=False)
    then = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    insert_rows(connection, setting, ("name", "value"), [(_name(kind, campaign), value)], then=then)


def _name(kind: str, campaign: str) -> str:
    """Return the setting's name; names of campaigns may be longer than those of settings."""
    return f"fission.{kind}.{hashlib.sha256(campaign.encode()).hexdigest()[:32]}"
