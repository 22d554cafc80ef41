"""Callbacks are tried three times, and lost, doubled or mixed when asked to."""

import pytest

from sandbox.listener import listening
from siyu.sandbox.courier import Courier, Parcel
from siyu.sandbox.faults import Faults, dice


def delivered(faults: Faults, count: int, *, seed: int = 1) -> tuple[list[int], dict[str, int]]:
    with listening() as (url, kept):
        courier = Courier(faults, dice(seed, "courier"))
        courier.start()
        for number in range(count):
            courier.hand_in(Parcel("wecom", url, str(number).encode()))
        assert courier.settle()
        courier.stop()
        return [int(body) for _, body in kept], dict(courier.counts)


def test_without_faults_everything_comes_once_and_in_order() -> None:
    got, counts = delivered(Faults(), 50)
    assert got == list(range(50))
    assert counts["delivered"] == 50


def test_lost_callbacks_never_come() -> None:
    got, counts = delivered(Faults(lost_callbacks=0.5), 100)
    assert 30 < len(got) < 70
    assert len(got) + counts["lost"] == 100


def test_duplicates_come_twice_and_late_ones_out_of_order() -> None:
    got, counts = delivered(Faults(duplicate_callbacks=0.3, late_callbacks=0.3), 100)
    assert set(got) == set(range(100))
    assert len(got) == 100 + counts["duplicated"] > 110
    assert got != sorted(got)


def test_the_same_seed_loses_the_same() -> None:
    faults = Faults(lost_callbacks=0.3, late_callbacks=0.2, duplicate_callbacks=0.2)
    assert delivered(faults, 40, seed=5)[0] == delivered(faults, 40, seed=5)[0]


@pytest.mark.parametrize(("statuses", "tries", "outcome"), [([500, 302], 3, "delivered"), ([500] * 3, 3, "given_up")])
def test_any_status_but_200_is_tried_again_three_times_in_all(statuses: list[int], tries: int, outcome: str) -> None:
    with listening(statuses) as (url, kept):
        courier = Courier(Faults(), dice(1, "courier"))
        courier.start()
        courier.hand_in(Parcel("wecom", url, b"x"))
        courier.settle()
        courier.stop()
        assert len(kept) == tries
        assert courier.counts[outcome] == 1


def test_an_address_where_nobody_listens_breaks_nothing() -> None:
    courier = Courier(Faults(), dice(1, "courier"))
    courier.start()
    courier.hand_in(Parcel("wecom", "http://127.0.0.1:9/", b"x"))
    assert courier.settle()
    courier.stop()
    assert courier.counts["given_up"] == 1
