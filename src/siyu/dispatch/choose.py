"""Channel choice (触点选择): for each person the channel they allow, answer, and that is cheapest; then the next best.

A channel is worth ``worth * answer share * fit - cost``. The answer share is the person's own, drawn towards what is
usual there while little is known (as if two more messages had gone out and been answered as usually). The fit says how
well the channel's role (talk, serve, content) suits what is to be said and how often the person buys. Pure, by columns.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from siyu.kernel.arrays import Bool, Float64, Int64

Role = Literal["talk", "serve", "content"]
#: Buying at this own gap or less is often, at this or more (or never twice) seldom; days.
OFTEN_DAYS: Final = 14.0
SELDOM_DAYS: Final = 60.0
#: What a channel is worth whose role is another.
OTHER_ROLE: Final = 0.5
#: Messages by which the usual answer share counts beside the person's own.
PRIOR_MESSAGES: Final = 2.0
_PACES: Final = ("often", "sometimes", "seldom")


class Way(BaseModel):
    """One channel as plays may use it (``channel_roles.toml``).

    Attributes:
        action: By which a play speaks there.
        cost_minor: Of one message, minor units.
        usual_answer: Share of messages that are answered there by people of whom nothing is known.
        often, sometimes, seldom: How well it fits by how often somebody buys, in [0, 1].
        window_hours: It is open for so long after the person's word; 0: always.
        needs: What a piece must hold: ``template`` (an attachment) or ``subject`` (a first line).
        why: For people who read the map.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str
    action: str
    roles: tuple[Role, ...]
    cost_minor: int = Field(ge=0)
    usual_answer: float = Field(gt=0, le=1)
    often: float = Field(ge=0, le=1)
    sometimes: float = Field(ge=0, le=1)
    seldom: float = Field(ge=0, le=1)
    window_hours: int = Field(default=0, ge=0)
    needs: Literal["", "template", "subject"] = ""
    why: str


@cache
def ways() -> dict[str, Way]:
    """Return the channel-role map, by channel."""
    written = tomllib.loads(files("siyu.dispatch").joinpath("channel_roles.toml").read_text("utf-8"))
    return {name: Way(channel=name, **one) for name, one in written.items()}


def choose(  # noqa: PLR0917  columns of one table
    among: Sequence[Way],
    open_to: Bool,
    heard: Float64,
    answered: Float64,
    worth_minor: Float64,
    gap_days: Float64,
    *,
    role: Role | None = None,
) -> Int64:
    """Rank the channels of each person, best first.

    Args:
        among: Channels to choose from.
        open_to: Whether the person may be reached there now, (people, channels): allows it, is connected, wrote in
            time.
        heard, answered: Messages that went to the person there lately, and how many were answered, (people, channels).
        worth_minor: What the message is worth to say, (people,); minor units.
        gap_days: The person's own gap between purchases, (people,); 0 where it is not known, which counts as seldom.
        role: What the message is, however often somebody buys; left out, who buys seldom is given content, and the
            others are talked to.

    Returns:
        Places in ``among``, (people, channels): the best, then the fallbacks; -1 behind the last that is open. Among
        equals the cheaper comes first, then the one named first.
    """
    if not among:
        return np.empty((worth_minor.size, 0), np.int64)
    often = (gap_days > 0) & (gap_days <= OFTEN_DAYS)
    seldom = (gap_days <= 0) | (gap_days >= SELDOM_DAYS)
    usual = _row(among, "usual_answer")
    share = (answered + PRIOR_MESSAGES * usual) / (heard + PRIOR_MESSAGES)
    if role is None:
        fits = [_row(among, name) * _plays(among, "content" if name == "seldom" else "talk") for name in _PACES]
        fit = np.where(often[:, None], fits[0], np.where(seldom[:, None], fits[2], fits[1]))
    else:
        fit = _plays(among, role)[None, :]
    cost = _row(among, "cost_minor")
    value = np.where(open_to, worth_minor[:, None] * share * fit - cost, -np.inf)
    cheap_first = np.lexsort((np.arange(cost.size), cost))
    order = cheap_first[np.argsort(-value[:, cheap_first], axis=1, kind="stable")]
    return np.where(np.take_along_axis(open_to, order, axis=1), order, -1).astype(np.int64)


def _row(among: Sequence[Way], name: str) -> Float64:
    return np.array([getattr(one, name) for one in among], np.float64)


def _plays(among: Sequence[Way], role: Role) -> Float64:
    return np.array([1.0 if role in one.roles else OTHER_ROLE for one in among])
