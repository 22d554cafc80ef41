"""Ten million identifier pairs to people: ours against scipy and networkx, on the same arrays.

networkx runs once, on the first graph, in the peers' environment: it needs a minute or two and six gigabytes.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from peers import peer_python
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from siyu.people.components import components, flatten, join, recognise_pairs

PAIRS = 10_000_000
ROUNDS = 3
_NETWORKX = """
import sys, time, numpy as np, networkx as nx
left, right = np.load(sys.argv[1])
started = time.perf_counter()
graph = nx.Graph()
graph.add_edges_from(zip(left.tolist(), right.tolist()))
people = sum(1 for _ in nx.connected_components(graph))
print(time.perf_counter() - started, people)
"""


def shapes() -> dict[str, tuple[np.ndarray, np.ndarray, int]]:
    """Return the test graphs: (left, right, nodes), int32."""
    random = np.random.default_rng(11)
    owner = np.repeat(np.arange(PAIRS // 4), 4)
    name = random.permutation(PAIRS // 4 * 5)
    people = [name[owner * 5 + random.integers(0, 5, owner.size)] for _ in range(2)]
    order, chain = random.permutation(PAIRS), random.permutation(PAIRS)
    hub = (np.full(PAIRS, PAIRS), chain)
    tenth = PAIRS // 10
    mixed_left = np.concatenate([people[0][order][: 8 * tenth], name.size + chain[:tenth] % tenth, np.full(tenth, 0)])
    mixed_right = np.concatenate(
        [people[1][order][: 8 * tenth], name.size + chain[:tenth] % tenth + 1, name.size + tenth + 1 + np.arange(tenth)]
    )
    shuffle = random.permutation(mixed_left.size)
    graphs = {
        "people, a long chain and a hub": (mixed_left[shuffle], mixed_right[shuffle], name.size + 2 * tenth + 1),
        "people of about four": (people[0][order], people[1][order], name.size),
        "one chain, shuffled": (chain, chain + 1, PAIRS + 1),
        "one chain, from its end": (np.arange(PAIRS)[::-1], np.arange(PAIRS)[::-1] + 1, PAIRS + 1),
        "one hub": (*hub, PAIRS + 1),
        "random pairs": (random.integers(0, 8_000_000, PAIRS), random.integers(0, 8_000_000, PAIRS), 8_000_000),
    }
    return {k: (a.astype(np.int32), b.astype(np.int32), n) for k, (a, b, n) in graphs.items()}


def median(run: Callable[[], object]) -> float:
    """Return the median seconds of ``run``."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def scipy_labels(left: np.ndarray, right: np.ndarray, nodes: int) -> tuple[int, np.ndarray]:
    """Label with scipy."""
    weights = np.ones(left.size, np.int8)
    return connected_components(coo_matrix((weights, (left, right)), shape=(nodes, nodes)), directed=False)


def networkx_seconds(left: np.ndarray, right: np.ndarray) -> tuple[float, int]:
    """Time networkx on all pairs, in the peers' environment."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.npy"
        np.save(file, np.stack([left, right]))
        said = subprocess.run(
            [peer_python(), "-c", _NETWORKX, str(file)], check=True, capture_output=True, text=True
        ).stdout.split()
    return float(said[0]), int(said[1])


def main() -> None:
    """Print the table."""
    warm = np.arange(2_000_000, dtype=np.int32)
    components(warm, warm, warm.size)
    recognise_pairs(np.array([1, 2**60]), np.array([1, 2**60]))
    print(f"{PAIRS:,} pairs; median of {ROUNDS}; seconds")
    print(f"{'graph':32} {'ours':>7} {'scipy':>7} {'x scipy':>8} {'networkx':>9} {'x networkx':>11}")
    for number, (title, (left, right, nodes)) in enumerate(shapes().items()):
        ours = median(partial(components, left, right, nodes))
        scipys = median(partial(scipy_labels, left, right, nodes))
        labels, (count, peer) = components(left, right, nodes), scipy_labels(left, right, nodes)
        assert np.unique(labels).size == count, title
        assert np.unique(labels.astype(np.int64) * nodes + peer).size == count, title
        line = f"{title:32} {ours:7.3f} {scipys:7.3f} {scipys / ours:7.1f}x"
        if number == 0:
            seconds, found = networkx_seconds(left, right)
            assert recognise_pairs(left, right).people == found
            line += f" {seconds:9.1f} {seconds / ours:10.0f}x"
        print(line, flush=True)
    left, right, nodes = shapes()["people of about four"]
    names_left, names_right = left.astype(np.int64) * 1_000_003, right.astype(np.int64) * 1_000_003
    seconds = median(partial(recognise_pairs, names_left, names_right))
    print(f"{'arbitrary 64-bit identifiers':32} {seconds:7.3f}")
    forest = components(left, right, nodes)
    random = np.random.default_rng(5)
    new = [random.integers(0, nodes, 10_000).astype(np.int32) for _ in range(2)]
    print(f"{'10,000 new pairs, online':32} {median(lambda: (join(forest, *new), flatten(forest))):7.4f}")


if __name__ == "__main__":
    sys.exit(main())
