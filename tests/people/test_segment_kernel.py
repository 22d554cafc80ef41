import math
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.period import DAY, HOUR
from siyu.people.segment import AND, NOT, OR, Leaf, Of, Question, Segment
from siyu.people.segment_kernel import Compiled, compile_segment, members, tally
from siyu.people.segment_language import read_segments
from siyu.people.segment_tally import Tally
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


def _plan(segment: Segment) -> Compiled:
    return compile_segment(segment, now_us=_NOW, midnight_us=_MIDNIGHT)


def _tallied(plan: Compiled, rows: list[Row], **more: Any) -> tuple[Tally, npt.NDArray[np.int64]]:
    table = np.array(sorted(rows), np.int64).reshape(-1, 5)
    return tally(
        plan,
        person=table[:, 0].copy(),
        at=table[:, 1].copy(),
        kind=table[:, 2].astype(np.int8),
        value=table[:, 3].copy(),
        texts={"channel": (table[:, 4].astype(np.int32), _CHANNELS)},
        **more,
    )


@settings(deadline=None, max_examples=300)
@given(_segment(), _ROWS, st.sets(st.integers(0, 8)))
def test_the_kernel_says_what_the_definitions_say(segment: Segment, rows: list[Row], known: set[int]) -> None:
    rows.sort()
    plan = _plan(segment)
    found = members(plan, _tallied(plan, rows)[0], [np.array(sorted(known), np.int64)] * len(plan.questions))
    expected = []
    for person in sorted({row[0] for row in rows}):
        theirs = [row for row in rows if row[0] == person]
        if _truth_by_hand(segment, [_value_by_hand(leaf, theirs, person, known) for leaf in segment.leaves]):
            expected.append(person)
    assert found.tolist() == expected


@settings(deadline=None, max_examples=300)
@given(_segment(), _ROWS, _ROWS, st.sets(st.integers(1, 8), min_size=1))
def test_touches_added_to_a_tally_count_as_if_all_were_counted_at_once(
    segment: Segment, earlier: list[Row], newer: list[Row], asked: set[int]
) -> None:
    plan, who = _plan(segment), np.array(sorted(asked), np.int64)
    newer = [row for row in newer if row[:2] not in {one[:2] for one in earlier}]
    added, anew = _tallied(plan, newer, who=who, before=_tallied(plan, earlier)[0])
    at_once, _ = _tallied(plan, earlier + newer, who=who)
    known = [who[::2]] * len(plan.questions)
    assert set(members(plan, added, known).tolist()) ^ set(members(plan, at_once, known).tolist()) <= set(anew.tolist())
    late = {person for person, at, *_ in newer if any(at <= one[1] for one in earlier if one[0] == person)}
    assert set(anew.tolist()) <= late


def test_nobody_is_in_an_empty_bucket() -> None:
    (segment,) = read_segments("name: a\nall: [{did: cart}]")
    plan = _plan(segment)
    assert members(plan, _tallied(plan, [])[0], []).size == 0


def test_somebody_with_whom_nothing_happened_is_in_no_segment() -> None:
    (segment,) = read_segments("name: a\nnone: [{did: cart}]")
    plan = _plan(segment)
    counted, _ = _tallied(plan, [(3, _MIDNIGHT - DAY, _KINDS[0], 0, 0)], who=np.array([2, 3, 4], np.int64))
    assert members(plan, counted, []).tolist() == [3]
