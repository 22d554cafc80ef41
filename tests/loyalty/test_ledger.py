"""Debits equal credits, whatever happens: promises, payments, refunds, spending, expiry, merges, splits and erasure."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.loyalty.coupons import CouponKind, give_back, grant, use
from siyu.loyalty.ledger import (
    BRAND,
    POINTS_UNIT,
    Account,
    Entry,
    Place,
    Posting,
    balances_of,
    entry,
    erase,
    fund,
    person_balance,
    problems_of,
)
from siyu.loyalty.points import earn, expire, lots_of, spend
from siyu.loyalty.rewards import Reward, RewardState, mature, pay, promise, take_back

BUDGET = 10_000
COUPON = CouponKind("ten off", worth_minor=1_000, least_minor=100, stock=10, per_person=9, valid_us=9_000 * DAY)
PEOPLE = st.integers(1, 6)


class Season(RuleBasedStateMachine):
    """A season in which anything happens in any order; people are merged and split while it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self.person = {identifier: identifier for identifier in range(1, 7)}
        self.rewards: list[Reward] = []
        self.now = DAY
        self.promised = 0
        self.handed_out = 0
        self.in_teams: list[tuple[Place, int]] = []
        self.coupons: list[tuple[Entry, int]] = []

    @initialize()
    def put_money_in(self) -> None:
        self.entries.append(fund("c", BUDGET, currency="CNY", at_us=1, about="start"))

    def _of(self, identifier: int) -> list[int]:
        return [one for one, person in self.person.items() if person == self.person[identifier]]

    def _tick(self) -> int:
        self.now += DAY
        return self.now

    @rule(inviter=PEOPLE, amount=st.integers(1, 500))
    def somebody_comes(self, inviter: int, amount: int) -> None:
        left = balances_of(self.entries)[Place(Account.BUDGET, BRAND, "c", "CNY")]
        if amount <= left - 1:
            now = self._tick()
            reward = Reward(f"r{now}", "c", inviter, 99, amount, "CNY", now)
            self.entries.append(promise(reward))
            self.rewards.append(reward)

    @precondition(lambda self: self.rewards)
    @rule(data=st.data())
    def a_reward_goes_on(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.rewards) - 1))
        reward = self.rewards[place]
        if reward.state is RewardState.PENDING:
            self.entries.append(mature(reward, at_us=self._tick()))
            self.rewards[place] = replace(reward, state=RewardState.MATURED)
        elif reward.state is RewardState.MATURED:
            balances = balances_of(self.entries)
            owed = [
                (p, a)
                for p, a in balances.items()
                if p.account is Account.OWED and p.identifier_id in self._of(reward.inviter_id)
            ]
            one, money = pay(reward, at_us=self._tick(), owed=owed)
            self.handed_out += money
            self.entries.append(one)
            self.rewards[place] = replace(reward, state=RewardState.PAID)

    @precondition(lambda self: self.rewards)
    @rule(data=st.data())
    def an_order_is_refunded(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.rewards) - 1))
        reward = self.rewards[place]
        if reward.state in {RewardState.PENDING, RewardState.MATURED, RewardState.PAID}:
            self.entries.append(take_back(reward, at_us=self._tick(), reason="refund"))
            self.rewards[place] = replace(reward, state=RewardState.CLAWED_BACK)

    @rule(identifier=PEOPLE, points=st.integers(1, 300), days=st.integers(0, 40))
    def points_are_earned(self, identifier: int, points: int, days: int) -> None:
        now = self._tick()
        self.entries.append(
            earn(identifier, points, at_us=now, about=f"o{now}", expires_at_us=now + days * DAY if days else 0)
        )

    @rule(identifier=PEOPLE, share=st.floats(0.01, 1))
    def points_are_spent(self, identifier: int, share: float) -> None:
        now = self._tick()
        mine = self._of(identifier)
        over = expire(lots_of(self.entries, mine), at_us=now, about=f"e{now}")
        if over:
            self.entries.append(over)
        lots = lots_of(self.entries, mine)
        have = sum(lot.left for lot in lots)
        assert have == person_balance(balances_of(self.entries), Account.POINTS, mine, POINTS_UNIT)
        if have:
            self.entries.append(spend(lots, max(1, int(have * share)), at_us=now, about=f"s{now}"))
        with pytest.raises(BadInputError):
            spend(lots, have + 1, at_us=now, about="too many")

    @rule(identifier=PEOPLE, amount=st.integers(1, 500))
    def somebody_pays_into_a_team(self, identifier: int, amount: int) -> None:
        now = self._tick()
        held = Place(Account.HELD, identifier, "c", "CNY")
        move = (Place(Account.PAID_IN, BRAND, "c", "CNY"), held, amount)
        self.entries.append(entry("hold", at_us=now, about=f"t{now}", moves=[move]))
        self.in_teams.append((held, amount))

    @precondition(lambda self: self.in_teams)
    @rule(full=st.booleans())
    def a_team_ends(self, full: bool) -> None:
        held, amount = self.in_teams.pop(0)
        kind, end = ("sell", Account.SOLD) if full else ("refund", Account.REFUNDED)
        now = self._tick()
        self.entries.append(
            entry(kind, at_us=now, about=f"e{now}", moves=[(held, Place(end, BRAND, "c", "CNY"), amount)])
        )

    @rule(identifier=PEOPLE)
    def a_coupon_is_given(self, identifier: int) -> None:
        now = self._tick()
        self.coupons.append(
            (grant(COUPON, identifier, at_us=now, about=f"{now}", given=0, given_to_person=0), identifier)
        )

    @precondition(lambda self: self.coupons)
    @rule(returned=st.booleans())
    def a_coupon_is_used_and_perhaps_its_order_refunded(self, returned: bool) -> None:
        given, identifier = self.coupons.pop(0)
        self.entries.append(given)
        used = use(COUPON, given, identifier, at_us=self._tick(), order="o", amount_minor=100)
        self.entries.append(used)
        if returned:
            self.entries.append(give_back(COUPON, used, identifier, at_us=self._tick()))

    @rule(one=PEOPLE, other=PEOPLE)
    def two_are_one_person(self, one: int, other: int) -> None:
        low, high = sorted((self.person[one], self.person[other]))
        self.person = {identifier: low if person == high else person for identifier, person in self.person.items()}

    @rule(identifier=PEOPLE)
    def they_were_two_after_all(self, identifier: int) -> None:
        self.person[identifier] = identifier

    @rule(identifier=PEOPLE)
    def somebody_is_erased(self, identifier: int) -> None:
        mine = self._of(identifier)
        one = erase(balances_of(self.entries), mine, at_us=self._tick())
        if one:
            self.entries.append(one)
        after = balances_of(self.entries)
        assert all(p.account is Account.PAID for p in after if p.identifier_id in mine)
        self.rewards = [r for r in self.rewards if r.inviter_id not in mine]
        self.in_teams = [(held, amount) for held, amount in self.in_teams if held.identifier_id not in mine]

    @invariant()
    def the_books_are_right(self) -> None:
        assert problems_of(self.entries) == []

    @invariant()
    def all_money_is_somewhere(self) -> None:
        money = {
            p: a for p, a in balances_of(self.entries).items() if p.unit == "CNY" and p.account is not Account.FUNDING
        }
        if self.entries:
            assert sum(money.values()) == BUDGET

    @invariant()
    def what_was_handed_out_is_paid_or_owed(self) -> None:
        paid = sum(a for p, a in balances_of(self.entries).items() if p.account in {Account.PAID, Account.OWED})
        assert self.handed_out == paid


Season.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestSeason = Season.TestCase


def test_an_entry_that_does_not_add_up_is_found() -> None:
    good = fund("c", 5, currency="CNY", at_us=1, about="a")
    bent = replace(good, postings=(good.postings[0], Posting(good.postings[1].place, 6)))
    assert any("debits and credits differ" in problem for problem in problems_of([bent]))
    assert any("is there twice" in problem for problem in problems_of([good, good]))


def test_value_cannot_change_its_unit_or_move_by_nothing() -> None:
    money, points = Place(Account.BUDGET, BRAND, "c", "CNY"), Place(Account.POINTS, 1, "", POINTS_UNIT)
    with pytest.raises(BadInputError, match="cannot become"):
        entry("x", at_us=1, about="", moves=[(money, points, 1)])
    with pytest.raises(BadInputError, match="no amount"):
        entry("x", at_us=1, about="", moves=[(money, money, 0)])


def test_what_was_taken_back_after_payment_is_set_off_against_the_next_reward() -> None:
    first = Reward("a", "c", 1, 2, 100, "CNY", 10)
    second = Reward("b", "c", 1, 3, 150, "CNY", 20)
    books = [fund("c", 1000, currency="CNY", at_us=1, about="s"), promise(first), mature(first, at_us=30)]
    one, money = pay(first, at_us=31)
    assert money == 100
    paid = replace(first, state=RewardState.PAID)
    books += [one, take_back(paid, at_us=32, reason="left"), promise(second), mature(second, at_us=40)]
    owed = [(p, a) for p, a in balances_of(books).items() if p.account is Account.OWED]
    two, money = pay(second, at_us=41, owed=owed)
    assert money == 50
    final = balances_of([*books, two])
    assert person_balance(final, Account.PAID, [1], "CNY") == 150
    assert person_balance(final, Account.OWED, [1], "CNY") == 0
    assert final[Place(Account.BUDGET, BRAND, "c", "CNY")] == 850
