"""A market that lives on a virtual clock: it hears what was sent, and answers with what people then do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from siyu.kernel.arrays import Bool, Int8, Int64
from siyu.kernel.period import DAY
from siyu.sandbox.market.inviting import Invitations, draw_outsiders, invite, room_for, terms_of
from siyu.sandbox.market.live import ARRIVED, COMPLAINED, LEFT, ORDERED, STATE, advance, born, hear
from siyu.sandbox.market.parameters import Asking, Parameters
from siyu.sandbox.market.people import draw_people, odds_of, rules_of


@dataclass(frozen=True, slots=True)
class Happened:
    """What people did, by person and time.

    Attributes:
        person: Positions in the market, from 0.
        at: Microseconds since 1970 UTC.
        what: ``live.ARRIVED``, ``ORDERED`` …
        value: Minor units of what was paid.
    Shape: (things,) each.
    """

    person: Int64
    at: Int64
    what: Int8
    value: Int64

    def only(self, what: int) -> "Happened":
        """Return the rows of one kind."""
        return self.where(self.what == what)

    def where(self, chosen: Bool) -> "Happened":
        """Return some rows. Shape: ``chosen`` (things,)."""
        return Happened(self.person[chosen], self.at[chosen], self.what[chosen], self.value[chosen])


def together(parts: Sequence[Happened]) -> Happened:
    """Put parts in one, by person and time."""
    if not parts:
        nothing = np.empty(0, np.int64)
        return Happened(nothing, nothing, np.empty(0, np.int8), nothing)
    person, at = (np.concatenate([getattr(part, name) for part in parts]) for name in ("person", "at"))
    order = np.lexsort((at, person))
    what, value = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("what", "value"))
    return Happened(person[order], at[order], what, value)


class Market:
    """People and what they did so far.

    Args:
        of: The preset.
        people: How many there are in all, those who arrive later included.
        seed: Draws everything.
        start_us: When the simulation begins; people have a history before it.
        days: How long it runs.
        arrivals: From when to when people arrive, if not as the preset says.
        outsiders: How many more there are who come only if somebody brings them (``invite``).
    """

    def __init__(
        self,
        of: Parameters,
        *,
        people: int,
        seed: int,
        start_us: int,
        days: int,
        arrivals: tuple[int, int] | None = None,
        outsiders: int = 0,
    ) -> None:
        self.residents = people
        self.parameters, self.seed, self.start_us, self.days = of, seed, start_us, days
        self._arrivals = arrivals
        self.now_us = min(start_us - of.history_days * DAY, arrivals[0] if arrivals else start_us)
        self.hidden: Any = draw_people(of, people=people, seed=seed, start_us=start_us, days=days, arrivals=arrivals)
        self.state: Any = np.zeros(people, STATE)
        self._rules, self._odds = rules_of(of), odds_of(of)
        self._past: list[Happened] = []
        born(self.hidden, self.state, self._rules, seed)
        self._made: list[Invitations] = []
        if outsiders:
            more = draw_outsiders(of, self.hidden, outsiders=outsiders, seed=seed)
            self.hidden = np.concatenate([self.hidden, more])
            self.state = np.concatenate([self.state, room_for(outsiders)])

    def __len__(self) -> int:
        return int(self.hidden.size)

    def twin(self) -> "Market":
        """Return the same people with the same dice, before anything happened."""
        return Market(
            self.parameters,
            people=self.residents,
            seed=self.seed,
            start_us=self.start_us,
            days=self.days,
            arrivals=self._arrivals,
            outsiders=len(self) - self.residents,
        )

    def live_until(self, until_us: int) -> Happened:
        """Let everybody live on, and return what they did."""
        done = Happened(*advance(self.hidden, self.state, self._rules, self.seed, self.now_us, until_us))
        self.now_us = max(self.now_us, until_us)
        self._past.append(done)
        return done

    def hear(self, people: Int64, moments: Int64, kinds: Int8) -> None:
        """Let people hear messages; moments lie at or after the last thing they did."""
        order = np.lexsort((people, moments))
        hear(self.hidden, self.state, self._rules, self._odds, self.seed, people[order], moments[order], kinds[order])

    def invite(self, people: Int64, moments: Int64, asking: Asking) -> int:
        """Let people who were asked for friends bring some; return how many invitations they made."""
        order = np.lexsort((people, moments))
        terms = terms_of(self.parameters, asking)
        found = invite(
            self.hidden, self.state, self._rules, terms, self.seed, self.residents, people[order], moments[order]
        )
        self._made.append(Invitations(*found))
        return int(found[0].size)

    def invitations(self) -> Invitations:
        """Return every invitation that was made because somebody was asked, by time."""
        nothing = np.empty(0, np.int64)
        made = [Invitations(nothing, nothing, nothing, np.empty(0, np.bool_)), *self._made]
        columns = [np.concatenate([getattr(one, name) for one in made]) for name in ("inviter", "invitee", "at")]
        order = np.argsort(columns[2], kind="stable")
        joined = np.concatenate([one.joined for one in made])
        return Invitations(columns[0][order], columns[1][order], columns[2][order], joined[order])

    def cheats(self) -> Bool:
        """Tell of everybody whether they brought made-up accounts: the truth that a fraud score is held against."""
        inviter, ring = self.hidden["inviter"], self.hidden["ring"]
        mine = (ring >= 0) & (inviter >= 0) & (self.hidden["runs"][inviter] == ring) & (self.state["arrived"] == 1)
        found = np.zeros(len(self), np.bool_)
        found[inviter[mine]] = True
        return found

    def past(self) -> Happened:
        """Return everything that ever happened."""
        if len(self._past) != 1:
            self._past = [together(self._past)]
        return self._past[0]

    def lately(self, since_us: int) -> Happened:
        """Return everything that happened since then, without sorting what lies before."""
        parts = [part for part in self._past if part.at.size and part.at.max() >= since_us]
        return together([part.where(part.at >= since_us) for part in parts])

    def serves(self) -> Bool:
        """Tell of everybody whether they agree to being served, which is not yet to being advertised to."""
        return np.ones(len(self), np.bool_)

    def retained(self, *, at_us: int, days: int = 90) -> int:
        """Count people who still have us as a contact and bought in the last ``days`` days."""
        orders = self.past().only(ORDERED)
        recent = np.unique(orders.person[orders.at >= at_us - days * DAY])
        return int((self.state["left_at"][recent] > at_us).sum())

    def complaints(self) -> int:
        """Count complaints."""
        return self.past().only(COMPLAINED).person.size

    def left(self) -> int:
        """Count people who left us."""
        return self.past().only(LEFT).person.size

    def arrived(self) -> int:
        """Count people who are here by now."""
        return self.past().only(ARRIVED).person.size

    def value_minor(self, *, since_us: int) -> int:
        """Add up what was paid since then."""
        orders = self.past().only(ORDERED)
        return int(orders.value[orders.at >= since_us].sum())
