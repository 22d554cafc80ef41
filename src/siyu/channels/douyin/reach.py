"""Who may be written to on Douyin, now. Pure; the numbers are the manifest's.

Nobody can be written to first: not a commenter, not a follower. Three doors exist: the person wrote to us, the person
has just opened the chat, or the person allowed active messages.

Source: developer.open-douyin.com, private messages; counts marked in the manifest as to how sure they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from siyu.channels.manifest import Manifest
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY, HOUR, MINUTE, SECOND

Scene = Literal["im_reply_msg", "im_enter_direct_msg", "im_authorize_message"]

_UNITS = {"S": SECOND, "M": MINUTE, "H": HOUR}


@dataclass(frozen=True, slots=True)
class Contact:
    """What passed between one person and one of the brand's accounts. Moments in microseconds, ``None`` for never.

    Attributes:
        wrote_at_us, wrote_message, conversation: The person's last message: when, its id, and the conversation's.
        opened_at_us: When the person last opened the chat.
        authorized_until_us: Until when active messages are allowed.
        sent_at_us: When we wrote, in the last days, whatever the scene.
    """

    open_id: str
    wrote_at_us: int | None = None
    wrote_message: str = ""
    conversation: str = ""
    opened_at_us: int | None = None
    authorized_until_us: int | None = None
    sent_at_us: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """One way to write to the person, open until ``closes_at_us`` for ``left`` more messages."""

    scene: Scene
    closes_at_us: int
    left: int
    needs_card: bool = False


def doors(contact: Contact, *, now_us: int, manifest: Manifest) -> list[Door]:
    """Return the ways that are open now, the freest first; empty means: not allowed, whatever the campaign says.

    Raises:
        ConfigError: the manifest lacks a limit.
    """
    found: list[Door] = []
    since = sorted(at for at in contact.sent_at_us if at <= now_us)
    if contact.wrote_at_us is not None and contact.wrote_message and contact.conversation:
        window, most = _limit(manifest, "im_reply_msg")
        used = sum(at >= contact.wrote_at_us for at in since)
        found += _open("im_reply_msg", contact.wrote_at_us, window, left=most - used, now_us=now_us)
    if contact.opened_at_us is not None:
        window, most = _limit(manifest, "im_enter_direct_msg")
        used = sum(at >= contact.opened_at_us for at in since)
        found += _open("im_enter_direct_msg", contact.opened_at_us, window, left=most - used, now_us=now_us)
    if contact.authorized_until_us is not None and now_us < contact.authorized_until_us:
        window, most = _limit(manifest, "im_authorize_message")
        used = sum(at > now_us - window for at in since)
        # Once a day: the messages of one day go out together, so a day that has begun is over.
        if used == 0 and most > 0:
            found.append(Door("im_authorize_message", contact.authorized_until_us, most, needs_card=True))
    return found


def why_not(contact: Contact, *, now_us: int, manifest: Manifest) -> str:
    """Return why the person may not be written to, in words for people; empty if they may."""
    if doors(contact, now_us=now_us, manifest=manifest):
        return ""
    if contact.wrote_at_us is None and contact.opened_at_us is None and contact.authorized_until_us is None:
        return "Douyin has no message to somebody who neither wrote, nor opened the chat, nor allowed messages"
    return "every window of Douyin to write to this person is over or used up"


def _open(scene: Scene, from_us: int, window: int, *, left: int, now_us: int) -> list[Door]:
    return [Door(scene, from_us + window, left)] if from_us <= now_us < from_us + window and left > 0 else []


def _limit(manifest: Manifest, what: str) -> tuple[int, int]:
    limit = manifest.limit(what, "customer")
    if limit is None:
        raise ConfigError(f"channels/{manifest.domain}/manifest.toml: there is no limit {what} per customer")
    return _duration(limit.window), limit.max


def _duration(text: str) -> int:
    if text.startswith("PT") and text[-1:] in _UNITS and text[2:-1].isdigit():
        return int(text[2:-1]) * _UNITS[text[-1]]
    if text.startswith("P") and text.endswith("D") and text[1:-1].isdigit():
        return int(text[1:-1]) * DAY
    raise ConfigError(f"{text!r} is no duration such as PT24H or P1D")
