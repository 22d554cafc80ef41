"""A draw that anybody can check: the same winners for ever, one prize a holder, no paper that was changed passes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.campaigns.fission.draw import Draw, Prize, commitment_of, hash_of, replayed, ticket_of, winners
from siyu.kernel.errors import BadInputError

PRIZES = (Prize("small", 100, 3), Prize("large", 9_000))


def _paper(tickets: list[str], *, secret: str = "s", public: str = "3321.05") -> dict[str, Any]:
    won = winners(PRIZES, tickets, secret=secret, public=public)
    return {
        "prizes": [{"name": one.name, "worth_minor": one.worth_minor, "count": one.count} for one in PRIZES],
        "secret": secret, "commitment": commitment_of(secret), "public_number": public, "tickets": sorted(tickets),
        "tickets_hash": hash_of(tickets), "winners": [{"prize": one.prize, "ticket": one.ticket} for one in won],
    }  # fmt: skip


def _tickets(holders: int, each: int = 1) -> list[str]:
    return [ticket_of("s", holder, nth) for holder in range(holders) for nth in range(1, each + 1)]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 12), st.integers(1, 5), st.randoms(use_true_random=False))
def test_every_holder_wins_at_most_one_prize_whatever_the_order_of_the_list(holders: int, each: int, dice: Any) -> None:
    tickets = _tickets(holders, each)
    won = winners(PRIZES, tickets, secret="s", public="1")
    mixed = list(tickets)
    dice.shuffle(mixed)
    assert winners(PRIZES, mixed, secret="s", public="1") == won
    assert len({one.ticket.split("-")[0] for one in won}) == len(won) == min(holders, 4)
    assert [one.prize for one in won] == ["large", "small", "small", "small"][: len(won)]


def test_a_published_paper_is_drawn_again_by_anybody_and_one_that_was_changed_is_found() -> None:
    paper = _paper(_tickets(20))
    assert replayed(paper) == []
    assert replayed(paper | {"public_number": "3321.06"}) == ["other tickets win"]
    assert replayed(paper | {"tickets": paper["tickets"][1:]})[0] == (
        "the list of tickets is not the one that was published"
    )
    assert "the secret is not the one that was committed to" in replayed(paper | {"secret": "better"})
    with pytest.raises(BadInputError, match="no paper of a draw"):
        replayed({"prizes": []})


def test_more_tickets_win_more_often_and_the_odds_are_said() -> None:
    tickets = [ticket_of("s", 0, nth) for nth in range(1, 11)] + [ticket_of("s", one, 1) for one in range(1, 11)]
    often = ticket_of("s", 0, 1).split("-")[0]
    won = [winners(PRIZES[1:], tickets, secret="s", public=str(day))[0].ticket.split("-")[0] for day in range(400)]
    assert 0.4 < won.count(often) / 400 < 0.6
    assert Draw(PRIZES, "2026-06-01", "we").odds(20) == {"small": 0.15, "large": 0.05}
    assert Draw(PRIZES, "2026-06-01", "we").odds(0) == {"small": None, "large": None}
