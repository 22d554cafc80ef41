"""Carry messages out through an official account: answers in their window, notices by template, mass sends."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from siyu.channels.manifest import manifests
from siyu.channels.one_by_one import send_one_by_one
from siyu.channels.wechat_client import Json
from siyu.channels.wechat_errors import WORDS
from siyu.channels.wechat_message import customer_message, template_message
from siyu.channels.wechat_mp.client import WechatMpClient
from siyu.content.piece import Piece
from siyu.dispatch.account import Account, TokenStore
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import BadInputError, ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError

#: The recipient is always an openid of the account.
ACTIONS: Final = ("customer_message", "template_message", "subscribe_message", "mass_send")
_ENDS: Final = {
    "SEND_SUCCESS": (MessageState.SENT, ""),
    "SEND_FAIL": (MessageState.FAILED, "the platform did not pass the mass send"),
    "DELETE": (MessageState.CANCELLED, "taken back"),
}


def open_sender(account: Account, *, tokens: TokenStore, now_us: Callable[[], int]) -> "WechatMpSender":
    """Make the sender of a connected account."""
    return WechatMpSender(WechatMpClient(account, tokens=tokens, now_us=now_us))


class WechatMpSender:
    """A ``dispatch.ports.Sender`` for an official account."""

    def __init__(self, client: WechatMpClient) -> None:
        self.client = client

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Hand messages over: mass sends of one piece in one request, everything else one by one.

        Raises:
            ConfigError, RetryLaterError: nothing was sent.
        """
        receipts: dict[bytes, Receipt] = {}
        for group in _groups([one for one in messages if one.action == "mass_send"]):
            try:
                receipts |= {one.message_id: one for one in self._send_mass(group)}
            except (ConfigError, RetryLaterError) as error:
                if not receipts:
                    raise
                receipts |= {one.message_id: self._receipt(one, MessageState.READY, "", str(error)) for one in group}
        single = [one for one in messages if one.action != "mass_send"]
        try:
            sent = send_one_by_one(single, self._send, now_us=self.client.now_us, words=WORDS)
        except (ConfigError, RetryLaterError) as error:
            if not receipts:
                raise
            sent = [self._receipt(one, MessageState.READY, "", str(error)) for one in single]
        receipts |= {one.message_id: one for one in sent}
        return [receipts[one.message_id] for one in messages]

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Ask what became of mass sends; other actions cannot be asked for."""
        asked = {task: self.client.mass_status(task) for task in {task for task, _, _ in tasks.values() if task}}
        now_us = self.client.now_us()
        return [
            Receipt(message_id, *_ENDS[asked[task]][:1], task, now_us, _ENDS[asked[task]][1])
            for message_id, (task, _, _) in tasks.items()
            if asked.get(task) in _ENDS
        ]

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:  # noqa: ARG002  the port's words
        """Return nothing: without its msg_id the platform cannot be asked."""
        return ""

    def cancel(self, task: str) -> None:
        """Take a mass send back."""
        self.client.delete_mass(task)

    def remind(self, task: str) -> None:
        """Refuse: nobody has to confirm here.

        Raises:
            PermanentError: always.
        """
        raise PermanentError(f"{task}: a mass send of an official account waits for nobody")

    def _send(self, message: OutboundMessage) -> str:
        match message.action:
            case "customer_message":
                for body in customer_message(message.recipient, message.piece):
                    self.client.send_customer_message(body)
                return ""
            case "template_message":
                body = template_message(message.recipient, message.piece)
                return self.client.send_template({**body, "client_msg_id": message.message_id.hex()[:32]})
            case "subscribe_message":
                return self.client.send_subscribe(template_message(message.recipient, message.piece))
        raise BadInputError(f"an official account has no action {message.action!r}")

    def _send_mass(self, group: Sequence[OutboundMessage]) -> list[Receipt]:
        if len(group) == 1:
            detail = "a mass send needs at least two followers"
            return [self._receipt(group[0], MessageState.FAILED, "", detail)]
        mark = sha256(b"".join(sorted(one.message_id for one in group))).hexdigest()
        try:
            body: Json = {"touser": [one.recipient for one in group], **_mass_content(group[0].piece)}
            number = self.client.mass_send({**body, "clientmsgid": mark})
        except UnknownOutcomeError as error:
            return [self._receipt(one, MessageState.UNKNOWN, "", str(error)) for one in group]
        except (PermanentError, BadInputError) as error:
            detail = WORDS.get(getattr(error, "code", "")) or str(error)
            return [self._receipt(one, MessageState.FAILED, "", detail) for one in group]
        return [self._receipt(one, MessageState.AWAITING, number, "the platform is sending") for one in group]

    def _receipt(self, message: OutboundMessage, state: MessageState, task: str, detail: str) -> Receipt:
        return Receipt(message.message_id, state, task, self.client.now_us(), detail)


def _groups(messages: Sequence[OutboundMessage]) -> list[list[OutboundMessage]]:
    """Put messages of one piece together, every follower once, at most as many as a request takes."""
    limit = manifests()["wechat_mp"].limit("mass_send_recipients", "request")
    most = limit.max if limit else 2
    found: dict[Piece, list[dict[str, OutboundMessage]]] = {}
    for one in messages:
        groups = found.setdefault(one.piece, [{}])
        place = next((group for group in groups if one.recipient not in group and len(group) < most), None)
        if place is None:
            groups.append(place := {})
        place[one.recipient] = one
    return [list(group.values()) for groups in found.values() for group in groups if group]


def _mass_content(piece: Piece) -> Json:
    media = [one for one in piece.attachments if one.media_id]
    if media:
        kind = {"image": "image", "video": "mpvideo"}.get(media[0].kind, "mpnews")
        return {"msgtype": kind, kind: {"media_id": media[0].media_id}}
    if not piece.text:
        raise BadInputError("there is nothing to send")
    return {"msgtype": "text", "text": {"content": piece.text}}
