"""Rewards and fission campaigns in SQL: where each stands, and why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.loyalty.rewards import Reward, RewardState
from siyu.stores.sql.schema.loyalty import fission_campaign, reward


@dataclass(frozen=True, slots=True)
class KeptReward:
    """A reward and the last decision about it."""

    reward: Reward
    step: str
    reason: str
    next_at_us: int


class SqlRewards:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._flavour: Any = sqlite if connection.dialect.name == "sqlite" else postgresql

    def plan(self, campaign: str, plan: Mapping[str, Any], *, at_us: int) -> None:
        """Keep the plan of a campaign; a campaign that is there gets the new plan."""
        insert = self._flavour.insert(fission_campaign).values(
            campaign=campaign, plan=json.dumps(plan).encode(), planned_at_us=at_us, stopped_because=""
        )
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["campaign"], set_={"plan": insert.excluded.plan})
        )

    def plan_of(self, campaign: str) -> dict[str, Any] | None:
        """Return the plan of a campaign, or nothing."""
        found = self._connection.execute(
            select(fission_campaign.c.plan).where(fission_campaign.c.campaign == campaign)
        ).scalar()
        return json.loads(found) if found else None

    def campaigns(self) -> list[str]:
        """Return the names of all campaigns."""
        return list(self._connection.execute(select(fission_campaign.c.campaign).order_by("campaign")).scalars())

    def stop(self, campaign: str, *, at_us: int, because: str) -> None:
        """Stop a campaign: what was promised stays promised, nothing new is."""
        self._connection.execute(
            update(fission_campaign)
            .where(fission_campaign.c.campaign == campaign, fission_campaign.c.stopped_at_us.is_(None))
            .values(stopped_at_us=at_us, stopped_because=because)
        )

    def stopped(self, campaign: str) -> str:
        """Return why a campaign was stopped, empty while it runs."""
        row = self._connection.execute(
            select(fission_campaign.c.stopped_at_us, fission_campaign.c.stopped_because).where(
                fission_campaign.c.campaign == campaign
            )
        ).one_or_none()
        return row.stopped_because or "by hand" if row and row.stopped_at_us is not None else ""

    def of_campaign(self, campaign: str) -> list[KeptReward]:
        """Return the rewards of a campaign, oldest first."""
        query = select(reward).where(reward.c.campaign == campaign).order_by(reward.c.reward_id)
        return [
            KeptReward(
                Reward(
                    bytes(row.reward_id).hex(), row.campaign, row.inviter_id, row.invitee_id, row.amount, row.currency,
                    row.joined_at_us, RewardState(row.state),
                ),
                row.step, row.reason, row.next_at_us,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip

    def keep(self, rewards: Sequence[KeptReward], *, at_us: int) -> None:
        """Keep rewards with their newest decision."""
        if not rewards:
            return
        insert = self._flavour.insert(reward)
        changed = {name: insert.excluded[name] for name in ("state", "step", "reason", "next_at_us", "settled_at_us")}
        rows = [
            {
                "reward_id": bytes.fromhex(one.reward.reward_id),
                "campaign": one.reward.campaign,
                "inviter_id": one.reward.inviter_id,
                "invitee_id": one.reward.invitee_id,
                "amount": one.reward.amount,
                "currency": one.reward.currency,
                "joined_at_us": one.reward.joined_at_us,
                "state": one.reward.state.value,
                "step": one.step,
                "reason": one.reason,
                "next_at_us": one.next_at_us,
                "settled_at_us": at_us,
            }
            for one in rewards
        ]
        self._connection.execute(insert.on_conflict_do_update(index_elements=["reward_id"], set_=changed), rows)

    def counts(self, campaign: str) -> dict[str, dict[str, int]]:
        """Return how many rewards and how much money stand in each state."""
        query = (
            select(reward.c.state, func.count(), func.sum(reward.c.amount))
            .where(reward.c.campaign == bindparam("campaign"))
            .group_by(reward.c.state)
        )
        rows = self._connection.execute(query, {"campaign": campaign})
        return {state: {"rewards": count, "amount_minor": int(amount)} for state, count, amount in rows}
