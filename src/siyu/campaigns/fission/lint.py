"""Lint (体检) of a fission plan: what is refused, what is doubtful, and what to do instead.

The platforms' own rules (inducing shares, forced follows) are dated data of the policy room; they come in as
``lint_text``. Here is what makes a plan dishonest, unlawful or blind whatever the platform.

Sources: Regulations on Prohibition of Pyramid Selling (State Council Order 444, 2005), article 7; for draws see
``draw.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from siyu.campaigns.fission.draw import LARGEST_PRIZE_MINOR
from siyu.campaigns.fission.plan import GIVES, MEANS, MOMENTS, TASKS, FissionPlan

_FEWEST_DAYS: Final = 3
_FEWEST_DAYS_BETWEEN: Final = 14
_MOST_ASKS_OF_A_GROUP: Final = 2
_FEWEST_IN_TEAM, _MOST_IN_TEAM, _LONGEST_TEAM_H = 2, 50, 168


class _Say(Protocol):
    def __call__(self, where: str, what: str, instead: str, *, refused: bool) -> None: ...


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
    ):  # fmt: skip
        for one in chosen:
            if one not in known:
                say(where, f"{one!r} is unknown", f"choose from {', '.join(sorted(known))}", refused=True)
    for place, stage in enumerate(m.stages):
        if stage.gives not in GIVES:
            where = f"mechanism.stages[{place}].gives"
            say(where, f"{stage.gives!r} is unknown", f"choose from {', '.join(sorted(GIVES))}", refused=True)
    days = [("referral.since", r.since), ("control.ends_at", c.ends_at)]
    days += [("mechanism.draw.closes_at", m.draw.closes_at)] if m.draw else []
    for where, text in days:
        if (text or where.startswith("mechanism")) and not _is_day(text):
            say(where, f"{text!r} is no day", "write 2026-05-01", refused=True)
    if c.ask_again_days < _FEWEST_DAYS_BETWEEN:
        say(
            "control.ask_again_days",
            "asking the same person more often than every two weeks tires them",
            "write 21",
            refused=True,
        )
    if m.task == "share":
        say(
            "mechanism.task",
            "a reward for sharing induces shares, and brings people who do not stay",
            "reward invitees who really join and stay: bring_members",
            refused=True,
        )
    if k.poster and "poster" not in r.means:
        say("communication.poster", "referral.means has no poster", "add it, or leave the poster out", refused=True)
    _lint_rewards(plan, say)
    _lint_group_buy(plan, say)
    _lint_draw(plan, say)
    if c.holdout_share <= 0:
        say(
            "control.holdout_share",
            "without people who are not asked its effect cannot be known",
            "write 0.1",
            refused=False,
        )
    if not r.after:
        say(
            "referral.after",
            "people are asked before anything was delivered",
            "offer it after promise_kept or good_order",
            refused=True,
        )
    if not r.new_people_only:
        say("referral.new_people_only", "people who are here already would be paid for", "write true", refused=True)
    if c.asks_per_group_month > _MOST_ASKS_OF_A_GROUP:
        say(
            "control.asks_per_group_month",
            "a group that is asked every week is left by its members",
            "write 1 or 2",
            refused=True,
        )
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
    if not k.proof:
        say(
            "communication.proof",
            "nothing will show that people got what they needed",
            "name what shows it: orders kept, deliveries, answers",
            refused=False,
        )
    if lint_text is not None:
        texts = [(f"communication.variants[{place}]", text) for place, text in enumerate(k.variants)]
        for where, text in (*texts, ("communication.thanks", k.thanks)):
            for problem in lint_text(text) if text else ():
                say(where, problem, "say it without", refused=True)
    return tuple(sorted(found, key=lambda one: not one.refused))


def _lint_rewards(plan: FissionPlan, say: _Say) -> None:
    """Say what is wrong with what is given, and with the money behind it."""
    m, c = plan.mechanism, plan.control
    cash = [place for place, stage in enumerate(m.stages) if stage.gives == "cash"]
    if not m.stages and m.group_buy is None:
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
            "write 7 or more",
            refused=True,
        )
    if m.task == "bring_members" and cash and not (m.must_answer or m.must_buy):
        say(
            "mechanism.must_answer",
            "cash for members who need do nothing but be there invites farms of silent accounts",
            "must_answer: true, or give points",
            refused=False,
        )
    for place in cash:
        if m.stages[place].amount_minor <= 0:
            say(f"mechanism.stages[{place}].amount_minor", "a cash stage gives nothing", "write fen", refused=True)
    if cash and c.budget_minor <= 0:
        say("control.budget_minor", "money is promised without a budget", "set a budget in minor units", refused=True)
    if cash and c.cap_per_person_minor <= 0:
        say("control.cap_per_person_minor", "one person could earn without limit", "set a cap per person", refused=True)
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


def _lint_group_buy(plan: FissionPlan, say: _Say) -> None:
    """Say what is wrong with the terms of teams that buy together."""
    team, where = plan.mechanism.group_buy, "mechanism.group_buy"
    if (plan.mechanism.task == "group_buy") != (team is not None):
        say(where, "the task group_buy and its terms go together", "write both, or neither", refused=True)
    if team is None:
        return
    if not _FEWEST_IN_TEAM <= team.people <= _MOST_IN_TEAM:
        say(f"{where}.people", f"{team.people} people are no team", "2 to 50", refused=True)
    if not 1 <= team.hours <= _LONGEST_TEAM_H:
        say(f"{where}.hours", f"a team cannot be open for {team.hours} hours", "1 to 168", refused=True)
    if team.price_minor <= 0:
        say(f"{where}.price_minor", "nothing is paid", "write what each pays, in minor units", refused=True)
    if team.new_people >= max(team.people, 1):
        say(f"{where}.new_people", "who opens a team need not be new", "fewer than people", refused=True)


def _lint_draw(plan: FissionPlan, say: _Say) -> None:
    """Say what is unlawful about a draw, or would keep people from checking it."""
    draw, where = plan.mechanism.draw, "mechanism.draw"
    if draw is None:
        for place, stage in enumerate(plan.mechanism.stages):
            if stage.gives == "draw":
                say(f"mechanism.stages[{place}].gives", "there is no draw", "write mechanism.draw", refused=True)
        return
    for place, prize in enumerate(draw.prizes):
        if prize.worth_minor > LARGEST_PRIZE_MINOR:
            what = "the largest prize of a draw may be worth 50,000 yuan"
            say(f"{where}.prizes[{place}].worth_minor", what, "lower it", refused=True)
        if not prize.name.strip() or prize.worth_minor <= 0 or prize.count <= 0:
            what = "a prize has a name, a worth and a number that are published"
            say(f"{where}.prizes[{place}]", what, "write all three", refused=True)
    if len({prize.name for prize in draw.prizes}) < max(len(draw.prizes), 1):
        say(f"{where}.prizes", "prizes have names of their own", "write each once, with its count", refused=True)
    if not draw.host.strip():
        say(f"{where}.host", "nobody says who draws and how they are reached", "name and contact", refused=True)
    if draw.claim_days <= 0:
        say(f"{where}.claim_days", "a winner needs time to claim", "write 30", refused=True)
    if draw.worth_minor > plan.control.budget_minor:
        say("control.budget_minor", "the prizes cost more than the budget", f"{draw.worth_minor} or more", refused=True)
    if not any(stage.gives == "draw" for stage in plan.mechanism.stages):
        say("mechanism.stages", "nothing gives a ticket of the draw", "add a stage with gives: draw", refused=True)
    if not draw.public_number:
        what = "without a public number nobody can see that you did not choose your secret to suit somebody"
        say(f"{where}.public_number", what, "name one, such as the closing figure of an index", refused=False)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
