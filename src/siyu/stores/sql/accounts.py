"""The accounts that the brand connected, with their secrets encrypted."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.dispatch.account import Account
from siyu.people.vault import Vault
from siyu.stores.sql.schema.app import channel_account
from siyu.stores.sql.vault_rows import follow_rotation


class SqlAccounts:
    """Connected accounts. The caller owns the transaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def connect(self, account: Account, *, now_us: int) -> None:
        """Keep an account; connecting it again replaces its secrets."""
        follow_rotation(self._connection, self._vault)
        statement = self._flavour.insert(channel_account).values(
            channel=account.channel,
            account=account.account,
            base_url=account.base_url,
            secrets=self._vault.encrypt_record(msgspec.json.encode(account.secrets)),
            connected_at_us=now_us,
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["channel", "account"],
                set_={name: statement.excluded[name] for name in ("base_url", "secrets", "connected_at_us")},
            )
        )

    def all(self) -> Sequence[Account]:
        """Return every connected account."""
        rows = self._connection.execute(
            select(channel_account).order_by(channel_account.c.channel, channel_account.c.account)
        ).mappings()
        return [
            Account(
                row["channel"],
                row["account"],
                row["base_url"],
                msgspec.json.decode(self._vault.decrypt_record(row["secrets"]), type=dict[str, str]),
            )
            for row in rows
        ]
