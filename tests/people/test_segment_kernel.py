import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.period import DAY, HOUR
from siyu.people.segment import AND, NOT, OR, Leaf, Of, Question, Segment
from siyu.people.segment_kernel import compile_segment, members
from siyu.people.segment_language import read_segments
from siyu.touchpoints.kind import TouchKind

_MIDNIGHT = 20_000 * DAY
_NOW = _MIDNIGHT + 10 * HOUR
_KINDS = [int(kind) for kind in (TouchKind.VISIT, TouchKind.CART, TouchKind.ORDER_PAID, TouchKind.COMPLAINT)]
_CHANNELS = ["store", "wecom", "douyin"]

Row = tuple[int, int, int, int, int]  # person, at, kind, value, channel


def _value_by_hand(leaf: Leaf, rows: list[Row], person: int, known: set[int]) -> float:
    if leaf.of is Of.MEMBER:
        return float(person in known)
    begin = -math.inf if leaf.from_days is None else _MIDNIGHT - leaf.from_days * DAY
    end = _NOW if leaf.to_days is None else _MIDNIGHT - leaf.to_days * DAY
    fits = [
        row for row in rows if begin <= row[1] < end and (not leaf.where or _CHANNELS[row[4]] in leaf.where["channel"])
    ]
    mine = [row for row in fits if row[2] in leaf.kinds]
    moments = [row[1] for row in mine]
    match leaf.of:
        case Of.COUNT:
            return len(mine)
        case Of.SUM:
            return sum(row[3] for row in mine)
        case Of.LAST:
            return (_MIDNIGHT - max(moments)) / DAY if moments else math.nan
        case Of.FIRST:
            return (_MIDNIGHT - min(moments)) / DAY if moments else math.nan
        case Of.DAYS:
            return len({(moment - _MIDNIGHT) // DAY for moment in moments})
        case Of.LATE:
            gap = (max(moments) - min(moments)) / (len(moments) - 1) if len(moments) > 1 else 0
            return (_MIDNIGHT - max(moments)) / gap if gap else math.nan
        case Of.SHARE:
            over = sum(row[2] in leaf.over for row in fits)
            return len(mine) / over if over else math.nan
        case _:
            return float(_sequence_by_hand(leaf, fits))


def _sequence_by_hand(leaf: Leaf, rows: list[Row]) -> bool:
    def follows(step: int, place: int, began: int) -> bool:
        if step == len(leaf.steps):
            return True
        return any(
            rows[later][2] in leaf.steps[step]
            and rows[later][1] - began <= leaf.within_us
            and follows(step + 1, later + 1, began)
            for later in range(place, len(rows))
        )

    return any(rows[i][2] in leaf.steps[0] and follows(1, i + 1, rows[i][1]) for i in range(len(rows)))


def _truth_by_hand(segment: Segment, values: list[float]) -> bool:
    stack: list[bool] = []
    for word in segment.program:
        if word == NOT:
            stack[-1] = not stack[-1]
        elif word in {AND, OR}:
            other = stack.pop()
            stack[-1] = (stack[-1] and other) if word == AND else (stack[-1] or other)
        else:
            leaf = segment.leaves[word]
            stack.append(leaf.low <= values[word] <= leaf.high)
    return stack[0]


_few = st.sets(st.sampled_from(_KINDS), min_size=1, max_size=2).map(frozenset)
_some_channels = st.sets(st.sampled_from(_CHANNELS), min_size=1)


@st.composite
def _leaf(draw: Any) -> Leaf:
    of = draw(st.sampled_from(Of))
    if of is Of.MEMBER:
        return Leaf(of, question=Question("tag", "vip"), low=1.0)
    steps = tuple(draw(st.lists(_few, min_size=2, max_size=3))) if of is Of.SEQUENCE else ()
    low = draw(st.sampled_from([-math.inf, 0.5, 1, 2, 3, 500]))
    from_days = draw(st.sampled_from([None, 3.0, 10.0, 40.0]))
    return Leaf(
        of,
        kinds=frozenset().union(*steps) if steps else draw(_few),
        over=draw(_few) if of is Of.SHARE else frozenset(),
        steps=steps,
        within_us=draw(st.sampled_from([DAY, 10 * DAY, 100 * DAY])),
        from_days=from_days,
        to_days=draw(st.sampled_from([None, 1.0, 2.0])),
        where={"channel": frozenset(draw(_some_channels))} if draw(st.booleans()) else {},
        low=1.0 if of is Of.SEQUENCE else low,
        high=draw(st.sampled_from([math.inf, 3, 800])) if of is not Of.SEQUENCE else math.inf,
    )  # fmt: skip


@st.composite
def _segment(draw: Any) -> Segment:
    leaves = draw(st.lists(_leaf(), min_size=1, max_size=4))
    program = [0]
    for place in range(1, len(leaves)):
        program += [place, *([NOT] if draw(st.booleans()) else []), draw(st.sampled_from([AND, OR]))]
    return Segment("s", "s", leaves, program)


_ROWS = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(0, 60 * 24).map(lambda hours: _NOW + DAY - hours * HOUR),  # some lie in the future
        st.sampled_from(_KINDS),
        st.integers(-300, 900),
        st.integers(0, 2),
    ),
    max_size=50,
    unique_by=lambda row: row[:2],
)


@settings(deadline=None, max_examples=300)
@given(_segment(), _ROWS, st.sets(st.integers(0, 8)))
def test_the_kernel_says_what_the_definitions_say(segment: Segment, rows: list[Row], known: set[int]) -> None:
    rows.sort()
    table = np.array(rows, np.int64).reshape(-1, 5)
    plan = compile_segment(segment, now_us=_NOW, midnight_us=_MIDNIGHT)
    found = members(
        plan,
        person=table[:, 0].copy(),
        at=table[:, 1].copy(),
        kind=table[:, 2].astype(np.int8),
        value=table[:, 3].copy(),
        texts={"channel": (table[:, 4].astype(np.int32), _CHANNELS)},
        known=[np.array(sorted(known), np.int64)] * len(plan.questions),
    )
    expected = []
    for person in sorted({row[0] for row in rows}):
        theirs = [row for row in rows if row[0] == person]
        if _truth_by_hand(segment, [_value_by_hand(leaf, theirs, person, known) for leaf in segment.leaves]):
            expected.append(person)
    assert found.tolist() == expected


def test_nobody_is_in_an_empty_bucket() -> None:
    (segment,) = read_segments("name: a\nall: [{did: cart}]")
    none = np.empty(0, np.int64)
    plan = compile_segment(segment, now_us=_NOW, midnight_us=_MIDNIGHT)
    assert members(plan, person=none, at=none, kind=none.astype(np.int8), value=none, texts={}, known=[]).size == 0
