"""Who carries messages out: one sender per account that the brand connected."""

from collections.abc import Mapping, Sequence
from importlib import import_module

from siyu.app.workspace import Workspace
from siyu.channels.manifest import manifests
from siyu.dispatch.account import Account
from siyu.dispatch.ports import Sender
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.tokens import SqlTokens

#: Senders by channel and account.
Senders = Mapping[tuple[str, str], Sender]


def open_senders(workspace: Workspace) -> Senders:
    """Open the senders of every connected account.

    A channel that can carry messages out has ``channels/<name>/sender.py`` with ``open_sender``.
    """
    with workspace.database.read() as connection:
        connected = SqlAccounts(connection, workspace.vault).all()
    return senders_of(workspace, connected)


def senders_of(workspace: Workspace, connected: Sequence[Account]) -> Senders:
    """Open the senders of these accounts."""
    tokens = SqlTokens(workspace.database, workspace.vault)
    senders: dict[tuple[str, str], Sender] = {}
    for account in connected:
        if manifests()[account.channel].outbound:
            module = import_module(f"siyu.channels.{account.channel}.sender")
            sender: Sender = module.open_sender(account, tokens=tokens, now_us=workspace.clock.now_us)
            senders[account.channel, account.account] = sender
    return senders
