"""A lucky draw (抽奖) that anybody can check: nobody, the brand included, can choose who wins.

1. Before it begins the brand keeps a secret number and publishes its hash (``commitment_of``).
2. When it closes, the list of tickets is published with its hash (``hash_of``); tickets name nobody.
3. Tickets are put in order by a keyed hash of secret, list, and a public number that was not known before
   (the closing figure of an index, named in the plan). The first in that order win, the dearest prize first, one
   prize a holder.
4. The secret is published with the result; whoever has the file computes the winners again (``replayed``).

Law: Interim Provisions on Regulating Sales Promotion (规范促销行为暂行规定, SAMR Order 32, in force 2020-12-01):
prizes, number or odds, terms, time and host are published and not changed; no faked draw, no insiders; the highest
prize at most 50,000 yuan (so, too, the Anti-Unfair Competition Law); the papers of a draw are kept for two years.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from siyu.kernel.errors import BadInputError

#: Largest prize of a draw, in fen.
LARGEST_PRIZE_MINOR: Final = 5_000_000
#: How long the papers of a draw must be kept, in days.
KEPT_DAYS: Final = 730


@dataclass(frozen=True, slots=True)
class Prize:
    """A prize of a draw: what it is, what it is worth in minor units, how many there are."""

    name: str
    worth_minor: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Draw:
    """The rules of a draw, published with the plan; they do not change after the first ticket.

    Attributes:
        prizes: What can be won.
        closes_at: ISO date (UTC): tickets earned before it take part, and nobody draws earlier.
        public_number: Which number, unknown today and public on that day, is mixed in.
        host: Who draws, and how the host can be reached.
        claim_days: For how long a winner can claim the prize.
    """

    prizes: tuple[Prize, ...]
    closes_at: str
    host: str
    public_number: str = ""
    claim_days: int = 30

    @property
    def worth_minor(self) -> int:
        """What all prizes are worth."""
        return sum(one.worth_minor * one.count for one in self.prizes)

    def odds(self, tickets: int) -> dict[str, float | None]:
        """Return the chance of one ticket for each prize as the list stands; None while there is no ticket."""
        return {one.name: min(1.0, one.count / tickets) if tickets else None for one in self.prizes}


@dataclass(frozen=True, slots=True)
class Win:
    """A ticket that won a prize."""

    prize: str
    worth_minor: int
    ticket: str


def commitment_of(secret: str) -> str:
    """Return the hash of a secret number, to be published before the draw. Hexadecimal SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_of(tickets: Iterable[str]) -> str:
    """Return the hash of a list of tickets, in the order of their names. Hexadecimal SHA-256."""
    return hashlib.sha256("\n".join(sorted(tickets)).encode()).hexdigest()


def ticket_of(secret: str, holder: int, nth: int) -> str:
    """Name a ticket without naming its holder: tickets of one holder begin alike."""
    of_holder = hmac.new(secret.encode(), f"holder {holder}".encode(), hashlib.sha256).hexdigest()[:16]
    return f"{of_holder}-{nth}"


def winners(prizes: Sequence[Prize], tickets: Sequence[str], *, secret: str, public: str) -> list[Win]:
    """Return who wins, the dearest prize first; one prize a holder. The same input gives the same winners for ever.

    Args:
        tickets: ``holder-number``, in any order.
        public: The public number; empty if the plan names none.
    """
    listed = hash_of(tickets)

    def place(ticket: str) -> bytes:
        return hmac.new(secret.encode(), f"{listed}|{public}|{ticket}".encode(), hashlib.sha256).digest()

    order = iter(sorted(set(tickets), key=place))
    found: list[Win] = []
    lucky: set[str] = set()
    for prize in sorted(prizes, key=lambda one: (-one.worth_minor, one.name)):
        for _ in range(prize.count):
            ticket = next((one for one in order if one.rpartition("-")[0] not in lucky), None)
            if ticket is None:
                return found
            lucky.add(ticket.rpartition("-")[0])
            found.append(Win(prize.name, prize.worth_minor, ticket))
    return found


def replayed(paper: Mapping[str, Any]) -> list[str]:
    """Draw again from the published paper of a draw; return what does not agree, nothing if all does.

    Raises:
        BadInputError: it is no paper of a draw.
    """
    try:
        prizes = [Prize(one["name"], one["worth_minor"], one["count"]) for one in paper["prizes"]]
        tickets, secret, public = list(paper["tickets"]), str(paper["secret"]), str(paper["public_number"])
        said = [(one["prize"], one["ticket"]) for one in paper["winners"]]
        commitment, listed = paper["commitment"], paper["tickets_hash"]
    except (KeyError, TypeError) as error:
        raise BadInputError(
            f"this is no paper of a draw: {error}", mend="siyu fission draw CAMPAIGN --out FILE"
        ) from None
    wrong = []
    if commitment_of(secret) != commitment:
        wrong.append("the secret is not the one that was committed to")
    if hash_of(tickets) != listed:
        wrong.append("the list of tickets is not the one that was published")
    if [(one.prize, one.ticket) for one in winners(prizes, tickets, secret=secret, public=public)] != said:
        wrong.append("other tickets win")
    return wrong
