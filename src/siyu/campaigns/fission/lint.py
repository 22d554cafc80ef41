"""Lint (体检) of a fission plan: what is refused, what is doubtful, and what to do instead.

The platforms' own rules (inducing shares, forced follows) are dated data of the policy room; they come in as
``lint_text``. Here is what makes a plan dishonest, unlawful or blind whatever the platform.

Sources: Regulations on Prohibition of Pyramid Selling (State Council Order 444, 2005), article 7; Interim Provisions
on Regulating Sales Promotion (SAMR Order 32, 2020), article 17: a draw's largest prize at most 50,000 yuan.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from siyu.campaigns.fission.plan import GIVES, MEANS, MOMENTS, TASKS, FissionPlan

#: Largest prize of a draw, in fen (SAMR Order 32 of 2020, in force 2020-12-01).
LARGEST_PRIZE_MINOR: Final = 5_000_000
_FEWEST_DAYS: Final = 3
_FEWEST_DAYS_BETWEEN: Final = 14


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a plan should not have.

    Attributes:
        refused: The plan will not run with it; otherwise it is advice.
        instead: What to do instead.
    """

    where: str
    what: str
    instead: str
    refused: bool


def lint_plan(plan: FissionPlan, lint_text: Callable[[str], Sequence[str]] | None = None) -> tuple[Finding, ...]:
    """Return everything wrong with a plan, refusals first.

    Args:
        lint_text: The policy room's check of words: what is wrong with a text, in words.
    """
    found: list[Finding] = []

    def say(where: str, what: str, instead: str, *, refused: bool) -> None:
        found.append(Finding(where, what, instead, refused))

    m, c, r, k = plan.mechanism, plan.control, plan.referral, plan.communication
    for where, chosen, known in (
        ("referral.means", r.means, MEANS), ("referral.after", r.after, MOMENTS), ("mechanism.task", (m.task,), TASKS),
        ("mechanism.stages", tuple(stage.gives for stage in m.stages), GIVES),
    ):  # fmt: skip
        for one in chosen:
            if one not in known:
                say(where, f"{one!r} is unknown", f"choose from {', '.join(sorted(known))}", refused=True)
    for where, text in (("referral.since", r.since), ("control.ends_at", c.ends_at)):
        if text and not _is_day(text):
            say(where, f"{text!r} is no day", "write 2026-05-01", refused=True)
    if c.ask_again_days < _FEWEST_DAYS_BETWEEN:
        say(
            "control.ask_again_days",
            "asking the same person more often than every two weeks tires them",
            "60",
            refused=True,
        )
    if m.task == "share":
        say(
            "mechanism.task",
            "a reward for sharing induces shares, and brings people who do not stay",
            "reward invitees who really join and stay: bring_members",
            refused=True,
        )
    if not m.stages:
        say("mechanism.stages", "nothing is given", "add at least thanks or points", refused=False)
    if m.cash_levels > 1:
        say(
            "mechanism.cash_levels",
            "cash for the invitees of invitees is pyramid selling",
            "one level of cash; points or thanks beyond",
            refused=True,
        )
    if m.mature_days < _FEWEST_DAYS:
        say(
            "mechanism.mature_days",
            f"a reward earned after {m.mature_days} days pays for people who leave",
            "7 days or more",
            refused=True,
        )
    if m.draw_largest_minor > LARGEST_PRIZE_MINOR:
        say(
            "mechanism.draw_largest_minor",
            "the largest prize of a draw may be worth 50,000 yuan",
            "lower it",
            refused=True,
        )
    if (
        m.task == "bring_members"
        and any(stage.gives == "cash" for stage in m.stages)
        and not (m.must_answer or m.must_buy)
    ):
        say(
            "mechanism",
            "cash for members who need do nothing but be there invites farms of silent accounts",
            "must_answer: true, or give points",
            refused=False,
        )
    cash = [stage for stage in m.stages if stage.gives == "cash"]
    if cash and c.budget_minor <= 0:
        say("control.budget_minor", "money is promised without a budget", "set a budget in minor units", refused=True)
    if cash and c.cap_per_person_minor <= 0:
        say("control.cap_per_person_minor", "one person could earn without limit", "set a cap per person", refused=True)
    if any(stage.gives == "cash" and stage.amount_minor <= 0 for stage in m.stages):
        say("mechanism.stages", "a cash stage gives nothing", "set amount_minor", refused=True)
    if c.invitee_value_minor and plan.cash_per_invitee_minor >= c.invitee_value_minor:
        say(
            "control.invitee_value_minor",
            "the next invitee costs at least what it brings",
            "lower the reward below the expected value of a retained invitee",
            refused=True,
        )
    if cash and not c.invitee_value_minor:
        say(
            "control.invitee_value_minor",
            "without an expected value nobody knows when to stop",
            "take it from `siyu model ltv`",
            refused=False,
        )
    if c.holdout_share <= 0:
        say(
            "control.holdout_share", "without people who are not asked its effect cannot be known", "0.1", refused=False
        )
    if not r.after:
        say(
            "referral.after",
            "people are asked before anything was delivered",
            "offer it after promise_kept or good_order",
            refused=True,
        )
    if not r.new_people_only:
        say("referral.new_people_only", "people who are here already would be paid for", "true", refused=True)
    if not k.variants:
        say("communication.variants", "there is no message", "write at least one; two can be compared", refused=True)
    elif len(k.variants) == 1:
        say("communication.variants", "one variant cannot be compared with another", "write two", refused=False)
    if not k.need:
        say(
            "communication.need",
            "no evidence that people want this",
            "say what they asked for, and how often",
            refused=False,
        )
    if lint_text is not None:
        for place, text in enumerate(k.variants):
            for problem in lint_text(text):
                say(f"communication.variants[{place}]", problem, "say it without", refused=True)
    return tuple(sorted(found, key=lambda one: not one.refused))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
