"""The long way round: the market's people are customers of the played WeCom, with real HTTP on both sides.

What the product sends goes through its own WeCom channel to the played corp; guides confirm it there, and people hear
what the corp was given. Who adds or deletes a guide does so at the corp, which calls the product back, encrypted and
signed. What other systems report (tills, members, complaints, what customers write) is posted to the product's HTTP
door. People, dice, clock and loop are those of ``world.py``.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import msgspec
import numpy as np

from siyu.app.access.api_keys import INTAKE, make_key
from siyu.app.api.on_loopback import on_loopback
from siyu.app.channels.senders import senders_of
from siyu.app.simulate.world import World
from siyu.content.piece import Attachment, Piece
from siyu.dispatch.message import OutboundMessage, Receipt
from siyu.dispatch.ports import Sender
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY, SECOND
from siyu.sandbox.market.as_touches import ACCOUNT, CHANNEL, contact, number_of, touches_of
from siyu.sandbox.market.ears import heard_as
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.sender import MarketSender, confirmed
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wecom import WeComSandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch, touch

#: Callbacks get so long to arrive, seconds by the clock on the wall.
_PATIENCE_S: Final = 600.0
_BATCH: Final = 500


class CorpOfMarket(MarketSender):
    """A ``dispatch.ports.Sender`` around the product's own WeCom sender; people hear what reached the played corp."""

    def __init__(self, market: Market, corp: WeComSandbox, wecom: Sender) -> None:
        super().__init__(market, now_us=corp.stage.now_us)
        self._corp, self._wecom = corp, wecom
        self._served = 0

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        """Make mass-send tasks at the corp; their guides decide when, or whether, they confirm them."""
        now_us = self._corp.stage.now_us()
        self.by_staff.update((one.staff, now_us // DAY) for one in messages)
        receipts = self._wecom.send(messages)
        self._serve_new()
        return receipts

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        """Ask the corp what became of tasks."""
        return self._wecom.look_up(tasks)

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        """As WeCom's sender says."""
        return self._wecom.lost_task(message, claimed_at_us)

    def _serve_new(self) -> None:
        """Let guides look at tasks that are new at the corp, and people hear what will be confirmed."""
        people, moments, kinds = [], [], []
        with self._corp.stage.lock:
            tasks = list(self._corp.mass_send.tasks.values())
            for task in tasks[self._served :]:
                kind = heard_as(
                    Piece(content_id="", text=task.text, attachments=tuple(map(_attachment, task.attachments)))
                )
                for staff, part in task.parts.items():
                    at_us, done = confirmed(self._market, staff, task.made_s * SECOND)
                    if not done:
                        continue
                    self._corp.mass_send.confirm_later(task.msgid, staff, at_us)
                    people += [number_of(one) for one in part.recipients]
                    moments += [at_us] * len(part.recipients)
                    kinds += [kind] * len(part.recipients)
            self._served = len(tasks)
        self._market.hear(np.array(people, np.int64), np.array(moments, np.int64), np.array(kinds, np.int8))
        self.heard += len(people)


@dataclass(slots=True)
class WorldOverHttp(World):
    """A world whose present comes in by callbacks and posts; what happened before it began is imported.

    Attributes:
        called_back, posted: Touches that came in by callback, and touches that other systems posted.
    """

    sandbox: Sandbox = field(kw_only=True)
    door: str = field(kw_only=True)
    key: str = field(kw_only=True)
    called_back: int = 0
    posted: int = 0

    def remember(self) -> None:
        """Import what happened before; standing customers are customers of the corp from the beginning."""
        World.remember(self)
        hidden, state = self.market.hidden, self.market.state
        standing = np.flatnonzero((state["arrived"] > 0) & (state["left_at"] > self.clock.now_us()))
        rows = [(contact(number).value, f"guide-{hidden['staff'][number]}", "") for number in standing.tolist()]
        self._corp.load_customers(rows, since_s=self.clock.now_us() // SECOND)

    def live_on(self, until_us: int) -> None:
        """Let people live until then: at the corp what happens there, the rest as other systems report it."""
        told: list[Touch] = []
        happened = touches_of(self.market, self.market.live_until(until_us))
        for one in sorted(happened, key=lambda one: one.happened_at_us):
            if one.kind not in {TouchKind.CONTACT_ADDED, TouchKind.CONTACT_REMOVED}:
                told.append(one)
                continue
            self._post(told)
            self.clock.advance_to(one.happened_at_us)
            told = list(self._at_the_corp(one))
        self._post(told)
        self.clock.advance_to(until_us)

    @property
    def _corp(self) -> WeComSandbox:
        corp: WeComSandbox = self.sandbox.platform(CHANNEL)
        return corp

    def _at_the_corp(self, one: Touch) -> Iterator[Touch]:
        """Let somebody add or delete a guide, and wait for the callback; give what only other systems know."""
        who, *others = one.actors
        with self._corp.stage.lock:
            if one.kind == TouchKind.CONTACT_ADDED:
                self._corp.customers.add(who.value, one.staff, state=one.source_code)
            else:
                self._corp.customers.leave(who.value, one.staff)
        if not self.sandbox.settle(_PATIENCE_S) or self.sandbox.courier.counts["given_up"]:
            raise ConfigError("a callback of the played WeCom did not arrive")
        self.called_back += 1
        if others:
            yield touch(
                CHANNEL, TouchKind.OTHER, account=ACCOUNT, actors=one.actors, event_key=f"known as {who.value}",
                happened_at_us=one.happened_at_us, received_at_us=one.happened_at_us,
            )  # fmt: skip

    def _post(self, touches: Sequence[Touch]) -> None:
        for start in range(0, len(touches), _BATCH):
            part = touches[start : start + _BATCH]
            self.clock.advance_to(part[-1].happened_at_us)
            headers = {"X-Api-Key": self.key, "Content-Type": "application/json"}
            body = msgspec.json.encode([_wire(one) for one in part])
            answer = httpx.post(
                f"{self.door}/v1/touches", content=body, headers=headers, timeout=_PATIENCE_S, trust_env=False
            )
            said = answer.raise_for_status().json()
            if said["accepted"] != len(part):
                raise ConfigError(f"the door took {said['accepted']} of {len(part)} touches: {said['rows'][:3]}")
            self.posted += len(part)
        self.waiting += len(touches)


@contextmanager
def over_http(one: World) -> Iterator[World]:
    """Put the played WeCom and the product's HTTP doors between a world's people and its product."""
    workspace, clock = one.workspace, one.clock
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(clock=clock, seed=one.market.seed, platforms=(CHANNEL,)))
        corp: WeComSandbox = sandbox.platform(CHANNEL)
        corp.be(ACCOUNT)
        account = sandbox.account(CHANNEL)
        with workspace.database.write() as connection:
            SqlAccounts(connection, workspace.vault).connect(account, now_us=clock.now_us())
        door = stack.enter_context(on_loopback(workspace))
        corp.send_callbacks_to(f"{door}/callbacks/{CHANNEL}/{ACCOUNT}")
        wecom = senders_of(workspace, [account])[CHANNEL, ACCOUNT]
        sender = CorpOfMarket(one.market, corp, wecom)
        key = make_key(workspace, INTAKE, "other systems")
        yield WorldOverHttp(one.market, workspace, clock, sender, sandbox=sandbox, door=door, key=key)


def _attachment(one: Mapping[str, Any]) -> Attachment:
    kind = str(one["msgtype"])
    inner = one[kind]
    return Attachment(kind=kind, title=inner.get("title", ""), description=inner.get("desc", ""))


def _wire(one: Touch) -> dict[str, Any]:
    said = {
        "channel": one.channel, "kind": TouchKind(one.kind).slug, "happened_at_us": one.happened_at_us,
        "event_key": one.touch_id.hex(), "account": one.account, "actors": one.actors, "staff": one.staff,
        "source_code": one.source_code, "about": one.about, "value_minor": one.value_minor,
        "properties": one.properties,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}
