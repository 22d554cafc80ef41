"""The map counts every person once, where they came from and how far they came."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.period import DAY, HOUR
from siyu.measurement.journey_map import CONTACT, MONETISATION, REFERRAL, REPEAT, RETENTION, JourneyMap
from siyu.measurement.timeline import Coded, Timeline
from siyu.touchpoints.kind import TouchKind

KINDS = [TouchKind.VISIT, TouchKind.MESSAGE_IN, TouchKind.ORDER_PAID, TouchKind.INVITE, TouchKind.MESSAGE_OUT]
CHANNELS, CODES = ["store", "wecom"], ["", "qr-1", "qr-2"]
rows = st.tuples(
    st.integers(0, 6), st.integers(0, 40), st.sampled_from(KINDS), st.sampled_from([0, 1]), st.sampled_from([0, 1, 2])
)


def timeline(found: list[tuple[int, int, TouchKind, int, int]]) -> Timeline:
    found = sorted(found, key=lambda row: row[:2])
    return Timeline(
        np.array([row[0] for row in found], np.int64),
        np.array([row[1] * 6 * HOUR for row in found], np.int64),
        np.array([int(row[2]) for row in found], np.int8),
        np.zeros(len(found), np.int64),
        {
            "channel": Coded(np.array([row[3] for row in found], np.int32), CHANNELS),
            "source_code": Coded(np.array([row[4] for row in found], np.int32), CODES),
        },
    )


@settings(deadline=None)  # the first call compiles
@given(st.lists(rows, max_size=40), st.sets(st.integers(1, 6)))
def test_the_map_says_what_a_plain_count_says(
    found: list[tuple[int, int, TouchKind, int, int]], owned: set[int]
) -> None:
    measure = JourneyMap(owned=np.array(sorted(owned), np.int64))
    parts = [measure.of_bucket(timeline([row for row in found if row[0] % 2 == bucket])) for bucket in (0, 1)]
    result = measure.combine(parts)
    people = {row[0] for row in found if row[0]}
    ordered = sorted(found, key=lambda row: row[:2])
    days = {
        who: {at * 6 * HOUR // DAY for one, at, kind, *_ in found if (one, kind) == (who, TouchKind.ORDER_PAID)}
        for who in people
    }
    sources: Counter[str] = Counter()
    for who in people:
        theirs = [row for row in ordered if row[0] == who]
        code = next((CODES[row[4]] for row in theirs if row[4]), "")
        sources[code or CHANNELS[theirs[0][3]]] += 1
    assert result.people == result.reached[CONTACT] == len(people)
    assert result.reached[RETENTION] == len(people & owned)
    assert result.reached[MONETISATION] == sum(bool(days[who]) for who in people)
    assert result.reached[REPEAT] == sum(len(days[who]) > 1 for who in people)
    assert result.reached[REFERRAL] == len({row[0] for row in found if row[0] and row[2] is TouchKind.INVITE})
    assert dict(result.sources) == dict(sources)
    for place, count in result.reached.items():
        assert sum(flow.people for flow in result.flows if flow.end == place) == count
        assert sum(flow.people for flow in result.flows if flow.start == place) <= count


def test_sources_beyond_the_largest_stand_together() -> None:
    found = [(who, who, TouchKind.VISIT, 0, who % 3) for who in range(1, 7)]
    result = JourneyMap(most=1).combine([JourneyMap().of_bucket(timeline(found))])
    assert result.sources == [("qr-1", 2), ("", 4)]
