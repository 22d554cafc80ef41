"""One webhook of Douyin, opened, and how a touch is made of it. Pure."""

from typing import Any

from siyu.channels.douyin.words import CHANNEL, PeopleOf, person
from siyu.channels.record import Record
from siyu.channels.unmapped import Unmapped
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch, touch


class Event:
    """One webhook, and how a touch is made of it."""

    def __init__(self, record: Record, account: str, received_at_us: int) -> None:
        self.content = record.inner_json("content")
        self.name = record.text("event")
        self.sender, self.receiver = record.maybe("from_user_id"), record.maybe("to_user_id")
        self.account, self.received_at_us = account, received_at_us
        self.people = PeopleOf(record.maybe("client_key") or account)

    def touch(self, kind: TouchKind, who: str, at_us: int, **fields: Any) -> Touch:
        """Make a touch of ``who``; a webhook that names nobody is a sample or a test."""
        if not who:
            raise Unmapped("names_nobody")
        return touch(
            CHANNEL,
            kind,
            happened_at_us=at_us,
            received_at_us=self.received_at_us,
            account=self.account,
            actors=(person(self.people, who),),
            **fields,
        )
