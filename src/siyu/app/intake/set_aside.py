"""Set rows aside: encrypted, each once, with the reason (encrypted as well: it quotes the row) and how it was read."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from siyu.app.intake.understood import SetAside
from siyu.app.workspace import Workspace
from siyu.stores.sql.quarantine import QuarantineRow, SqlQuarantine
from siyu.stores.sql.vault_rows import follow_rotation
from siyu.touchpoints.touch import Identifier

_AT_ONCE = 20_000


def set_aside(workspace: Workspace, rows: Sequence[SetAside], *, source: str, mapping: dict[str, str]) -> int:
    """Keep rows in the quarantine; return how many were not there before.

    The id of a row is a keyed hash of what stands in it (and of how often it stood in this batch before), so the
    same file under another name brings nothing new, and the id says nothing of the person in it.

    Args:
        source: File name or HTTP route.
        mapping: How it was read: ``what`` and ``preset``, or ``stored`` (the name of a kept mapping).
    """
    now_us = workspace.clock.now_us()
    how = msgspec.json.encode(mapping).decode()
    seen: dict[bytes, int] = {}
    new = 0
    vault = workspace.vault
    for start in range(0, len(rows), _AT_ONCE):
        with workspace.database.write() as connection:
            follow_rotation(connection, vault)
            kept: list[QuarantineRow] = []
            for one in rows[start : start + _AT_ONCE]:
                again = seen.get(one.raw, 0)
                seen[one.raw] = again + 1
                digest = blake2b(one.raw, digest_size=16, salt=again.to_bytes(8, "big")).hexdigest()
                kept.append(
                    QuarantineRow(
                        quarantine_id=vault.key_of(Identifier(f"quarantine@{mapping.get('what', '')}", digest)),
                        source=source[-512:],
                        line=one.line,
                        heading=one.heading,
                        reason=vault.encrypt_record(one.reason.encode("utf-8", "replace")),
                        raw=vault.encrypt_record(one.raw),
                        mapping=how,
                        set_aside_at_us=now_us,
                    )
                )
            new += SqlQuarantine(connection).add(kept)
    return new
