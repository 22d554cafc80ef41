"""Record and read what people allow."""

from typing import Any

from siyu.app.people.identity import find
from siyu.app.workspace import Workspace
from siyu.channels.manifest import manifests
from siyu.kernel.errors import BadInputError
from siyu.people.consent import EVERY_CHANNEL, PURPOSES, ConsentRecord, is_granted
from siyu.stores.sql.consents import SqlConsents


def decide(
    workspace: Workspace, person: str, purpose: str, *, granted: bool, channel: str, text: str, proof: str
) -> dict[str, Any]:
    """Append one decision of a person.

    Raises:
        BadInputError: nobody goes by that, an unknown purpose or channel, or a grant without text version or proof.
    """
    if purpose not in PURPOSES:
        raise BadInputError(f"{purpose!r} is no purpose", mend=f"one of {', '.join(PURPOSES)}")
    if channel and channel not in manifests():
        raise BadInputError(
            f"{channel!r} is no channel", mend=f"one of {', '.join(sorted(manifests()))}, or none for all"
        )
    if granted and not (text.strip() and proof.strip()):
        raise BadInputError("consent needs the version of its text and a proof", mend="--text v3 --proof form-2026-11")
    with workspace.database.write() as connection:
        number, _ = find(workspace, person, connection)
        store = SqlConsents(connection)
        store.append([
            ConsentRecord(number, purpose, channel, granted, text, proof or "said by the operator",
                          workspace.clock.now_us())
        ])  # fmt: skip
    return history(workspace, person)


def history(workspace: Workspace, person: str) -> dict[str, Any]:
    """Return what a person allows now, and every decision, oldest first.

    Raises:
        BadInputError: nobody goes by that.
    """
    with workspace.database.read() as connection:
        _, number = find(workspace, person, connection)
        records = SqlConsents(connection).of_people([number]).get(number, [])
    channels = sorted({one.channel for one in records} | {EVERY_CHANNEL})
    asked = [(purpose, channel) for purpose in PURPOSES for channel in channels
             if any(one.purpose == purpose for one in records)]  # fmt: skip
    return {
        "person": number,
        "allows": [
            {
                "purpose": purpose,
                "channel": channel or "every",
                "granted": is_granted(records, purpose=purpose, channel=channel),
            }
            for purpose, channel in asked
        ],
        "decisions": records,
    }
