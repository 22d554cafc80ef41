"""Comments that look hired (水军) under one's own posts: the same wordings, told by the same few under several posts.

A wording is a set of near-identical texts of at least ``LEAST_LETTERS`` characters, told by at least three writers
under at least two posts. A writer looks hired when wordings make at least half of what they wrote, under two posts or
more; three such writers of one wording, directly or through others, are a ring. Rings are shown, nobody is blocked.

What many say because a post asks for it (a lottery, a greeting) is no wording: under some post more than a fifth of at
least ten writers told it. A ring that makes up more than a fifth of a post cannot be told from such a chorus and is not
shown, nor is one that never repeats a wording. When comments came is not looked at: fans rush to a new post as well.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from siyu.kernel.resemblance import folded, resemblance, runs_of

LEAST_LETTERS: Final = 8
LEAST_WRITERS: Final = 3
LEAST_POSTS: Final = 2
#: Two texts are one wording when they have so much in common.
ALIKE: Final = 0.6
#: Told by a larger share of the writers under one post, it is a chorus; a post with fewer writers tells nothing.
CHORUS: Final = 0.2
CHORUS_WRITERS: Final = 10
#: Texts are compared when they share one of so many smallest hashes of their runs, with so many others at most.
_SKETCH: Final = 6
_MOST_COMPARED: Final = 100


@dataclass(frozen=True, slots=True)
class Ring:
    """Writers who tell the same wordings under several posts.

    Attributes:
        comments: Places of their comments of these wordings in what was looked at.
        wordings: One text of each wording, the most told first.
    """

    writers: tuple[str, ...]
    posts: tuple[str, ...]
    comments: tuple[int, ...]
    wordings: tuple[str, ...]


def rings(texts: Sequence[str], writers: Sequence[str], posts: Sequence[str]) -> tuple[Ring, ...]:
    """Return who looks hired, the largest ring first.

    Args:
        texts, writers, posts: (comments,) each: what was said, by whom, under which post. Comments without a writer or
            a post are passed over.
    """
    named = [place for place in range(len(texts)) if writers[place] and posts[place]]
    under: dict[str, set[str]] = defaultdict(set)
    wrote: Counter[str] = Counter()
    for place in named:
        under[posts[place]].add(writers[place])
        wrote[writers[place]] += 1
    told: dict[int, list[int]] = defaultdict(list)
    for place, wording in _wordings(texts, named).items():
        told[wording].append(place)
    kept = [places for places in told.values() if _is_wording(places, writers, posts, under)]
    by_writer: dict[str, list[int]] = defaultdict(list)
    for places in kept:
        for place in places:
            by_writer[writers[place]].append(place)
    hired = {
        writer
        for writer, places in by_writer.items()
        if 2 * len(places) >= wrote[writer] and len({posts[place] for place in places}) >= LEAST_POSTS
    }
    return _joined(kept, hired, texts, writers, posts)


def _is_wording(
    places: Sequence[int], writers: Sequence[str], posts: Sequence[str], under: Mapping[str, set[str]]
) -> bool:
    who: dict[str, set[str]] = defaultdict(set)
    for place in places:
        who[posts[place]].add(writers[place])
    if len(who) < LEAST_POSTS or len(set().union(*who.values())) < LEAST_WRITERS:
        return False
    return not any(
        len(under[post]) >= CHORUS_WRITERS and len(some) > CHORUS * len(under[post]) for post, some in who.items()
    )


def _joined(
    kept: Sequence[Sequence[int]],
    hired: set[str],
    texts: Sequence[str],
    writers: Sequence[str],
    posts: Sequence[str],
) -> tuple[Ring, ...]:
    names = sorted(hired)
    number = {name: place for place, name in enumerate(names)}
    pairs = []
    for places in kept:
        some = sorted({number[writers[place]] for place in places if writers[place] in number})
        pairs += [(some[0], other) for other in some[1:]]
    members: dict[int, list[str]] = defaultdict(list)
    for name, label in zip(names, _labels(pairs, len(names)), strict=True):
        members[label].append(name)
    found = []
    for ring in members.values():
        if len(ring) < LEAST_WRITERS:
            continue
        theirs = [[place for place in places if writers[place] in ring] for places in kept]
        theirs = sorted((places for places in theirs if places), key=lambda places: (-len(places), places))
        comments = sorted(place for places in theirs for place in places)
        told_under = sorted({posts[place] for place in comments})
        wordings = tuple(texts[places[0]] for places in theirs)
        found.append(Ring(tuple(ring), tuple(told_under), tuple(comments), wordings))
    return tuple(sorted(found, key=lambda ring: (-len(ring.writers), ring.writers)))


def _wordings(texts: Sequence[str], places: Sequence[int]) -> dict[int, int]:
    """Say of each place that is long enough which wording it belongs to: near-identical texts have the same number."""
    plain = {place: folded(texts[place]) for place in places}
    plain = {place: text for place, text in plain.items() if len(text) >= LEAST_LETTERS}
    distinct = {text: number for number, text in enumerate(dict.fromkeys(plain.values()))}
    runs = [runs_of(text) for text in distinct]
    near: dict[int, list[int]] = defaultdict(list)
    pairs = []
    for one, mine in enumerate(runs):
        others = set()
        for sketch in sorted(crc32(run.encode()) for run in mine)[:_SKETCH]:
            others.update(near[sketch])
            if len(near[sketch]) < _MOST_COMPARED:
                near[sketch].append(one)
        pairs += [(other, one) for other in others if resemblance(mine, runs[other]) >= ALIKE]
    labels = _labels(pairs, len(runs))
    return {place: labels[distinct[text]] for place, text in plain.items()}


def _labels(pairs: Sequence[tuple[int, int]], nodes: int) -> list[int]:
    """Number the groups into which pairs join ``nodes`` nodes; return the group of each."""
    if not nodes:
        return []
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_matrix((np.ones(left.size, np.int8), (left, right)), shape=(nodes, nodes))
    return list(map(int, connected_components(graph, directed=False)[1]))
