"""Channels (渠道): what can be connected, what is, and what no official API offers."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from siyu.app.workspace import Workspace
from siyu.channels.manifest import Manifest, manifests
from siyu.stores.sql.schema.app import channel_account
from siyu.stores.sql.schema.people import relation


@dataclass(frozen=True, slots=True)
class Connected:
    """One account of the brand; its secrets stay where they are."""

    account: str
    base_url: str
    connected_at_us: int


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel.

    Attributes:
        reachable: Relations that stand on it.
    """

    manifest: Manifest
    accounts: Sequence[Connected]
    reachable: int


def channel_rows(workspace: Workspace) -> list[ChannelRow]:
    """Return every channel, the connected ones first."""
    with workspace.database.read() as connection:
        accounts: dict[str, list[Connected]] = {}
        for row in connection.execute(select(channel_account).order_by(channel_account.c.account)):
            accounts.setdefault(row.channel, []).append(Connected(row.account, row.base_url, row.connected_at_us))
        rows_of = connection.execute(
            select(relation.c.channel, func.count()).where(relation.c.until_us.is_(None)).group_by(relation.c.channel)
        )
        standing = {str(channel): int(count) for channel, count in rows_of}
    rows = [ChannelRow(one, accounts.get(name, []), standing.get(name, 0)) for name, one in manifests().items()]
    return sorted(rows, key=lambda row: (not row.accounts, -row.reachable, row.manifest.domain))
