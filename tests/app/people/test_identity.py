from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.people.recomputed import Given, check_what_hangs_on_people
from postgres import new_database
from siyu.app.clock import VirtualClock
from siyu.app.lake import flush, timelines
from siyu.app.people import identity
from siyu.app.people.rights import correct, erase, export, requests
from siyu.app.take_in import TakeIn
from siyu.app.views.person import person_page
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR
from siyu.people.joining import split_people
from siyu.people.profile import count
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.database import Database
from siyu.stores.sql.profiles import SqlProfiles
from siyu.stores.sql.schema.people import consent, evidence, identifier, vault, vault_key
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_NOW = 1_781_056_800_000_000
_MEI = Identifier("unionid@open", "oMei000001")
_PHONE = Identifier("phone", "13800138000")
_CARD = Identifier("member_no", "A-1")


@pytest.fixture
def workspace(tmp_path: Path, database_url: str) -> Iterator[Workspace]:
    """A new workspace, on each kind of database in turn."""
    opened = _workspace(tmp_path / "ws", database_url)
    yield opened
    opened.close()


def _workspace(folder: Path, database_url: str) -> Workspace:
    folder.mkdir(exist_ok=True)
    (folder / "siyu.toml").write_text(f'database_url = "{database_url}"', "utf-8")
    return open_workspace(folder, clock=VirtualClock(_NOW))


def _touch(number: int, *actors: Identifier, kind: TouchKind = TouchKind.ORDER_PAID, **more: Any) -> Touch:
    at = _NOW - DAY + number * HOUR // 100
    return touch("store", kind, actors=actors, event_key=str(number), happened_at_us=at, received_at_us=at, **more)


def _person(workspace: Workspace, name: Identifier) -> int:
    with workspace.database.read() as connection:
        return identity.find(workspace, f"{name.namespace}:{name.value}", connection)[1]


def test_a_phone_is_one_person_however_it_is_written(workspace: Workspace) -> None:
    TakeIn(workspace).take([
        _touch(1, _PHONE, _CARD),
        _touch(2, Identifier("phone", "+86 138 0013 8000"), _MEI),
    ])  # fmt: skip
    assert _person(workspace, _CARD) == _person(workspace, _MEI) == _person(workspace, _PHONE)


def test_a_malformed_phone_joins_nobody(workspace: Workspace) -> None:
    zeros = Identifier("phone", "00000")
    TakeIn(workspace).take([_touch(1, _CARD, zeros), _touch(2, _MEI, zeros)])
    assert _person(workspace, _CARD) != _person(workspace, _MEI)


def test_two_unionids_never_share_a_person_and_wait_as_a_conflict(workspace: Workspace) -> None:
    other = Identifier("unionid@open", "oLan000002")
    TakeIn(workspace).take([_touch(1, _MEI, _PHONE), _touch(2, other, _PHONE)])
    assert _person(workspace, _MEI) != _person(workspace, other)
    (waiting,) = identity.conflicts(workspace)
    assert (waiting["reason"], waiting["suggestion"]) == ("two_ids", "apart")
    with pytest.raises(RefusedError, match="two ids"):
        identity.settle(workspace, waiting["conflict"], "merge")
    identity.settle(workspace, waiting["conflict"], "apart")
    assert identity.conflicts(workspace) == []


def test_a_phone_that_joined_too_many_comes_apart_again(workspace: Workspace) -> None:
    cards = [Identifier("member_no", f"B-{number}") for number in range(4)]
    for number, card in enumerate(cards):
        TakeIn(workspace).take([_touch(number, card, _PHONE)])
    assert len({_person(workspace, card) for card in cards}) == 4
    assert {waiting["reason"] for waiting in identity.conflicts(workspace)} == {"shared"}


def test_merge_and_split_take_consents_and_orders_along(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    door.take([_touch(1, _CARD, value_minor=500), _touch(2, _MEI, value_minor=300)])
    door.take([_touch(3, _MEI, kind=TouchKind.CONSENT_WITHDRAWN)])
    merged = identity.merge(workspace, "member_no:A-1", "unionid@open:oMei000001", by="anna").person_id
    with workspace.database.read() as connection:
        assert SqlProfiles(connection).of_people([merged])[merged].paid_minor == 800
        assert len(SqlConsents(connection).of_people([merged])[merged]) == 1
    explained = identity.why(workspace, "member_no:A-1", "unionid@open:oMei000001")
    assert explained["same_person"]
    assert "anna" in explained["evidence"][0]["source"]
    identity.split(workspace, "unionid@open:oMei000001", by="anna")
    first, second = _person(workspace, _CARD), _person(workspace, _MEI)
    assert first != second
    with workspace.database.read() as connection:
        assert SqlProfiles(connection).of_people([first])[first].paid_minor == 500
        assert SqlConsents(connection).of_people([first]) == {}
    door.take([_touch(4, _CARD, _MEI)])  # a touch does not overrule the decision: it waits
    assert _person(workspace, _CARD) != _person(workspace, _MEI)
    (waiting,) = identity.conflicts(workspace)
    assert waiting["reason"] == "apart"
    identity.settle(workspace, waiting["conflict"], "merge")
    assert _person(workspace, _CARD) == _person(workspace, _MEI)


def test_a_split_takes_back_what_was_merged_by_hand_and_leaves_the_rest(workspace: Workspace) -> None:
    other = Identifier("phone", "13900139001")
    TakeIn(workspace).take([_touch(1, _CARD, _PHONE), _touch(2, _MEI, other)])
    before = [_person(workspace, one) for one in (_CARD, _PHONE, _MEI, other)]
    for side in ("member_no:A-1", "phone:13900139001", str(before[0])):
        identity.merge(workspace, "phone:13800138000", "phone:13900139001")
        identity.split(workspace, side)
        assert [_person(workspace, one) for one in (_CARD, _PHONE, _MEI, other)] == before
    identity.split(workspace, "member_no:A-1")  # nothing of it was merged by hand: it comes out alone
    assert _person(workspace, _CARD) != _person(workspace, _PHONE)


def test_what_makes_no_sense_is_one_clear_error(workspace: Workspace) -> None:
    TakeIn(workspace).take([_touch(1, _CARD, _PHONE)])
    with pytest.raises(BadInputError, match="one person already"):
        identity.merge(workspace, "member_no:A-1", "phone:13800138000")
    identity.split(workspace, "phone:13800138000")
    with pytest.raises(BadInputError, match="never merged"):
        identity.split(workspace, "phone:13800138000")
    with pytest.raises(BadInputError, match="nobody goes by"):
        erase(workspace, "phone:13900139000")
    with pytest.raises(BadInputError, match="no phone"):
        identity.why(workspace, "phone:123x")
    with pytest.raises(BadInputError, match="no evidence"):
        identity.withdraw(workspace, "00" * 16)


def test_an_erased_person_is_nowhere(workspace: Workspace) -> None:
    door = TakeIn(workspace)
    door.take([_touch(1, _CARD, _PHONE, value_minor=500, traits={"name": "王芳"}), _touch(2, _MEI)])
    flush(workspace)
    door.take([_touch(3, _PHONE, kind=TouchKind.CONSENT_GIVEN)])
    handed = export(workspace, "phone:13800138000")
    assert {"王芳", "13800138000"} <= {one["value"] for one in handed["personal"]}
    assert len(handed["touches"]) == 2
    assert len(handed["held"]["consent"]) == 1
    proof = erase(workspace, "phone:13800138000")
    assert (proof.identifiers, proof.touches, proof.keys_destroyed) == (2, 2, 2)
    with workspace.database.read() as connection:
        for table in (identifier, vault, vault_key, consent):
            assert len(connection.execute(select(table)).all()) == (0 if table is consent else 1)
        assert connection.execute(select(evidence)).all() == []
    assert person_page(workspace, _person(workspace, _MEI)).events_in_all == 1
    assert [one["kind"] for one in requests(workspace)] == ["export", "erase"]
    raw = b"".join(file.read_bytes() for file in workspace.folder.rglob("*") if file.is_file())
    assert "王芳".encode() not in raw
    assert b"13800138000" not in raw


def test_a_field_is_put_right(workspace: Workspace) -> None:
    TakeIn(workspace).take([_touch(1, _CARD, traits={"name": "王方"})])
    assert correct(workspace, "member_no:A-1", "name", "王芳")["places"] == 1
    assert {"王芳"} <= {one["value"] for one in export(workspace, "member_no:A-1")["personal"]}


_NAMES = [
    Identifier("unionid@open", "oUnion0001"), Identifier("unionid@open", "oUnion0002"),
    Identifier("phone", "13800138001"),
    Identifier("phone", "13800138002"), Identifier("member_no", "C-1"), Identifier("member_no", "C-2"),
    Identifier("member_no", "C-3"), Identifier("openid@app", "openid-0001"),
]  # fmt: skip
_KINDS = [TouchKind.ORDER_PAID, TouchKind.MESSAGE_IN, TouchKind.CONSENT_GIVEN, TouchKind.CONSENT_WITHDRAWN,
          TouchKind.CONTACT_ADDED, TouchKind.CONTACT_REMOVED, TouchKind.INVITE, TouchKind.INVITE_ACCEPTED]  # fmt: skip
_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("touch"), st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3, unique=True),
                  st.sampled_from(_KINDS), st.integers(1, 900)),
        st.tuples(st.just("merge"), st.sampled_from(_NAMES), st.sampled_from(_NAMES)),
        st.tuples(st.just("split"), st.sampled_from(_NAMES)),
        st.tuples(st.just("withdraw"), st.integers(0, 20)),
        st.tuples(st.just("flush")),
        st.tuples(st.just("earn"), st.sampled_from(_NAMES), st.integers(1, 50)),
        st.tuples(st.just("draw"), st.sampled_from(_NAMES), st.booleans()),
    ),
    max_size=16,
)  # fmt: skip


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(_ACTS)
def test_after_any_history_every_ledger_equals_a_recomputation_from_the_raw_touches(acts: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        _live_and_check(_workspace(Path(folder), f"sqlite:///{folder}/siyu.db"), acts)


@pytest.fixture(scope="session")
def migrated(postgres_cluster: str) -> str:
    """A database on PostgreSQL with every table, to be copied."""
    url = new_database(postgres_cluster)
    database = Database(url)
    database.migrate()
    database.close()
    return url


@pytest.mark.postgres
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(acts=_ACTS)
def test_after_any_history_every_ledger_equals_a_recomputation_on_postgresql_too(
    postgres_cluster: str, migrated: str, acts: list[Any]
) -> None:
    with TemporaryDirectory() as folder:
        _live_and_check(_workspace(Path(folder), new_database(postgres_cluster, like=migrated)), acts)


def _live_and_check(workspace: Workspace, acts: list[Any]) -> None:
    """Do all acts, and compare every ledger with a recomputation; closes the workspace."""
    with workspace:
        taken: list[Touch] = []
        given = Given()
        door = TakeIn(workspace)
        for number, act in enumerate(acts):
            try:
                if act[0] == "touch":
                    about = {"about": f"code {act[3] % 3}", "properties": {"campaign": "spring"}}
                    taken.append(_touch(number, *act[1], kind=act[2], value_minor=act[3], **about))
                    door.take(taken[-1:])
                elif act[0] == "merge":
                    identity.merge(workspace, *(f"{one.namespace}:{one.value}" for one in act[1:]))
                elif act[0] == "flush":
                    flush(workspace)
                elif act[0] == "split":
                    identity.split(workspace, f"{act[1].namespace}:{act[1].value}")
                elif act[0] in {"earn", "draw"}:
                    given.give(workspace, act, at_us=_NOW + number)
                else:
                    with workspace.database.read() as connection:
                        keys = connection.execute(select(evidence.c.evidence_id)).scalars().all()
                    if keys:
                        identity.withdraw(workspace, bytes(keys[act[1] % len(keys)]).hex())
            except (BadInputError, RefusedError):
                continue
        person_of, anchored = _check(workspace, taken)
        check_what_hangs_on_people(workspace, person_of, anchored, given)


def _check(workspace: Workspace, taken: list[Touch]) -> tuple[dict[int, int], list[tuple[int, Touch]]]:
    seen = timelines(workspace)
    stands = [seen.of_bucket(bucket, ("kind", "value")) for bucket in seen.buckets]
    lake = sorted(
        row
        for one in stands
        for row in zip(*(c.tolist() for c in (one.person, one.at, one.kind, one.value)), strict=True)
    )
    with workspace.database.read() as connection:
        rows = connection.execute(select(identifier)).all()
        said = connection.execute(select(evidence)).all()
        back = {bytes(row.withdraws) for row in said if row.withdraws}
        holds = [
            (row.left_id, row.right_id)
            for row in said
            if row.strength == "strong" and bytes(row.evidence_id) not in back
        ]
        # people: what the evidence that still holds gives
        assert {row.identifier_id: row.person_id for row in rows} == split_people(
            [r.identifier_id for r in rows], holds
        )
        # two unionids of one account are two people
        unionids = [row.person_id for row in rows if row.namespace == "unionid@open"]
        assert len(set(unionids)) == len(unionids)
        # figures: what counting the raw touches again gives
        number_of = {bytes(row.key): row.identifier_id for row in rows}
        person_of = {row.identifier_id: row.person_id for row in rows}
        anchors = [number_of[workspace.vault.key_of(one.actors[0])] for one in taken]
        again = count([(person_of[anchor], one) for anchor, one in zip(anchors, taken, strict=True)])
        kept = SqlProfiles(connection).of_people(sorted(set(person_of.values())))
        assert {person: asdict(one) for person, one in kept.items()} == {
            person: asdict(one) for person, one in again.items()
        }
        # timelines: the raw touches under the person of each
        assert lake == sorted(
            (person_of[anchor], one.happened_at_us, int(one.kind), one.value_minor)
            for anchor, one in zip(anchors, taken, strict=True)
        )
    return person_of, list(zip(anchors, taken, strict=True))
