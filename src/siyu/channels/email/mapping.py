"""What comes back from e-mails, as touches: bounces, receipts, complaints and refusals. Pure; no text is kept.

Source: RFC 3464 (delivery status), RFC 5965 (abuse reports), RFC 8058 (one-click), RFC 3834 (automatic answers).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.message import Message
from email.parser import HeaderParser, Parser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, Final

from siyu.channels.record import Record, payload_of
from siyu.channels.signatures import sha1_hex
from siyu.channels.unmapped import Unmapped
from siyu.channels.wechat_xml import MAX_BYTES
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import EARLIEST_US, LATEST_US, us_of
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

CHANNEL: Final = "email"
_ADDRESS: Final = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}")
_OURS: Final = re.compile(r"(?:^|\s)message-id:\s*<([0-9a-f]{32})@", re.IGNORECASE)
_SUBJECT: Final = re.compile(r"(?:re:\s*)?unsubscribe(?:-([0-9a-f]{32}))?|(?:re:\s*)?(?:退订|TD)", re.IGNORECASE)
_ENDS: Final = {"failed": TouchKind.MESSAGE_FAILED, "delivered": TouchKind.MESSAGE_DELIVERED}


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one mail that came back, or one refusal by link.

    Args:
        payload: A raw mail, or ``{"refused": {"address", "message", "at_s"}}``.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch, on purpose.
    """
    if not isinstance(payload, str) or payload.lstrip().startswith("{"):
        refused = payload_of(payload).record("refused")
        news = _News(account, received_at_us, refused.seconds("at_s"), refused.maybe("message"))
        return [news.withdrawn(refused.text("address"), "one_click")]
    if len(payload) > MAX_BYTES:
        raise BadInputError(f"{len(payload)} characters of mail are too many (at most {MAX_BYTES})")
    try:
        payload.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BadInputError(
            f"half of a character stands at place {error.start}", mend="the mail's own bytes"
        ) from error
    mail = Parser().parsestr(payload.lstrip("\ufeff\r\n "))
    if not mail.keys() or mail.get("from") is None:
        raise BadInputError("this is no mail", mend="a raw mail with its headers, From and Date among them")
    kind = str(mail.get_param("report-type", "")).lower() if mail.get_content_type() == "multipart/report" else ""
    if kind == "delivery-status":
        return _bounced(mail, _News(account, received_at_us, _at(mail), _message_of(mail)))
    if kind == "feedback-report":
        return [_complained(mail, _News(account, received_at_us, _at(mail), _message_of(mail)))]
    if _is_automatic(mail):
        raise Unmapped("automatic")
    subject = _SUBJECT.fullmatch(_header(mail, "subject"))
    if subject is None:
        raise Unmapped("letter")
    news = _News(account, received_at_us, _at(mail), subject[1] or "")
    return [news.withdrawn(parseaddr(_header(mail, "from"))[1], "mail")]


@dataclass(frozen=True, slots=True)
class _News:
    """What one mail tells: when, and about which of our messages (empty if it does not say)."""

    account: str
    received_at_us: int
    at_us: int
    message: str

    def withdrawn(self, address: str, cause: str) -> Touch:
        """Say that somebody wants no more e-mails."""
        return self.touch(TouchKind.CONSENT_WITHDRAWN, address, for_channel=CHANNEL, cause=cause)

    def touch(self, kind: TouchKind, address: str, **said: Scalar) -> Touch:
        """Say what happened to whom."""
        who = _address(address)
        return touch(
            CHANNEL,
            kind,
            happened_at_us=self.at_us,
            received_at_us=self.received_at_us,
            event_key=f"{self.message}|{sha1_hex(who)}" if self.message else "",
            account=self.account,
            actors=(Identifier("email", who),),
            scene="email",
            about=self.message,
            properties=said,
        )


def _bounced(mail: Message, news: _News) -> list[Touch]:
    """Read what became of a mail, a touch for each address; a delay is no end and gives none."""
    found = []
    for part in (one for one in mail.walk() if one.get_content_type() == "message/delivery-status"):
        for block in part.get_payload() if isinstance(part.get_payload(), list) else ():
            if not isinstance(block, Message) or "final-recipient" not in block:
                continue
            kind = _ENDS.get(_header(block, "action").lower())
            if kind is None:
                continue
            address, code = _header(block, "final-recipient").rpartition(";")[2], _header(block, "status")[:20]
            found.append(news.touch(kind, address.strip(), **({"code": code} if code else {})))
    if not found:
        raise Unmapped("delayed")
    return found


def _complained(mail: Message, news: _News) -> Touch:
    """Read a complaint: the mail program's button "this is spam" counts as a withdrawal."""
    report = next((one for one in mail.walk() if one.get_content_type() == "message/feedback-report"), None)
    if report is None:
        raise BadInputError("the report has no feedback-report part")
    fields = HeaderParser().parsestr(_text(report))
    if _header(fields, "feedback-type").lower() not in {"abuse", "opt-out", "opt-out-list"}:
        raise Unmapped("report")
    written = _header(fields, "original-rcpt-to") or _original(mail, "to")
    return news.withdrawn(parseaddr(written)[1], "complaint")


def _message_of(mail: Message) -> str:
    """Return the id of our message that a report is about; empty if it does not say."""
    for part in mail.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"} and (
            found := _OURS.search(_text(part))
        ):
            return found[1]
    return ""


def _original(mail: Message, name: str) -> str:
    for part in mail.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            return _header(HeaderParser().parsestr(_text(part)), name)
    return ""


def _text(part: Message) -> str:
    """Return a part as it is written; a mail within is written out again."""
    inner = part.get_payload()
    if isinstance(inner, list):
        return "\n".join(one.as_string() if isinstance(one, Message) else str(one) for one in inner)
    return str(inner)


def _header(mail: Message, name: str) -> str:
    return " ".join(str(mail.get(name, "")).split())


def _is_automatic(mail: Message) -> bool:
    return _header(mail, "auto-submitted").lower() not in {"", "no"} or _header(mail, "precedence").lower() == "bulk"


def _address(written: str) -> str:
    """Return an address as one writes it to recognise it.

    Raises:
        BadInputError: it is none.
    """
    address = Record({"address": written}).text("address").lower()
    if not _ADDRESS.fullmatch(address):
        raise BadInputError("no address of a person is named", where="address")
    return address


def _at(mail: Message) -> int:
    try:
        moment = parsedate_to_datetime(_header(mail, "date"))
        at_us = us_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))  # -0000 is UTC
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise BadInputError("the mail has no Date that can be read", where="Date") from error
    if not EARLIEST_US <= at_us <= LATEST_US:
        raise BadInputError("the mail's Date is no moment we know", where="Date")
    return at_us
