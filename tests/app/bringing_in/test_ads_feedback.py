"""Conversion post-back: never without the separate consent, each step once, and nothing of the person goes out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from siyu.app.bringing_in.ads_feedback import feedback, tell_of_leads
from siyu.app.channels.senders import open_senders
from siyu.app.clock import VirtualClock
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace, open_workspace
from siyu.channels.oceanengine.client import OceanEngineClient
from siyu.channels.oceanengine.mapping import touches_from_payload
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.people.consent import ADS_UPLOAD, MARKETING, ConsentRecord
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch as touches
from siyu.stores.sql.tokens import SqlTokens
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW = 1_772_328_600_000_000  # 2026-03-01 09:30 in Beijing
PHONE = "13800138000"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def sandbox(clock: VirtualClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, seed=5, platforms=("oceanengine",)) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, clock: VirtualClock, sandbox: Sandbox) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, clock=clock, create=True)
    account = sandbox.account("oceanengine")
    with opened.database.write() as connection:
        SqlAccounts(connection, opened.vault).connect(account, now_us=NOW - 40 * DAY)
    sandbox.platform("oceanengine").lead("小明", PHONE)
    client = OceanEngineClient(account, tokens=SqlTokens(opened.database, opened.vault))
    for page in client.leads("2026-02-01", "2026-03-31", now_us=NOW):
        TakeIn(opened).take(touches_from_payload(page, account=account.account, received_at_us=NOW))
    client.close()
    yield opened
    opened.close()


def happens(workspace: Workspace, kind: TouchKind, at_us: int) -> None:
    TakeIn(workspace).take(
        [
            touch(
                "wecom", kind, happened_at_us=at_us, received_at_us=at_us, staff="li",
                actors=(Identifier("phone", f"+86{PHONE}"),), value_minor=100 * (kind is TouchKind.ORDER_PAID),
            )
        ]
    )  # fmt: skip


def consents(workspace: Workspace, purpose: str, *, granted: bool = True, at_us: int = NOW) -> None:
    with workspace.database.write() as connection:
        number = connection.execute(select(identifier.c.identifier_id)).scalars().first()
        record = ConsentRecord(number, purpose, "oceanengine", granted, "ads-2026-03", "form 7", at_us)
        SqlConsents(connection).append([record])


def turned(workspace: Workspace, clock: VirtualClock, at_us: int) -> None:
    clock.advance_to(at_us)
    turn(workspace, (), senders=open_senders(workspace))


def test_a_conversion_is_told_once_and_only_with_the_separate_consent(
    workspace: Workspace, sandbox: Sandbox, clock: VirtualClock
) -> None:
    ocean = sandbox.platform("oceanengine")
    happens(workspace, TouchKind.CONTACT_ADDED, NOW + MINUTE)
    consents(workspace, MARKETING)  # this is not it
    turned(workspace, clock, NOW + 2 * MINUTE)
    assert ocean.said == []
    assert feedback(workspace) == []
    consents(workspace, ADS_UPLOAD, at_us=NOW + 3 * MINUTE)
    for minutes in (4, 5, 6):
        turned(workspace, clock, NOW + minutes * MINUTE)
    assert [one["clue_convert_state"] for one in ocean.said] == [195]
    happens(workspace, TouchKind.ORDER_PAID, NOW + 7 * MINUTE)
    for minutes in (8, 9):
        turned(workspace, clock, NOW + minutes * MINUTE)
    assert [one["clue_convert_state"] for one in ocean.said] == [195, 194]
    said = json.dumps(ocean.said, ensure_ascii=False)
    assert PHONE not in said
    assert "小明" not in said
    told = [(one.step, one.guard, one.message, one.text_version, one.leads) for one in feedback(workspace)]
    assert told == [("added", "approved", "sent", "ads-2026-03", 1), ("bought", "approved", "sent", "ads-2026-03", 1)]
    with workspace.database.read() as connection:  # the person was told nothing, and no cap counts it
        kinds = connection.execute(select(touches.c.kind)).scalars().all()
    assert TouchKind.MESSAGE_OUT not in kinds


def test_a_consent_that_is_withdrawn_before_the_telling_stops_it(
    workspace: Workspace, sandbox: Sandbox, clock: VirtualClock
) -> None:
    consents(workspace, ADS_UPLOAD)
    happens(workspace, TouchKind.CONTACT_ADDED, NOW + MINUTE)
    clock.advance_to(NOW + 2 * MINUTE)
    assert tell_of_leads(workspace) == 1
    consents(workspace, ADS_UPLOAD, granted=False, at_us=NOW + 3 * MINUTE)
    turned(workspace, clock, NOW + 4 * MINUTE)
    assert sandbox.platform("oceanengine").said == []
    assert [(one.guard, one.message) for one in feedback(workspace)] == [("denied", "")]


def test_an_order_before_the_lead_was_left_is_not_its_conversion(
    workspace: Workspace, sandbox: Sandbox, clock: VirtualClock
) -> None:
    consents(workspace, ADS_UPLOAD)
    happens(workspace, TouchKind.ORDER_PAID, NOW - HOUR)
    turned(workspace, clock, NOW + MINUTE)
    assert sandbox.platform("oceanengine").said == []
