"""Read WeCom as touches: customers by listing, and customer-service messages that a callback said wait."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, Final

from siyu.channels.pulled import touches_of_answer, unionids_of
from siyu.channels.unmapped import NamesOnly
from siyu.channels.wecom.client import WeComClient
from siyu.channels.wecom.listing import tags_listed
from siyu.channels.wecom.mapping import touches_from_payload
from siyu.channels.wecom.service import accounts, messages
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.period import HOUR
from siyu.touchpoints.touch import Touch

#: The worker pulls so often: every customer is listed: a call for each 100 of them.
EVERY_US: Final = 6 * HOUR
#: What :func:`read_named` can read.
READS: Final = frozenset({"kf_messages"})
_PART: Final = 500
#: (corp, service account) -> how far this process has read. Lost when it ends: then the platform gives the last three
#: days again, and what is known counts once.
_read_to: dict[tuple[str, str], str] = {}
#: (corp, staff, customer) -> tags as this process told them last. Lost when it ends: then they are told once more.
_told_tags: dict[tuple[str, str, str], frozenset[str]] = {}


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read who became a customer in ``[start_us, end_us)``, whose tags changed, and what was said to customer service.

    Raises:
        ConfigError, PermanentError, RetryLaterError: as each says; reading again is harmless.
    """
    with closing(WeComClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        names = {str(one["id"]): str(one["name"]) for group in client.tag_groups() for one in group.get("tag") or ()}
        rows = iter(client.customers_in_detail(client.staff()))
        while part := list(islice(rows, _PART)):
            yield _within(_touches("external_contact_list", part, account, now_us), start_us, end_us)
            touches, told = tags_listed(part, names, told=_told_tags, account=account.account, received_at_us=now_us)
            yield touches
            _told_tags.update(told)  # they are taken in
        for one in accounts(client):
            said, _ = messages(client, str(one["open_kfid"]))
            yield _within(_touches("msg_list", said, account, now_us), start_us, end_us)


def read_named(named: NamesOnly, account: Account, *, tokens: TokenStore, now_us: int) -> list[Touch]:
    """Read the customer-service messages that wait; ``named.ids`` are the service account and the callback's token.

    Raises:
        ConfigError, PermanentError, RetryLaterError: as each says; reading again is harmless.
    """
    open_kfid, token = named.ids
    key = (account.account, open_kfid)
    with closing(WeComClient(account, tokens=tokens, now_us=lambda: now_us)) as client:
        said, cursor = messages(client, open_kfid, token=token, cursor=_read_to.get(key, ""))
    touches = _touches("msg_list", said, account, now_us)
    _read_to[key] = cursor
    return touches


def _touches(name: str, rows: Sequence[dict[str, Any]], account: Account, now_us: int) -> list[Touch]:
    answer = {"errcode": 0, name: list(rows)}
    return touches_of_answer(touches_from_payload, answer, account, now_us, **unionids_of(account))


def _within(touches: list[Touch], start_us: int, end_us: int) -> list[Touch]:
    return [one for one in touches if start_us <= one.happened_at_us < end_us]
