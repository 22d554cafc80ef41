"""Every SQL store keeps its port's promises on every database."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.dispatch.account import Account, Token
from siyu.dispatch.message import MessageState, Receipt
from siyu.dispatch.outgoing import outgoing
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY, HOUR
from siyu.people.consent import ConsentRecord
from siyu.people.ports import Link
from siyu.people.profile import Profile
from siyu.people.relation import Relation
from siyu.people.vault import Vault
from siyu.policy.case import Spoken
from siyu.policy.verdict import Allow, Deny, Hold
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.database import Database
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.profiles import SqlProfiles
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.relations import SqlRelations
from siyu.stores.sql.tokens import SqlTokens
from siyu.stores.sql.vault_rows import SqlVault

NOW_US = 1_781_056_800_000_000
VAULT = Vault([b"k" * 32], os.urandom)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.migrate()
    yield opened
    opened.close()


def _people(database: Database, names: int) -> list[int]:
    """Make that many people of one identifier each; return their numbers."""
    with database.write() as connection:
        keys = [bytes([n]) * 16 for n in range(names)]
        known = SqlIdentityStore(connection).add([(key, "member_no", NOW_US) for key in keys])
    return [known[key].identifier_id for key in keys]


def test_migrating_twice_changes_nothing(database: Database) -> None:
    version = database.version()
    database.migrate()
    assert database.version() == version


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(ConfigError, match="not supported"):
        Database("mysql://somewhere/siyu")


def test_a_transaction_that_fails_changes_nothing(database: Database) -> None:
    def half_way() -> None:
        with database.write() as connection:
            SqlIdentityStore(connection).add([(b"a" * 16, "phone", NOW_US)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_way()
    with database.read() as connection:
        assert SqlIdentityStore(connection).lookup([b"a" * 16]) == {}


def test_an_identifier_starts_as_a_person_of_its_own_and_is_added_once(database: Database) -> None:
    first = _people(database, 3)
    assert _people(database, 3) == first
    with database.read() as connection:
        assert SqlIdentityStore(connection).people() == 3


def test_linked_identifiers_are_one_person_by_the_smallest_number(database: Database) -> None:
    numbers = _people(database, 5)
    keys = [bytes([n]) * 16 for n in range(5)]
    with database.write() as connection:
        store = SqlIdentityStore(connection)
        store.link([Link(keys[3], keys[1], b"t" * 16, NOW_US), Link(keys[4], keys[3], b"u" * 16, NOW_US)])
        known = store.lookup(keys)
        assert [known[key].person_id for key in keys] == [numbers[n] for n in (0, 1, 2, 1, 1)]
        store.link([Link(keys[4], keys[0], b"v" * 16, NOW_US)])
        known = store.lookup(keys)
    assert [known[key].person_id for key in keys] == [numbers[n] for n in (0, 0, 2, 0, 0)]


def test_counters_add_up_over_batches_and_identifiers(database: Database) -> None:
    one, other, _ = _people(database, 3)
    first = Profile(
        touches=2, orders=1, paid_minor=500, first_at_us=10, last_at_us=20, first_order_at_us=10, last_order_at_us=10
    )
    later = Profile(
        touches=1, orders=1, paid_minor=300, first_at_us=5, last_at_us=5, first_order_at_us=5, last_order_at_us=5
    )
    silent = Profile(touches=4, messages_out=4)
    with database.write() as connection:
        SqlProfiles(connection).add({one: first})
        SqlProfiles(connection).add({one: later, other: silent})
        SqlIdentityStore(connection).link([Link(b"\0" * 16, b"\1" * 16, b"t" * 16, NOW_US)])
        summed = SqlProfiles(connection).of_people([one])[one]
    assert summed == Profile(
        touches=7, messages_out=4, orders=2, paid_minor=800, first_at_us=5, last_at_us=20, first_order_at_us=5,
        last_order_at_us=10,
    )  # fmt: skip


def test_consents_follow_their_identifier_into_the_person(database: Database) -> None:
    one, other = _people(database, 2)
    yes = ConsentRecord(one, "marketing", "", True, "v1", "form", NOW_US)
    no = ConsentRecord(other, "marketing", "wecom", False, "v1", "chat", NOW_US + 1)
    with database.write() as connection:
        SqlConsents(connection).append([yes, no])
        SqlConsents(connection).append([yes])
        assert SqlConsents(connection).of_people([one, other]) == {one: [yes], other: [no]}
        SqlIdentityStore(connection).link([Link(b"\0" * 16, b"\1" * 16, b"t" * 16, NOW_US)])
        assert SqlConsents(connection).of_people([one]) == {one: [yes, no]}


def _relation(identifier: int, at_us: int, *, ends: bool = False) -> Relation:
    return Relation(identifier, "wecom", "corp", "anna", at_us, at_us if ends else None, "poster-7")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_word_decides_whether_a_relation_holds_however_it_arrives(
    database: Database, order: tuple[int, int]
) -> None:
    (one,) = _people(database, 1)
    said = [_relation(one, NOW_US), _relation(one, NOW_US + HOUR, ends=True)]
    with database.write() as connection:
        for place in order:
            SqlRelations(connection).say([said[place]])
        assert SqlRelations(connection).standing([one]) == {}
        SqlRelations(connection).say([_relation(one, NOW_US + DAY)])
        assert SqlRelations(connection).standing([one])[one][0].since_us == NOW_US + DAY


def test_the_vault_gives_back_what_it_was_given_until_its_keys_are_destroyed(database: Database) -> None:
    one, other = _people(database, 2)
    with database.write() as connection:
        vault = SqlVault(connection, VAULT)
        vault.put({one: {"identifier": "138", "name": "张三"}, other: {"identifier": "139"}}, source="t", at_us=1)
        vault.put({one: {"name": "张三丰"}}, source="t", at_us=2)
        assert vault.of_people([one]) == {one: [(one, "identifier", "138"), (one, "name", "张三丰")]}
        assert vault.identifiers([one, other]) == {one: "138", other: "139"}
        vault.destroy([one])
        assert vault.identifiers([one, other]) == {other: "139"}
        stored = connection.execute(text("SELECT ciphertext FROM vault")).scalars().all()
    assert all("张三".encode() not in bytes(row) for row in stored)


def _proposal(person: int, *, play: str = "win_back", value: float = 1.0) -> Proposal:
    return Proposal(
        proposal_id=proposal_id(play, person, NOW_US), play=play, person_id=person, purpose="marketing",
        channel="wecom", action="mass_send", piece=Piece(content_id="c", text="hello"), expected_value_minor=value,
        proposed_at_us=NOW_US, due_at_us=NOW_US, deadline_us=NOW_US + DAY,
    )  # fmt: skip


def test_a_proposal_is_kept_once_and_comes_back_when_its_hold_ends(database: Database) -> None:
    one, other, third = _people(database, 3)
    wishes = [_proposal(one), _proposal(other), _proposal(third)]
    with database.write() as connection:
        store = SqlProposals(connection)
        assert store.add(wishes) == 3
        assert store.add(wishes) == 0
        due = store.take(store.due(now_us=NOW_US, most=10))
        assert sorted(due, key=lambda wish: wish.person_id) == wishes
        verdicts = [Allow(), Hold("cap", "full", NOW_US + HOUR), Deny("consent", "never")]
        store.keep(wishes, verdicts, now_us=NOW_US)
        assert store.due(now_us=NOW_US + HOUR - 1, most=10) == []
        (again,) = store.take(store.due(now_us=NOW_US + HOUR, most=10))
    assert again.person_id == other


def test_the_earliest_draw_of_a_person_counts_after_a_merge(database: Database) -> None:
    one, other = _people(database, 2)
    with database.write() as connection:
        store = SqlProposals(connection)
        store.assign("win_back", {other: False}, holdout_share=0.5, now_us=NOW_US)
        store.assign("win_back", {one: True}, holdout_share=0.5, now_us=NOW_US + 1)
        store.assign("win_back", {other: True}, holdout_share=0.5, now_us=NOW_US + 2)
        assert store.arms("win_back", [one, other]) == {one: True, other: False}
        SqlIdentityStore(connection).link([Link(b"\0" * 16, b"\1" * 16, b"t" * 16, NOW_US)])
        assert store.arms("win_back", [one]) == {one: False}
        assert store.assignments("win_back") == [(one, False, NOW_US)]


def test_a_message_is_claimed_once_and_ends_once(database: Database) -> None:
    (one,) = _people(database, 1)
    message = outgoing(_proposal(one), _relation(one, NOW_US), now_us=NOW_US)
    with database.write() as connection:
        outbox = SqlOutbox(connection)
        outbox.put([message], now_us=NOW_US)
        outbox.put([message], now_us=NOW_US)
        (claimed,) = outbox.claim(channel="wecom", now_us=NOW_US, most=10)
        assert outbox.claim(channel="wecom", now_us=NOW_US, most=10) == []
        assert (claimed.message_id, claimed.account, claimed.staff) == (message.message_id, "corp", "anna")
        outbox.settle([Receipt(message.message_id, MessageState.SENT, "task-1", NOW_US)])
        outbox.settle([Receipt(message.message_id, MessageState.FAILED, "task-1", NOW_US)])
        assert outbox.counts() == {"sent": 1}
        said = outbox.spoken([one], since_us=NOW_US - DAY)
        assert said == {one: [Spoken(NOW_US, "wecom", "mass_send", "anna", "win_back")]}
        assert outbox.given_to_staff(since_us=NOW_US) == {("wecom", "corp", "anna"): 1}
        assert outbox.spoken([one], since_us=NOW_US) == {}


def test_secrets_of_accounts_are_stored_encrypted(database: Database) -> None:
    account = Account("wecom", "corp", "http://127.0.0.1", {"secret": "very secret"})
    with database.write() as connection:
        SqlAccounts(connection, VAULT).connect(account, now_us=NOW_US)
        SqlAccounts(connection, VAULT).connect(account, now_us=NOW_US)
        assert SqlAccounts(connection, VAULT).all() == [account]
        (stored,) = connection.execute(text("SELECT secrets FROM channel_account")).scalars()
    assert b"very secret" not in bytes(stored)


def test_a_token_is_fetched_once_and_again_when_refused_or_old(database: Database) -> None:
    tokens = SqlTokens(database, VAULT)
    fetched: list[Token] = []

    def fetch() -> Token:
        fetched.append(Token(f"token-{len(fetched)}", NOW_US + 2 * HOUR * (1 + len(fetched))))
        return fetched[-1]

    assert tokens.token("wecom:corp", now_us=NOW_US, fetch=fetch).value == "token-0"
    assert SqlTokens(database, VAULT).token("wecom:corp", now_us=NOW_US, fetch=fetch).value == "token-0"
    assert tokens.token("wecom:corp", now_us=NOW_US, fetch=fetch, refused="token-0").value == "token-1"
    assert tokens.token("wecom:corp", now_us=NOW_US + 4 * HOUR, fetch=fetch).value == "token-2"


def test_a_fetch_that_fails_leaves_the_lease_free(database: Database) -> None:
    tokens = SqlTokens(database, VAULT)

    def fails() -> Token:
        raise ConfigError("wrong secret")

    with pytest.raises(ConfigError):
        tokens.token("wecom:corp", now_us=NOW_US, fetch=fails)
    assert tokens.token("wecom:corp", now_us=NOW_US, fetch=lambda: Token("t", NOW_US + DAY)).value == "t"
