"""What stands for a whole round of judging: since when accounts are connected, which campaigns break the law."""

from datetime import date

from sqlalchemy import Connection, select

from siyu.policy.lint import lint_plan
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.app import channel_account

#: Rules of packs that a campaign's reward can break, whatever its words are.
_OF_REWARDS = frozenset({"induced_sharing", "induced_following", "reward_depth", "entry_fee"})


def accounts_since(connection: Connection) -> dict[tuple[str, str], int]:
    """Return when each account was connected, by (channel, account)."""
    columns = (channel_account.c.channel, channel_account.c.account, channel_account.c.connected_at_us)
    return {(channel, account): since for channel, account, since in connection.execute(select(*columns))}


def unlawful_campaigns(connection: Connection, *, on: date) -> dict[str, str]:
    """Return why a campaign's reward breaks a clause that is in force on a day, by the campaign's name."""
    rewards = SqlRewards(connection)
    found: dict[str, str] = {}
    for name in rewards.campaigns():
        for one in lint_plan(rewards.plan_of(name) or {}, on=on, platform="wechat"):
            if one.rule in _OF_REWARDS and not one.span[1]:  # a fact of the plan, not a word in it
                found.setdefault(name, f"{one.rule}: {one.clause}")
    return found
