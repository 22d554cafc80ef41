"""Settle a campaign: promise, mature, forfeit, take back and pay what it owes. Start reading at ``settle``."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from siyu.app.fission.kept import plan_kept
from siyu.app.fission.reached import Terms, joined_by_inviter, stages_reached
from siyu.app.fission.rewarded import ENDED, rewarded
from siyu.app.fission.teams import settle_teams
from siyu.app.fission.tree import REVIEW_ABOVE, Tree, facts_of, tree_of
from siyu.app.fission.verdicts import verdicts_of
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.plan import FissionPlan
from siyu.campaigns.fission.settle import next_invitee_pays
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.period import DAY
from siyu.loyalty.ledger import Account, Entry, Place, budget
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
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.rewards import KeptReward, SqlRewards
from siyu.touchpoints.promise import Promise
from siyu.touchpoints.promise import promise as promise_of

#: What a stage that names no thing promises.
_SAID: Final = {"coupon": "a coupon", "unlock": "what was locked", "gift": "a gift", "thanks": "our thanks in person"}
#: So many grown invitees are needed before their share says anything.
_FEWEST_GROWN: Final = 50


def settle(
    workspace: Workspace, campaign: str, *, pay_out: bool = False, cleared: Sequence[int] = ()
) -> dict[str, Any]:
    """Promise, mature, forfeit, take back and (if asked) pay the rewards of a campaign; every one with its reason.

    Run it as often as you like: what is settled stays settled.

    Args:
        pay_out: Book matured rewards and refunds of teams as handed out, and list them.
        cleared: Inviters (person numbers) that somebody looked at and found honest, beside those decided about.

    Raises:
        BadInputError: there is no such campaign.
    """
    now, currency = workspace.clock.now_us(), workspace.settings.brand.currency
    with workspace.database.write() as connection:
        plan = plan_kept(connection, campaign)
        rewards, ledger = SqlRewards(connection), SqlLedger(connection)
        tree = tree_of(connection, campaign)
        facts = facts_of(connection, tree)
        kept = {one.reward.reward_id: one for one in rewards.of_campaign(campaign)}
        verdicts = verdicts_of(connection, campaign, tree) | dict.fromkeys(cleared, (True, ""))
        run = _Run(plan, tree, facts, ledger, now, currency, verdicts)
        if not rewards.stopped(campaign):
            run.promise_new(kept)
        run.decide_all(kept)
        given = run.give_stages()
        SqlPromises(connection).make(run.promised)
        payouts = run.pay_matured(kept) if pay_out else []
        rewards.keep(list(run.changed.values()), at_us=now)
        teams = settle_teams(connection, plan, now_us=now, currency=currency, pay_out=pay_out)
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
    } | ({"teams": teams} if teams else {})


class _Run:
    """One settling: what it decided so far."""

    def __init__(  # noqa: PLR0917  one maker, private to this file
        self, plan: FissionPlan, tree: Tree, facts: dict[int, Invitee], ledger: SqlLedger, now: int, currency: str,
        verdicts: dict[int, tuple[bool, str]],
    ) -> None:  # fmt: skip
        self.plan, self.tree, self.facts, self.ledger = plan, tree, facts, ledger
        self.now, self.currency, self.verdicts = now, currency, verdicts
        self.changed: dict[str, KeptReward] = {}
        self.promised: list[Promise] = []
        self.steps: dict[str, int] = defaultdict(int)
        m = plan.mechanism
        self.rule = Maturity(m.mature_days, m.must_answer, plan.must_buy, claw_back_days=m.claw_back_days)
        self.person_of = tree.person_of

    def promise_new(self, kept: dict[str, KeptReward]) -> None:
        """Set money aside for everybody who newly came, first come first served, within cap and budget."""
        place = budget(self.plan.name, self.currency)
        left = self.ledger.balances([place])[place]
        entries: list[Entry] = []
        for came, amount, refused in rewarded(self.plan, self.tree, kept.values(), left_minor=left):
            if refused:
                self.steps[refused.step] += 1
                continue
            name = time_ordered_id(came.at_us, "fission", self.plan.name, str(came.invitee_id)).hex()
            reward = Reward(name, self.plan.name, came.inviter_id, came.invitee_id, amount, self.currency, came.at_us)
            if amount:  # below the stage at which money begins a friend counts, and brings none yet
                entries.append(promise(reward))
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
            if reward.state in ENDED:
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
                entries += [mature(reward, at_us=self.now, reason=decision.reason)] if reward.amount else []
                after = replace(reward, state=RewardState.MATURED)
            elif decision.step in {Step.FORFEIT, Step.CLAW_BACK}:
                entries += [take_back(reward, at_us=self.now, reason=decision.reason)] if reward.amount else []
                ended = RewardState.FORFEITED if decision.step is Step.FORFEIT else RewardState.CLAWED_BACK
                after = replace(reward, state=ended)
            changed = KeptReward(after, decision.step.value, decision.reason, decision.next_at_us)
            if changed != one:
                kept[name] = self.changed[name] = changed
        self.ledger.append(entries)

    def give_stages(self) -> int:
        """Give what every reached stage gives: points at once, things as promises to be kept; once each, for ever.

        Tickets of a draw are counted when it is drawn; who is in doubt waits for a person.
        """
        terms = Terms.of(self.plan)
        joined = joined_by_inviter(self.tree, self.facts, terms, now_us=self.now)
        theirs = {inviter: rows for inviter, rows in joined.items() if self._honest(inviter)}
        days = self.plan.mechanism.points_days
        until = self.now + days * DAY if days else 0
        entries = []
        for one in stages_reached(self.plan, self.tree, theirs):
            about = f"{self.plan.name} stage {one.number} turn {one.turn} of {one.anchor}"
            if one.stage.gives == "points" and one.stage.amount_minor > 0:
                entries.append(earn(one.anchor, one.stage.amount_minor, at_us=0, about=about, expires_at_us=until))
            elif one.stage.gives not in {"points", "draw", "cash"}:
                what = one.stage.what or _SAID[one.stage.gives]
                self.promised.append(
                    promise_of(one.anchor, what, said_in=about, at_us=one.since_us, due_at_us=one.at_us + DAY)
                )
        points, gift = self.plan.mechanism.invitee_points, self.plan.mechanism.for_invitee
        for came in (row for rows in theirs.values() for row in rows):
            about = f"{self.plan.name} for who came, {came.invitee_id}"
            if points > 0:
                entries.append(earn(came.invitee_id, points, at_us=0, about=about, expires_at_us=until))
            if gift:
                self.promised.append(
                    promise_of(came.invitee_id, gift, said_in=about, at_us=came.at_us + terms.days * DAY)
                )
        return self.ledger.append(entries)

    def _honest(self, inviter: int) -> bool:
        """Say whether nobody needs to look at an inviter any more: never in doubt, or found honest."""
        if inviter in self.verdicts:
            return self.verdicts[inviter][0]
        return self.tree.doubt_of(inviter) < REVIEW_ABOVE

    def _inviter(self, reward: Reward) -> int:
        return self.person_of.get(reward.inviter_id, reward.inviter_id)

    def pay_matured(self, kept: dict[str, KeptReward]) -> list[dict[str, Any]]:
        """Book matured rewards as handed out, less what somebody owes; return what is to be handed to whom."""
        payouts: dict[int, int] = defaultdict(int)
        inviters = sorted({one.reward.inviter_id for one in kept.values()})
        owes = bool(self.ledger.person(inviters, Account.OWED))
        for name, one in sorted(kept.items()):
            if one.reward.state is not RewardState.MATURED or not one.reward.amount:
                continue
            person = self._inviter(one.reward)
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
        inviter = self._inviter(reward)
        honest, because = self.verdicts.get(inviter, (None, ""))
        if honest is False:
            step = Step.FORFEIT if reward.state is RewardState.PENDING else Step.CLAW_BACK
            return Decision(step, f"we looked at it: {because}")
        doubt = 0.0 if honest else self.tree.doubt_of(inviter)
        return decide(reward, replace(facts, suspicion=doubt), self.rule, now_us=self.now, review_above=REVIEW_ABOVE)


def _should_stop(plan: FissionPlan, tree: Tree, facts: dict[int, Invitee], now: int) -> str:
    """Say why a campaign should stop by itself, empty if it should go on: too few of those who came stay."""
    old = now - plan.mechanism.mature_days * DAY
    came = [tree.came[row] for row in tree.counted.tolist() if row >= 0]
    grown = [one for one in came if one.at_us <= old]
    if len(grown) < _FEWEST_GROWN:
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
