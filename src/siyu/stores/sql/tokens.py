"""Access tokens in SQL, shared by every process of a workspace.

One process fetches a token at a time: it leases the row, fetches with no transaction open, and keeps what it got. The
others wait for it. A process that dies while it fetches loses its lease after ``_LEASE_US``.
"""

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.dispatch.account import Token
from siyu.kernel.period import SECOND
from siyu.people.vault import Vault
from siyu.stores.sql.database import Database
from siyu.stores.sql.schema.app import token
from siyu.stores.sql.vault_rows import follow_rotation

_LEASE_US: Final = 30 * SECOND
_LOOK_AGAIN_S: Final = 0.05


class SqlTokens:
    """A ``channels.tokens.TokenStore``; opens its own short transactions."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    def token(self, name: str, *, now_us: int, fetch: Callable[[], Token], refused: str = "") -> Token:
        """Return a fresh token (see ``TokenStore``)."""
        while True:
            known = self._known(name)
            if known is not None and known.is_fresh(now_us) and known.value != refused:
                return known
            if self._lease(name):
                break
            time.sleep(_LOOK_AGAIN_S)
        try:
            # between the look and the lease another process may have brought one
            known = self._known(name)
            if known is not None and known.is_fresh(now_us) and known.value != refused:
                return known
            fetched = fetch()
            self._keep(name, fetched)
        finally:
            with self._database.write() as connection:
                connection.execute(update(token).where(token.c.name == name).values(leased_until_us=0))
        return fetched

    def _known(self, name: str) -> Token | None:
        with self._database.read() as connection:
            row = connection.execute(
                select(token.c.ciphertext, token.c.ends_at_us).where(token.c.name == name)
            ).one_or_none()
        if row is None or not row.ciphertext:
            return None
        return Token(self._vault.decrypt_record(row.ciphertext).decode(), row.ends_at_us)

    def _lease(self, name: str) -> bool:
        now_us = time.time_ns() // 1000
        flavour = sqlite if self._database.is_sqlite else postgresql
        with self._database.write() as connection:
            connection.execute(
                flavour.insert(token)
                .values(name=name, ciphertext=b"", ends_at_us=0, leased_until_us=0)
                .on_conflict_do_nothing(index_elements=["name"])
            )
            leased = connection.execute(
                update(token)
                .where(token.c.name == name, token.c.leased_until_us < now_us)
                .values(leased_until_us=now_us + _LEASE_US)
            )
            return leased.rowcount == 1

    def _keep(self, name: str, fetched: Token) -> None:
        with self._database.write() as connection:
            follow_rotation(connection, self._vault)
            connection.execute(
                update(token)
                .where(token.c.name == name)
                .values(ciphertext=self._vault.encrypt_record(fetched.value.encode()), ends_at_us=fetched.ends_at_us)
            )
