"""Keys of the HTTP doors. Only their hashes are kept: a key that is lost cannot be found again."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from siyu.stores.sql.schema.app import api_key


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key.

    Attributes:
        digest: SHA-256 of the key; its first digits name it to people.
        scope: What it opens.
        label: Who uses it.
        made_at_us, revoked_at_us: Microseconds since 1970 UTC; None while it holds.
    """

    digest: bytes
    scope: str
    label: str
    made_at_us: int
    revoked_at_us: int | None = None


class SqlApiKeys:
    """The keys. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        self._connection.execute(
            api_key.insert().values(
                digest=key.digest, scope=key.scope, label=key.label, made_at_us=key.made_at_us, revoked_at_us=None
            )
        )

    def find(self, digest: bytes) -> ApiKey | None:
        """Return the key that holds, or nothing."""
        row = self._connection.execute(
            select(api_key).where(api_key.c.digest == digest, api_key.c.revoked_at_us.is_(None))
        ).one_or_none()
        return None if row is None else ApiKey(bytes(row.digest), row.scope, row.label, row.made_at_us)

    def every(self) -> list[ApiKey]:
        """Return all keys, the oldest first."""
        rows = self._connection.execute(select(api_key).order_by(api_key.c.made_at_us))
        return [ApiKey(bytes(row.digest), row.scope, row.label, row.made_at_us, row.revoked_at_us) for row in rows]

    def revoke(self, name: str, at_us: int) -> int:
        """Revoke the keys whose digest begins with ``name`` (hexadecimal); return how many."""
        found = [key.digest for key in self.every() if key.revoked_at_us is None and key.digest.hex().startswith(name)]
        if found:
            self._connection.execute(update(api_key).where(api_key.c.digest.in_(found)).values(revoked_at_us=at_us))
        return len(found)
