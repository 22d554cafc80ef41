"""Ledger, rewards, invitations, promises, live codes and comment leads keep their word on every database."""

from collections.abc import Iterator

import pytest

from siyu.kernel.ids import time_ordered_id
from siyu.kernel.period import DAY, HOUR
from siyu.loyalty.ledger import Account, budget, fund, problems_of
from siyu.loyalty.points import earn, lots_of, spend
from siyu.loyalty.rewards import Reward, RewardState
from siyu.loyalty.rewards import promise as reward_promise
from siyu.stores.sql.comment_leads import SqlCommentLeads
from siyu.stores.sql.database import Database
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.invites import SqlInvites
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.live_code import SqlLiveCodes, group_of
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.rewards import KeptReward, SqlRewards
from siyu.stores.sql.touch_log import SqlTouchLog
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.promise import promise
from siyu.touchpoints.touch import Touch, touch

NOW = 20_000 * DAY


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    opened.migrate()
    yield opened
    opened.close()


def _people(database: Database, names: int) -> list[int]:
    with database.write() as connection:
        keys = [bytes([n]) * 16 for n in range(names)]
        known = SqlIdentityStore(connection).add([(key, "member_no", NOW) for key in keys])
    return [known[key].identifier_id for key in keys]


def test_the_ledger_books_once_and_balances_agree_with_the_postings(database: Database) -> None:
    entries = [earn(1, 100, at_us=NOW, about="a", expires_at_us=NOW + DAY), earn(2, 30, at_us=NOW, about="b"),
               fund("spring", 1_000, currency="CNY", at_us=NOW, about="plan")]  # fmt: skip
    with database.write() as connection:
        ledger = SqlLedger(connection)
        assert ledger.append(entries) == 3
        assert ledger.append(entries) == 0
        ledger.append([spend(lots_of(ledger.history([1]), [1]), 40, at_us=NOW + HOUR, about="mug")])
    with database.read() as connection:
        ledger = SqlLedger(connection)
        held = {place.identifier_id: amount for place, amount in ledger.person([1, 2], Account.POINTS).items()}
        assert held == {1: 60, 2: 30}
        assert ledger.totals() == ledger.kept_balances()
        assert problems_of(ledger.all()) == []
        assert ledger.balances([budget("spring", "CNY")]) == {budget("spring", "CNY"): 1_000}


def test_rewards_keep_their_newest_decision_and_a_stop_stays(database: Database) -> None:
    name = time_ordered_id(NOW, "fission", "spring", "2").hex()
    reward = Reward(name, "spring", 1, 2, 500, "CNY", NOW)
    assert reward_promise(reward).postings
    with database.write() as connection:
        rewards = SqlRewards(connection)
        rewards.plan("spring", {"name": "spring"}, at_us=NOW)
        rewards.plan("spring", {"name": "spring", "more": 1}, at_us=NOW + 1)
        rewards.keep([KeptReward(reward, "wait", "promised", NOW)], at_us=NOW)
        after = Reward(name, "spring", 1, 2, 500, "CNY", NOW, RewardState.MATURED)
        rewards.keep([KeptReward(after, "mature", "stayed", 0)], at_us=NOW + DAY)
        rewards.stop("spring", at_us=NOW, because="blocked")
        rewards.stop("spring", at_us=NOW, because="later")
    with database.read() as connection:
        rewards = SqlRewards(connection)
        assert rewards.counts("spring") == {"matured": {"rewards": 1, "amount_minor": 500}}
        assert rewards.of_campaign("spring") == [KeptReward(after, "mature", "stayed", 0)]
        assert (rewards.stopped("spring"), rewards.plan_of("spring")) == ("blocked", {"name": "spring", "more": 1})


def test_an_invitation_code_belongs_to_the_first_who_shows_it(database: Database) -> None:
    anna, ben, cy = _people(database, 3)

    def say(kind: TouchKind, number: int, **more: str) -> tuple[int, Touch]:
        one = touch("wecom", kind, happened_at_us=NOW + number, received_at_us=NOW, about="K1", properties=more)
        return number, one

    batch = [say(TouchKind.INVITE, anna, campaign="spring"), say(TouchKind.INVITE, ben, campaign="other"),
             say(TouchKind.INVITE_ACCEPTED, cy, device="d")]  # fmt: skip
    with database.write() as connection:
        for _ in range(2):
            SqlInvites(connection).record(batch)
        (came,) = SqlInvites(connection).of_campaign("spring")
    assert (came.inviter_id, came.invitee_id, came.device) == (anna, cy, "d")


def test_promises_are_kept_once_with_the_first_proof(database: Database) -> None:
    made = promise(7, "the list", said_in="comment", at_us=NOW)
    with database.write() as connection:
        promises = SqlPromises(connection)
        promises.make([made, promise(8, "the list", said_in="comment", at_us=NOW)])
        promises.make([made])
        assert promises.keep(made.promise_id, at_us=NOW + 2 * HOUR, proof="m1")
        assert not promises.keep(made.promise_id, at_us=NOW, proof="m2")
        standing = promises.standing(now_us=NOW + DAY)
        assert (standing.made, standing.kept, standing.late, standing.open, standing.overdue) == (2, 1, 1, 1, 1)
        assert [one.identifier_id for one in promises.open()] == [8]
        assert promises.kept([7, 8]) == {7: [NOW + 2 * HOUR]}


def test_decisions_add_up_and_a_group_is_kept_once(database: Database) -> None:
    rows = [("till", "ann", "fair", 1, "door", f"v{n}", NOW + n) for n in range(3)]
    group = time_ordered_id(NOW, "codes", "desk", "1")
    with database.write() as connection:
        codes = SqlLiveCodes(connection)
        assert [codes.change("till", plan, at_us=NOW) for plan in ({"a": 1}, {"a": 1}, {"a": 2})] == [1, 1, 2]
        second = time_ordered_id(NOW, "codes", "desk", "2")
        codes.keep([group_of(group, rows, [20_000] * 3), group_of(second, rows[:1], [20_001])])
    with database.write() as connection:
        SqlLiveCodes(connection).keep([group_of(group, rows, [20_000] * 3)])
    with database.read() as connection:
        codes = SqlLiveCodes(connection)
        assert (codes.sent("till"), codes.sent("till", since_day=20_001)) == ({"ann": 4}, {"ann": 1})
        assert len(list(codes.decisions(from_us=NOW, to_us=NOW + 2))) == 3
        assert codes.by_reason("till")[0]["scans"] == 4


def test_leads_are_found_claimed_answered_and_keep_their_words(database: Database) -> None:
    (who,) = _people(database, 1)
    comments = [
        touch("douyin", TouchKind.COMMENT, happened_at_us=NOW + n, received_at_us=NOW, event_key=f"c{n}",
              properties={"text": f"多少钱 {n}"})
        for n in range(5)
    ]  # fmt: skip
    with database.write() as connection:
        SqlTouchLog(connection).append(comments, [who] * 5)
    with database.write() as connection:
        store = SqlCommentLeads(connection)
        upto = store.last_touch()
        part, last = store.unscreened(upto, most=3)
        assert len(part) == 3
        store.add([(one, 0.9, "price", NOW + HOUR) for one in part])
        store.screened(last)
        rest, last = store.unscreened(upto, most=3)
        assert [one.text for one in rest] == ["多少钱 3", "多少钱 4"]
        assert last == upto
        first = part[0].touch_id
        assert store.claim(first, "li", at_us=NOW)
        assert not store.claim(first, "wang", at_us=NOW)
        assert store.claim(first, "wang", at_us=NOW, from_staff="li")
        assert store.answer(first, label=1, at_us=NOW, words="199 元", staff="wang")
        store.relabel(part[1].touch_id, "contact")
    with database.read() as connection:
        store = SqlCommentLeads(connection)
        assert [one.answer for one in store.answered()] == ["199 元"]
        kept = store.get(part[1].touch_id)
        assert kept is not None
        assert (kept.intent, kept.text, len(store.open())) == ("contact", "多少钱 1", 2)
        assert store.get(b"0" * 16) is None
