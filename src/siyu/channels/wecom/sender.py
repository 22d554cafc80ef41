"""Carry messages out through WeCom: few tasks for many messages, a receipt for each, and no blind repeat.

A mass send makes a task; each staff member then confirms it in the app, so the best first receipt is ``AWAITING``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from siyu.channels.manifest import manifests
from siyu.channels.wecom.answers import witnessed_touch
from siyu.channels.wecom.client import WeComClient
from siyu.channels.wecom.errors import CANCELLED
from siyu.channels.wecom.groups import group as chat_in_full
from siyu.channels.wecom.groups import groups
from siyu.channels.wecom.handover import hand_over, progress
from siyu.channels.wecom.mapping import content_body, content_mark, mass_send_body
from siyu.channels.wecom.names import group_identifier
from siyu.channels.wecom.service import send_text
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError, ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError
from siyu.kernel.period import MINUTE, SECOND
from siyu.touchpoints.touch import Identifier, Touch

#: ``mass_send``: recipient is an external_userid; ``group_send``: a chat id, staff its owner; ``welcome``: recipient is
#: the welcome code; ``kf_reply``: recipient is an external_userid, staff the service account (open_kfid).
ACTIONS: Final = ("mass_send", "group_send", "welcome", "kf_reply")
#: A task that the platform does not list so long after the answer was lost was never made.
GIVE_UP_AFTER_US: Final = 10 * MINUTE
#: Trouble that passes so soon is no reason to stop asking about other tasks.
_SHORT: Final = timedelta(seconds=10)
#: A receipt's task that starts with it names what to look for, because the msgid was in the lost answer.
_LOST: Final = "lost:"
_RESULTS: Final = {
    1: (MessageState.SENT, ""),
    2: (MessageState.FAILED, "not_a_friend"),
    3: (MessageState.FAILED, "platform_cap"),
}
#: The platform lists tasks of a month at most.
_LISTED_S: Final = 30 * 86_400
#: What people read in place of a code: 41048 says that nobody of the request can get it.
_DETAILS: Final = {"41048": "not_a_friend", "84061": "not_a_friend", "84084": "not_a_friend"}


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "WeComSender":
    """Make the sender of a connected account."""
    return WeComSender(WeComClient(account, tokens=tokens, now_us=now_us))


class WeComSender:
    """A ``dispatch.ports.Sender`` for WeCom."""

    def __init__(self, client: WeComClient) -> None:
        self.client = client

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Hand messages over: same staff and same piece become one task of up to the manifest's number of ids.

        Raises:
            ConfigError, RetryLaterError: nothing was sent at all. Once something has left, later trouble of this
                kind gives ``READY`` receipts instead.
        """
        receipts: dict[int, Receipt] = {}
        for positions in _grouped(messages):
            group = [messages[position] for position in positions]
            try:
                outcome = self._send_group(group)
            except (ConfigError, RetryLaterError) as error:
                if not receipts:
                    raise
                outcome = [self._receipt(one, MessageState.READY, detail=str(error)) for one in group]
            receipts.update(zip(positions, outcome, strict=True))
        return [receipts[position] for position in range(len(messages))]

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Ask what became of sends: few calls, for a whole task at a time.

        A lost answer is looked for among the tasks that the platform lists; what it does not list ten minutes
        later was never made and is ``READY`` again. Trouble with one task stops no other, unless the platform asks
        for a longer pause.

        Raises:
            RetryLaterError: nothing could be learned now.
            ConfigError: the account's credentials do not work.
        """
        waiting: dict[tuple[str, str], dict[str, bytes]] = {}
        for message_id, (task, staff, recipient) in tasks.items():
            waiting.setdefault((task, staff), {})[recipient] = message_id
        receipts: list[Receipt] = []
        trouble: RetryLaterError | None = None
        for (task, staff), recipients in waiting.items():
            try:
                if task.startswith(_LOST):
                    receipts += self._find(task, staff, recipients)
                elif task:
                    receipts += self._results(task, staff, recipients)
            except RetryLaterError as error:
                trouble = error
                if error.retry_after > _SHORT:
                    break
        if trouble is not None and not receipts:
            raise trouble
        return receipts

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        """Name a mass send by when it was handed over and what it said; other actions cannot be asked for."""
        return _lost_task(message, claimed_at_us) if message.action in {"mass_send", "group_send"} else ""

    def remind(self, task: str) -> None:
        """Remind the staff of a mass-send task; WeCom takes three reminders in 24 hours."""
        self.client.remind(task)

    def cancel(self, task: str) -> None:
        """Take back the parts of a mass-send task that no staff member has confirmed."""
        self.client.cancel(task)

    def hand_over(self, recipients: Sequence[str], *, giver: str, taker: str, left: bool) -> dict[str, str]:
        """Hand customers of one staff member to another; WeCom does it after a day unless the customer refuses."""
        codes = hand_over(self.client, recipients, giver=giver, taker=taker, resigned=left)
        return {recipient: str(code) if code else "" for recipient, code in codes.items()}

    def handed_over(self, *, giver: str, taker: str, left: bool) -> dict[str, str]:
        """Return how far that is, by external_userid."""
        return dict(progress(self.client, giver=giver, taker=taker, resigned=left))

    def witnessed(self, *, since_us: int, ours: Collection[str]) -> Iterator[Touch]:
        """Yield what reached customers and groups by mass sends that staff or other programs made."""
        now_s = self.client.now_us() // SECOND
        account = self.client.account.account
        first_s = max(since_us // SECOND, now_s - _LISTED_S)
        to_groups = self.client.mass_sends(from_s=first_s, to_s=now_s, groups=True, by_anybody=True)
        for task in chain(self.client.mass_sends(from_s=first_s, to_s=now_s, by_anybody=True), to_groups):
            msgid = str(task.get("msgid", ""))
            if msgid in ours:
                continue
            confirmed = [str(one.get("userid", "")) for one in self.client.mass_send_staff(msgid) if one.get("status")]
            for staff in confirmed:
                for row in self.client.mass_send_results(msgid, staff):
                    if _RESULTS.get(row.get("status", 0), ("",))[0] is MessageState.SENT:
                        yield witnessed_touch(row, account, task=msgid, staff=staff, now_us=self.client.now_us())

    def customer_groups(self) -> Iterator[tuple[Identifier, str]]:
        """Yield each customer group and its owner: one call a group."""
        for chat in groups(self.client):
            owner = str(chat_in_full(self.client, chat).get("owner", ""))
            yield group_identifier(chat, self.client.account.account), owner

    def _send_group(self, group: Sequence[OutboundMessage]) -> list[Receipt]:
        first = group[0]
        sent_at_us = self.client.now_us()
        try:
            match first.action:
                case "mass_send" | "group_send":
                    return self._send_mass(group)
                case "welcome":
                    self.client.send_welcome(first.recipient, first.piece)
                    return [self._receipt(first, MessageState.SENT, task=first.recipient)]
                case "kf_reply":
                    msgid = send_text(
                        self.client,
                        open_kfid=first.staff,
                        external_userid=first.recipient,
                        text=first.piece.text,
                        msgid=first.message_id.hex(),
                    )
                    return [self._receipt(first, MessageState.SENT, task=msgid)]
        except UnknownOutcomeError as error:
            task = _lost_task(first, sent_at_us)
            return [self._receipt(one, MessageState.UNKNOWN, task=task, detail=str(error)) for one in group]
        except (PermanentError, BadInputError) as error:
            detail = _DETAILS.get(getattr(error, "code", "")) or getattr(error, "code", "") or str(error)
            return [self._receipt(one, MessageState.FAILED, detail=detail) for one in group]
        return [self._receipt(one, MessageState.FAILED, detail=f"no such action: {one.action}") for one in group]

    def _send_mass(self, group: Sequence[OutboundMessage]) -> list[Receipt]:
        first = group[0]
        body = mass_send_body(
            first.piece,
            staff=first.staff,
            recipients=[one.recipient for one in group],
            groups=first.action == "group_send",
        )
        msgid, failed = self.client.add_mass_send(body)
        return [
            self._receipt(one, MessageState.FAILED, task=msgid, detail="not_a_friend")
            if one.recipient in failed
            else self._receipt(one, MessageState.AWAITING, task=msgid)
            for one in group
        ]

    def _receipt(self, one: OutboundMessage, state: MessageState, *, task: str = "", detail: str = "") -> Receipt:
        return Receipt(one.message_id, state, task, self.client.now_us(), detail)

    def _results(self, task: str, staff: str, recipients: Mapping[str, bytes]) -> list[Receipt]:
        try:
            confirmed = [
                str(one.get("userid", ""))
                for one in self.client.mass_send_staff(task)
                if one.get("status") and staff in {"", one.get("userid")}
            ]
            rows = [row for userid in confirmed for row in self.client.mass_send_results(task, userid)]
        except PermanentError as error:
            if error.code != str(CANCELLED):
                raise
            now_us = self.client.now_us()
            return [Receipt(one, MessageState.CANCELLED, task, now_us, error.code) for one in recipients.values()]
        return list(self._judged(task, rows, recipients))

    def _judged(
        self, task: str, rows: Iterable[Mapping[str, Any]], recipients: Mapping[str, bytes]
    ) -> Iterable[Receipt]:
        for row in rows:
            message_id = recipients.get(_recipient_of(row))
            result = _RESULTS.get(row.get("status", 0))
            if message_id is not None and result is not None:
                at_us = int(row.get("send_time") or 0) * SECOND or self.client.now_us()
                yield Receipt(message_id, result[0], task, at_us, result[1])

    def _find(self, task: str, staff: str, recipients: Mapping[str, bytes]) -> list[Receipt]:
        kind, sent_at, mark = _lost_parts(task)
        now_us = self.client.now_us()
        if kind not in {"mass_send", "group_send"}:
            return []  # a lost welcome or reply cannot be asked for: it stays unknown and is never repeated
        found: dict[bytes, str] = {}
        candidates = self.client.mass_sends(
            from_s=sent_at - 60, to_s=min(sent_at + 600, now_us // SECOND + 60), groups=kind == "group_send"
        )
        for listed in candidates:
            text = str((listed.get("text") or {}).get("content", ""))
            if content_mark(text, list(listed.get("attachments") or ())) != mark:
                continue
            msgid = str(listed.get("msgid", ""))
            for row in self._rows_of(msgid, staff):
                message_id = recipients.get(_recipient_of(row))
                if message_id is not None:
                    found.setdefault(message_id, msgid)
        receipts = [Receipt(one, MessageState.AWAITING, msgid, now_us, "found") for one, msgid in found.items()]
        if now_us > sent_at * SECOND + GIVE_UP_AFTER_US:
            missing = [one for one in recipients.values() if one not in found]
            receipts += [
                Receipt(one, MessageState.READY, "", now_us, "the platform lists no such task") for one in missing
            ]
        return receipts

    def _rows_of(self, msgid: str, staff: str) -> list[dict[str, Any]]:
        try:
            staffs = [staff] if staff else [str(one.get("userid", "")) for one in self.client.mass_send_staff(msgid)]
            return [row for userid in staffs for row in self.client.mass_send_results(msgid, userid)]
        except PermanentError:
            return []  # not a task of this staff member


def _grouped(messages: Sequence[OutboundMessage]) -> list[list[int]]:
    """Return positions of messages that can go in one request, in the order of their first message.

    A recipient stands in a request once; a second message to the same one goes into the next request.
    """
    manifest = manifests()["wecom"]
    groups: list[list[int]] = []
    filling: dict[object, list[tuple[list[int], set[str]]]] = {}
    for position, message in enumerate(messages):
        limit = manifest.limit(f"{message.action}_recipients", "request")
        most = limit.max if limit else 1
        key = (message.action, message.staff, message.piece)
        open_groups = filling.setdefault(key, [])
        for group, taken in open_groups:
            if message.recipient not in taken and len(group) < most:
                group.append(position)
                taken.add(message.recipient)
                break
        else:
            groups.append([position])
            open_groups.append((groups[-1], {message.recipient}))
        filling[key] = [entry for entry in open_groups if len(entry[0]) < most]
    return groups


def _lost_task(message: OutboundMessage, sent_at_us: int) -> str:
    body = content_body(message.piece)
    mark = content_mark(message.piece.text, body.get("attachments", []))
    return f"{_LOST}{message.action}:{sent_at_us // SECOND}:{mark}"


def _lost_parts(task: str) -> tuple[str, int, str]:
    try:
        kind, sent_at, mark = task.removeprefix(_LOST).split(":")
        return kind, int(sent_at), mark
    except ValueError as error:
        raise BadInputError(f"{task!r} is no task of this channel", where="task") from error


def _recipient_of(row: Mapping[str, Any]) -> str:
    return str(row.get("chat_id") or row.get("external_userid") or "")
