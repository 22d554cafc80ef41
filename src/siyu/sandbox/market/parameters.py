"""Parameters of a market: what is true of its people before anybody speaks to them. One TOML file per preset."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from siyu.kernel.errors import BadInputError

#: What a message is taken for, by its words (``ears.py``).
MESSAGE_KINDS: Final = ("news", "offer", "remind", "ask", "care")
#: How people came: the source codes of their first touch.
SOURCES: Final = ("live_code_parcel", "live_code_store", "short_video", "moments", "invite")

#: How people may be asked to bring friends: without a gift, with one for who really joins, or for the sharing itself.
Asking = Literal["invite", "gift", "share"]


@dataclass(frozen=True, slots=True)
class Inviting:
    """What people do who are asked to bring friends.

    House assumptions in the direction of published findings: a reward makes people recommend more, most where the tie
    is weak (Ryu and Feick, A penny for your thoughts, Journal of Marketing 71, 2007); referred customers stay longer
    and are worth more (Schmitt, Skiera and Van den Bulte, Referral programs and customer value, Journal of Marketing
    75, 2011); who comes for the gift alone does not stay.

    Attributes:
        circle: Friends whom one person could bring; ``friends``: how many one invites who does, on average.
        willing: Chance that a trusting, untired person invites when asked: without a gift, with one, for sharing.
        joins: Chance that an invited friend comes, divided by 1 + half the number of earlier invitations.
        lured: Share of those who come that come for the gift alone: they never buy, and half of them leave soon.
        hours: A friend comes so many hours after being asked, on average.
        careful: Share of fraud rings that bring their accounts over days and from different devices.
    """

    circle: int = 12
    friends: float = 3.0
    willing: tuple[float, float, float] = (0.12, 0.20, 0.45)
    joins: tuple[float, float, float] = (0.20, 0.25, 0.18)
    lured: tuple[float, float, float] = (0.02, 0.15, 0.60)
    hours: float = 24.0
    careful: float = 0.3

    def of(self, asking: Asking) -> tuple[float, float, float]:
        """Return willing, joins and lured for one way of asking."""
        place = ("invite", "gift", "share").index(asking)
        return self.willing[place], self.joins[place], self.lured[place]


@dataclass(frozen=True, slots=True)
class Punishing:
    """What the platform does about sharing that is paid for (induced sharing is forbidden on WeChat's surfaces).

    House assumptions: no platform publishes how often it notices.

    Attributes:
        notice: Chance that it notices, for every 1,000 invitations made for a reward for sharing.
        complaint: The same for every complaint.
        reach: What the first notice leaves of the reach of every message, for ``reach_days``.
        limit_days: From the second notice on, the account can send nothing for so long.
    """

    notice: float = 0.35
    complaint: float = 0.01
    reach: float = 0.5
    reach_days: float = 14.0
    limit_days: float = 7.0


@dataclass(frozen=True, slots=True)
class Parameters:
    """One market. Every number's source stands beside it in the preset's file; ``docs/market.md`` explains them.

    Attributes:
        says: What the preset is like, in one sentence.
        history_days: How long the brand has kept records when the simulation begins.
        arriving: Share of the people who arrive while the simulation runs; the others came before.
        first_buys: Share of people who buy at the moment they arrive.
        rate_shape, rate_days: Purchases a day of a person who has not dropped out: Gamma(shape, mean shape/days).
        drop_shape, drop_days: Chance a day of dropping out for good: Gamma(shape, mean shape/days).
        regularity: Gaps between purchases are Erlang of this order: 1 is a Poisson process.
        basket_log, basket_between, basket_within: Logarithm of a basket in minor units: mean, standard deviation
            between people and inside a person.
        season: Yearly swing of the rate, as a share; ``season_peak`` the day of the year of its top.
        trust_a, trust_b: Trust in [0, 1] of a person: Beta(a, b).
        patience: Fatigue that a person bears without harm: Exponential with this mean; ``forget_days``: fatigue falls
            by 1/e in so many days; each message adds 1.
        weight: A message's effect falls by exp(-weight x fatigue).
        respond: Chance that a trusting person in full need buys because of a message; by kind.
        revive: The same for a person who had dropped out.
        reply: Chance that a trusting person answers in words; by kind.
        pulled: Share of purchases prompted by a message that only come earlier: the next one is not made.
        answer_days: A prompted purchase comes so many days after the message, on average.
        complain, leave, mute: Chance a message, per unit of fatigue beyond patience.
        leave_anyway: Chance of leaving at any message, tired or not.
        gone_with_us: Share of those who leave us that also stop buying.
        soured: What a complaint leaves of a person's trust.
        discount: Share of the price that an offer takes off the next purchase within ``offer_days``.
        lower_tier: Share of people in cities of tier 3 to 5; ``evening``: how much more they listen from 18 to 22.
        agree: Share of people who consent to marketing.
        confirm: Share of staff tasks that staff members confirm; ``confirm_hours``: how long that takes on average.
        second_account: Share of people who buy some of the time under a second account, tied by phone.
        shared_phone: Share of people who give a phone that another person gives too.
        ring: Share of the people who are a fraud ring's made-up accounts; they never buy.
        people_per_staff: How many people one staff member looks after.
        inviting, punishing: What fission does; the same in every preset unless its file says otherwise.
    """

    name: str
    says: str
    history_days: int
    arriving: float
    first_buys: float
    rate_shape: float
    rate_days: float
    drop_shape: float
    drop_days: float
    regularity: int
    basket_log: float
    basket_between: float
    basket_within: float
    season: float
    season_peak: int
    trust_a: float
    trust_b: float
    patience: float
    forget_days: float
    weight: float
    respond: dict[str, float]
    revive: dict[str, float]
    reply: dict[str, float]
    pulled: float
    answer_days: float
    complain: float
    leave: float
    mute: float
    leave_anyway: float
    gone_with_us: float
    soured: float
    discount: float
    offer_days: float
    lower_tier: float
    evening: float
    agree: float
    confirm: float
    confirm_hours: float
    second_account: float
    shared_phone: float
    ring: float
    people_per_staff: int
    inviting: Inviting = Inviting()
    punishing: Punishing = Punishing()


@cache
def presets() -> dict[str, Parameters]:
    """Return every preset by name.

    Raises:
        BadInputError: a preset's file lacks a parameter or has one too many.
    """
    found = {}
    for file in sorted(files("siyu.sandbox.market").joinpath("presets").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml")
            found[name] = parameters(name, tomllib.loads(file.read_text("utf-8")))
    return found


def preset(name: str) -> Parameters:
    """Return a preset.

    Raises:
        BadInputError: there is none of that name.
    """
    if name not in presets():
        raise BadInputError(f"there is no market {name!r}", where="--market", mend=f"there are {', '.join(presets())}")
    return presets()[name]


def parameters(name: str, written: dict[str, Any]) -> Parameters:
    """Read the parameters of a market.

    Raises:
        BadInputError: one is missing, unknown, or out of its range.
    """
    written = dict(written)
    said: dict[str, Any] = {}
    for table, kind in (("inviting", Inviting), ("punishing", Punishing)):
        given = written.pop(table, {})
        if unknown := sorted(set(given) - {field.name for field in fields(kind)}):
            raise BadInputError(f"{table}: {', '.join(unknown)}: unknown", where=name)
        lists: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
        }
        said[table] = kind(**lists)
    wanted = {field.name for field in fields(Parameters)} - {"name", *said}
    if wrong := sorted(wanted ^ set(written)):
        raise BadInputError(f"{', '.join(wrong)}: missing or unknown", where=name)
    for table in ("respond", "revive", "reply"):
        if set(written[table]) != set(MESSAGE_KINDS):
            raise BadInputError(f"{table} needs one number for each of {', '.join(MESSAGE_KINDS)}", where=name)
    return Parameters(name=name, **written, **said)
