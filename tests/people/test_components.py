import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from siyu.kernel.errors import BadInputError
from siyu.people.components import components, flatten, join, recognise_pairs

_PAIRS = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60)


def _by_hand(pairs: list[tuple[int, int]]) -> dict[int, int]:
    people: dict[int, set[int]] = {}
    for left, right in pairs:
        joined = people.get(left, {left}) | people.get(right, {right})
        for one in joined:
            people[one] = joined
    return {one: min(joined) for one, joined in people.items()}


@settings(deadline=None)  # the kernel compiles at its first call
@given(_PAIRS, st.booleans())
def test_a_person_is_the_component_and_goes_by_its_smallest_identifier(pairs: list[tuple[int, int]], far: bool) -> None:
    stretch = 10**15 if far else 1  # far apart: identifiers must be hashed
    scaled = [((left - 20) * stretch, (right - 20) * stretch) for left, right in pairs]
    table = np.array(scaled, np.int64).reshape(-1, 2)
    result = recognise_pairs(table[:, 0], table[:, 1])
    assert dict(zip(result.identifiers.tolist(), result.person.tolist(), strict=True)) == _by_hand(scaled)
    assert result.people == len(set(_by_hand(scaled).values()))


@settings(deadline=None)
@given(_PAIRS, st.integers(0, 60))
def test_online_and_bulk_give_the_same_people(pairs: list[tuple[int, int]], cut: int) -> None:
    table = np.array(pairs, np.int32).reshape(-1, 2)
    left, right = np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])
    online = components(left[:cut], right[:cut], 40)
    join(online, left[cut:], right[cut:])
    flatten(online)
    assert online.tolist() == components(left, right, 40).tolist()


@pytest.mark.parametrize(
    "shape", ["chain", "chain in order", "chain from its end", "far friends in order", "hub", "random"]
)
def test_many_pairs_on_two_threads_agree_with_scipy(shape: str) -> None:
    size, random = 1_200_000, np.random.default_rng(7)
    order = random.permutation(size).astype(np.int32)
    left, right = {
        "chain": (order, order + 1),
        "chain in order": (np.sort(order), np.sort(order) + 1),
        "chain from its end": (np.sort(order)[::-1].copy() + 1, np.sort(order)[::-1].copy()),
        "far friends in order": (np.sort(order)[::-1].copy(), np.maximum(np.sort(order)[::-1], order)),
        "hub": (np.full(size, size, np.int32), order),
        "random": (order, random.integers(0, size, size).astype(np.int32)),
    }[shape]
    count, label = connected_components(
        coo_matrix((np.ones(size, np.int8), (left, right)), shape=(size + 1, size + 1)), directed=False
    )
    ours = components(left, right.astype(np.int32), size + 1)
    assert np.unique(ours).size == count
    assert np.unique(ours.astype(np.int64) * (size + 1) + label).size == count


def test_no_pairs_are_no_people() -> None:
    empty = np.empty(0, np.int64)
    assert recognise_pairs(empty, empty).people == 0


def test_what_is_not_a_column_of_whole_numbers_is_refused() -> None:
    with pytest.raises(BadInputError, match="whole numbers"):
        recognise_pairs([1.5], [2.0])
    with pytest.raises(BadInputError, match="right sides"):
        recognise_pairs([1], [2, 3])
