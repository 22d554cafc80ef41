"""Run a fission campaign: keep its plan, see how it spreads, settle what it owes. Start reading at ``settle``."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from siyu.app.fission.asking import why_not
from siyu.app.fission.tree import Tree, delays_of, facts_of, tree_of
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.plan import FissionPlan, plan_of, written_plan
from siyu.campaigns.fission.settle import next_invitee_pays
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.period import DAY, us_of
from siyu.loyalty.ledger import Account, Entry, Place, budget, fund
from siyu.loyalty.points import earn
from siyu.loyalty.rewards import (
    Decision,
    Invitee,
    Maturity,
    Reward,
    RewardState,
    Step,
    decide,
    mature,
    pay,
    promise,
    take_back,
)  # fmt: skip
from siyu.measurement.metrics.spread import children_of, generations_of
from siyu.stores.sql.invites import Came
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.rewards import KeptReward, SqlRewards
from siyu.touchpoints.promise import Promise
from siyu.touchpoints.promise import promise as promise_of

#: Suspicion from which on a person decides about a reward.
REVIEW_ABOVE = 0.8
#: What a stage that names no thing promises.
_SAID: Final = {"coupon": "a coupon", "unlock": "what was locked", "gift": "a gift", "thanks": "our thanks in person"}
_ENDED = {RewardState.FORFEITED, RewardState.CLAWED_BACK}


def keep_plan(workspace: Workspace, plan: FissionPlan) -> dict[str, Any]:
    """Keep a plan and put its budget into the ledger; asked again, only what the budget grew by is put in."""
    currency, now = workspace.settings.brand.currency, workspace.clock.now_us()
    place = Place(Account.FUNDING, 0, plan.name, currency)
    with workspace.database.write() as connection:
        SqlRewards(connection).plan(plan.name, written_plan(plan), at_us=now)
        ledger = SqlLedger(connection)
        missing = plan.control.budget_minor + ledger.balances([place])[place]
        if missing > 0:
            ledger.append([fund(plan.name, missing, currency=currency, at_us=now, about=f"plan {now}")])
        left = ledger.balances([budget(plan.name, currency)])[budget(plan.name, currency)]
    return {"campaign": plan.name, "budget_left_minor": left, "currency": currency}


def status(workspace: Workspace, campaign: str) -> dict[str, Any]:
    """Say how a campaign stands: spread, rewards, budget, and whom a person should look at.

    Raises:
        BadInputError: there is no such campaign.
    """
    currency = workspace.settings.brand.currency
    with workspace.database.read() as connection:
        plan = _plan(connection, campaign)
        tree = tree_of(connection, campaign)
        facts = facts_of(connection, tree)
        rewards = SqlRewards(connection)
        counts, why = rewards.counts(campaign), rewards.stopped(campaign)
        silent = why_not(connection, plan, now_us=workspace.clock.now_us(), currency=currency)
        place = budget(campaign, currency)
        left = SqlLedger(connection).balances([place])[place]
    stayed = np.array([not facts[person].left_at_us for person in tree.people], np.bool_)
    children = children_of(tree.parent)
    found = generations_of(tree.depth, children, delay_us=delays_of(tree), retained=stayed)
    brought = tree.parent >= 0
    flagged = [
        place for place in np.argsort(-tree.suspicion.score).tolist() if tree.suspicion.score[place] >= REVIEW_ABOVE
    ]
    return {
        "campaign": campaign,
        "stopped": why,
        "asks_nobody_because": silent,
        "budget_left_minor": left,
        "currency": currency,
        "invitations": {
            "accepted": len(tree.came),
            "of_oneself": int(tree.counts[0]),
            "of_somebody_already_in": int(tree.counts[1]),
            "counted": int(tree.counts[2]),
            "of_people_known_before": int((brought & ~tree.new).sum()),
        },
        "generations": [
            {
                "generation": one.generation, "members": one.members, "brought": one.children, "k": one.k,
                "k_low": one.k_low, "k_high": one.k_high, "cycle_median_hours": one.cycle_median_us / 3.6e9,
                "retained": one.retained,
            }
            for one in found
        ],
        "retained_share": float(stayed[brought].mean()) if brought.any() else None,
        "least_retained_share": plan.control.least_retained_share,
        "rewards": counts,
        "to_look_at": [
            {
                "person": tree.people[place],
                "score": float(tree.suspicion.score[place]),
                "reasons": list(tree.suspicion.reasons(place)),
            }
            for place in flagged[:100]
        ],
    }  # fmt: skip


def stop(workspace: Workspace, campaign: str, *, because: str) -> None:
    """Stop a campaign at once: what was promised stays promised, nothing new is.

    Raises:
        BadInputError: there is no such campaign, or no reason is given.
    """
    if not because.strip():
        raise BadInputError("a stop needs a reason", where="because")
    with workspace.database.write() as connection:
        _plan(connection, campaign)
        SqlRewards(connection).stop(campaign, at_us=workspace.clock.now_us(), because=because.strip())


def settle(
    workspace: Workspace, campaign: str, *, pay_out: bool = False, cleared: Sequence[int] = ()
) -> dict[str, Any]:
    """Promise, mature, forfeit, take back and (if asked) pay the rewards of a campaign; every one with its reason.

    Run it as often as you like: what is settled stays settled.

    Args:
        pay_out: Book matured rewards as handed out, and list them.
        cleared: Inviters (person numbers) that somebody looked at and found honest.

    Raises:
        BadInputError: there is no such campaign.
    """
    now, currency = workspace.clock.now_us(), workspace.settings.brand.currency
    with workspace.database.write() as connection:
        plan = _plan(connection, campaign)
        rewards, ledger = SqlRewards(connection), SqlLedger(connection)
        tree = tree_of(connection, campaign)
        facts = facts_of(connection, tree)
        kept = {one.reward.reward_id: one for one in rewards.of_campaign(campaign)}
        run = _Run(plan, tree, facts, ledger, now, currency, set(cleared))
        if not rewards.stopped(campaign):
            run.promise_new(kept)
        run.decide_all(kept)
        given = run.give_stages()
        SqlPromises(connection).make(run.promised)
        payouts = run.pay_matured(kept) if pay_out else []
        rewards.keep(list(run.changed.values()), at_us=now)
        stop = _should_stop(plan, tree, facts, now)
        if stop:
            rewards.stop(campaign, at_us=now, because=stop)
        counts, stopped = rewards.counts(campaign), rewards.stopped(campaign)
        left = ledger.balances([budget(campaign, currency)])[budget(campaign, currency)]
    return {
        "campaign": campaign,
        "steps": dict(sorted(run.steps.items())),
        "rewards": counts,
        "points_given": given,
        "paid": payouts,
        "paid_minor": sum(one["amount_minor"] for one in payouts),
        "budget_left_minor": left,
        "currency": currency,
        "stopped": stopped,
    }


class _Run:
    """One settling: what it decided so far."""

    def __init__(  # noqa: PLR0917  one maker, private to this file
        self, plan: FissionPlan, tree: Tree, facts: dict[int, Invitee], ledger: SqlLedger, now: int, currency: str,
        cleared: set[int],
    ) -> None:  # fmt: skip
        self.plan, self.tree, self.facts, self.ledger, self.now, self.currency = (
            plan,
            tree,
            facts,
            ledger,
            now,
            currency,
        )
        self.cleared = cleared
        self.changed: dict[str, KeptReward] = {}
        self.promised: list[Promise] = []
        self.steps: dict[str, int] = defaultdict(int)
        self.rule = Maturity(
            plan.mechanism.mature_days, plan.mechanism.must_answer, plan.mechanism.must_buy,
            claw_back_days=plan.mechanism.claw_back_days,
        )  # fmt: skip
        self.place_of = {person: place for place, person in enumerate(tree.people)}
        self.person_of = {one.inviter_id: one.inviter for one in tree.came} | {
            one.invitee_id: one.invitee for one in tree.came
        }

    def promise_new(self, kept: dict[str, KeptReward]) -> None:
        """Set money aside for everybody who newly came, first come first served, within cap and budget."""
        amount = self.plan.cash_per_invitee_minor
        if amount <= 0:
            return
        place = budget(self.plan.name, self.currency)
        left = self.ledger.balances([place])[place]
        used: dict[int, int] = defaultdict(int)
        for one in kept.values():
            if one.reward.state not in _ENDED:
                used[self.person_of.get(one.reward.inviter_id, one.reward.inviter_id)] += one.reward.amount
        rewarded = {self.person_of.get(one.reward.invitee_id) for one in kept.values()}
        a_day: Counter[tuple[int, int]] = Counter(
            (self._inviter(one.reward), one.reward.joined_at_us // DAY) for one in kept.values()
        )
        since = (
            us_of(datetime.fromisoformat(self.plan.referral.since).replace(tzinfo=UTC))
            if self.plan.referral.since
            else 0
        )
        entries: list[Entry] = []
        for place_of_person, row in enumerate(self.tree.counted.tolist()):
            if row < 0 or not self.tree.new[place_of_person]:
                continue
            came = self.tree.came[row]
            if came.invitee in rewarded or came.at_us < since:
                continue
            if a_day[came.inviter, came.at_us // DAY] >= self.plan.control.invites_per_person_day:
                self.steps["over_day"] += 1
                continue
            if used[came.inviter] + amount > self.plan.control.cap_per_person_minor:
                self.steps["over_cap"] += 1
                continue
            if amount > left:
                self.steps["no_budget"] += 1
                continue
            name = time_ordered_id(came.at_us, "fission", self.plan.name, str(came.invitee_id)).hex()
            reward = Reward(name, self.plan.name, came.inviter_id, came.invitee_id, amount, self.currency, came.at_us)
            entries.append(promise(reward))
            used[came.inviter] += amount
            a_day[came.inviter, came.at_us // DAY] += 1
            left -= amount
            self.steps["promise"] += 1
            kept[name] = self.changed[name] = KeptReward(reward, "wait", "promised", self.now)
        self.ledger.append(entries)

    def decide_all(self, kept: dict[str, KeptReward]) -> None:
        """Take every reward one step further, with a reason in words."""
        entries: list[Entry] = []
        counting = {self.tree.came[row].invitee for row in self.tree.counted.tolist() if row >= 0}
        seen: set[int] = set()
        for name, one in sorted(kept.items()):
            reward = one.reward
            if reward.state in _ENDED:
                continue
            invitee = self.person_of.get(reward.invitee_id, reward.invitee_id)
            decision = self._decision(reward, invitee)
            if invitee in seen or invitee not in counting:  # two accounts turned out to be one person
                step = Step.FORFEIT if reward.state is RewardState.PENDING else Step.CLAW_BACK
                decision = Decision(step, "your friend was here already, under another account")
            seen.add(invitee)
            self.steps[decision.step.value] += 1
            after = reward
            if decision.step is Step.MATURE:
                entries.append(mature(reward, at_us=self.now, reason=decision.reason))
                after = replace(reward, state=RewardState.MATURED)
            elif decision.step in {Step.FORFEIT, Step.CLAW_BACK}:
                entries.append(take_back(reward, at_us=self.now, reason=decision.reason))
                ended = RewardState.FORFEITED if decision.step is Step.FORFEIT else RewardState.CLAWED_BACK
                after = replace(reward, state=ended)
            changed = KeptReward(after, decision.step.value, decision.reason, decision.next_at_us)
            if changed != one:
                kept[name] = self.changed[name] = changed
        self.ledger.append(entries)

    def give_stages(self) -> int:
        """Give what every reached stage gives: points at once, things as promises to be kept; once each, for ever."""
        stayed: dict[int, list[Came]] = defaultdict(list)
        old = self.now - self.rule.days * DAY
        for place, row in enumerate(self.tree.counted.tolist()):
            if row < 0 or not self.tree.new[place] or self.tree.came[row].at_us > old:
                continue
            came = self.tree.came[row]
            if self._joined(came.invitee):
                stayed[came.inviter].append(came)
        entries = []
        for theirs in stayed.values():
            anchor, count = theirs[0].inviter_id, len(theirs)
            for number, stage in enumerate(self.plan.mechanism.stages):
                if count < stage.retained or stage.gives == "cash":
                    continue
                for turn in range(count - stage.retained + 1 if stage.each else 1):
                    about = f"{self.plan.name} stage {number} turn {turn} of {anchor}"
                    if stage.gives == "points" and stage.amount_minor > 0:
                        entries.append(earn(anchor, stage.amount_minor, at_us=0, about=about))
                    elif stage.gives != "points":
                        what = stage.what or _SAID[stage.gives]
                        reached = theirs[stage.retained + turn - 1].at_us + self.rule.days * DAY
                        self.promised.append(
                            promise_of(anchor, what, said_in=about, at_us=reached, due_at_us=reached + DAY)
                        )
            points, gift = self.plan.mechanism.invitee_points, self.plan.mechanism.for_invitee
            for came in theirs:
                about = f"{self.plan.name} for who came, {came.invitee_id}"
                if points > 0:
                    entries.append(earn(came.invitee_id, points, at_us=0, about=about))
                if gift:
                    self.promised.append(
                        promise_of(came.invitee_id, gift, said_in=about, at_us=came.at_us + self.rule.days * DAY)
                    )
        return self.ledger.append(entries)

    def _joined(self, invitee: int) -> bool:
        """Say whether somebody really joined: is still here and did what the plan asks of who comes."""
        facts = self.facts[invitee]
        asked = (facts.answered or not self.rule.must_answer) and (facts.paid_orders > 0 or not self.rule.must_buy)
        return not facts.left_at_us and asked

    def _inviter(self, reward: Reward) -> int:
        return self.person_of.get(reward.inviter_id, reward.inviter_id)

    def pay_matured(self, kept: dict[str, KeptReward]) -> list[dict[str, Any]]:
        """Book matured rewards as handed out, less what somebody owes; return what is to be handed to whom."""
        payouts: dict[int, int] = defaultdict(int)
        inviters = sorted({one.reward.inviter_id for one in kept.values()})
        owes = bool(self.ledger.person(inviters, Account.OWED))
        for name, one in sorted(kept.items()):
            if one.reward.state is not RewardState.MATURED:
                continue
            person = self.person_of.get(one.reward.inviter_id, one.reward.inviter_id)
            owed: list[tuple[Place, int]] = []
            if owes:
                mine = [number for number, of in self.person_of.items() if of == person]
                owed = list(self.ledger.person(mine, Account.OWED).items())
            booked, money = pay(one.reward, at_us=self.now, owed=owed)
            self.ledger.append([booked])
            payouts[person] += money
            paid = KeptReward(replace(one.reward, state=RewardState.PAID), "pay", "paid", one.next_at_us)
            kept[name] = self.changed[name] = paid
        return [{"person": person, "amount_minor": money} for person, money in sorted(payouts.items()) if money]

    def _decision(self, reward: Reward, invitee: int) -> Decision:
        facts = self.facts.get(invitee, Invitee())
        inviter = self.person_of.get(reward.inviter_id, reward.inviter_id)
        place = self.place_of.get(inviter)
        doubt = 0.0 if place is None or inviter in self.cleared else float(self.tree.suspicion.score[place])
        return decide(reward, replace(facts, suspicion=doubt), self.rule, now_us=self.now, review_above=REVIEW_ABOVE)


def _should_stop(plan: FissionPlan, tree: Tree, facts: dict[int, Invitee], now: int) -> str:
    """Say why a campaign should stop by itself, empty if it should go on: too few of those who came stay."""
    old = now - plan.mechanism.mature_days * 86_400_000_000
    came = [tree.came[row] for row in tree.counted.tolist() if row >= 0]
    grown = [one for one in came if one.at_us <= old]
    if len(grown) < 50:
        return ""
    share = sum(not facts[one.invitee].left_at_us for one in grown) / len(grown)
    if share < plan.control.least_retained_share:
        return f"only {share:.0%} of {len(grown)} invitees stayed {plan.mechanism.mature_days} days"
    doubted = {tree.people[place] for place in np.flatnonzero(tree.suspicion.score >= REVIEW_ABOVE).tolist()}
    spoiled = sum(one.inviter in doubted for one in grown) / len(grown)
    value, reward = plan.control.invitee_value_minor, plan.cash_per_invitee_minor
    pays = next_invitee_pays(value_minor=value, retained_share=share, reward_minor=reward, spoiled_share=spoiled)
    if value and not pays:
        return f"the next invitee costs {reward} and brings {(1 - spoiled) * value:.0f}: {spoiled:.0%} are in doubt"
    return ""


def _plan(connection: Connection, campaign: str) -> FissionPlan:
    rewards = SqlRewards(connection)
    written = rewards.plan_of(campaign)
    if written is None:
        known = ", ".join(rewards.campaigns()) or "none yet"
        raise BadInputError(f"there is no campaign {campaign!r}", mend=f"known are {known}")
    return plan_of(written)
