"""The funnel counts what its definition says, on any touches."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from measurement.people import Row, measured, rows, timeline
from siyu.kernel.errors import BadInputError
from siyu.measurement.metrics.funnel import Funnel

STEPS = (("view", 21), ("cart", 56), ("pay", 51))
WINDOW = 10


def deepest(touches: list[tuple[int, int]]) -> int:
    """Take every first step in turn and go on to the earliest touch of each next one, within the window."""
    best = 0
    for start, kind in touches:
        if kind != STEPS[0][1]:
            continue
        now, depth = start, 1
        for _, wanted in STEPS[1:]:
            later = [at for at, other in touches if other == wanted and now <= at <= start + WINDOW]
            if not later:
                break
            now, depth = min(later), depth + 1
        best = max(best, depth)
    return best


def by_hand(some: list[Row]) -> list[int]:
    depths = [deepest([row[1:3] for row in some if row[0] == person]) for person in {row[0] for row in some}]
    return [sum(depth > place for depth in depths) for place in range(len(STEPS))]


@settings(max_examples=100, deadline=None)
@given(rows(kinds=(21, 56, 51, 20), longest=30))
def test_people_by_step_are_those_who_have_such_a_chain(some: list[Row]) -> None:
    result = measured(Funnel(STEPS, WINDOW), some)
    assert [step.people for step in result.steps] == by_hand(some)


@settings(max_examples=50, deadline=None)
@given(rows(kinds=(21, 56, 51, 20), longest=30))
def test_groups_add_up_to_everybody(some: list[Row]) -> None:
    result = measured(Funnel(STEPS, WINDOW, by="channel"), some)
    for place, step in enumerate(result.steps):
        assert sum(group.steps[place].people for group in result.groups) == step.people


def test_time_to_convert_runs_from_the_first_step_of_the_first_complete_chain() -> None:
    hour = 3_600_000_000
    some = [(1, 0, 21, 0, ""), (1, hour, 21, 0, ""), (1, 2 * hour, 56, 0, ""), (1, 4 * hour, 51, 0, "")]
    assert measured(Funnel(STEPS, 10 * hour), some).hours_to_convert == [3.0] * 5


def test_nobody_is_none_and_not_zero() -> None:
    result = measured(Funnel(STEPS, WINDOW), [])
    assert result.steps[0].of_first is None
    assert result.hours_to_convert is None


def test_a_funnel_needs_two_different_steps() -> None:
    with pytest.raises(BadInputError, match="two steps"):
        Funnel(STEPS[:1])
    with pytest.raises(BadInputError, match="one step only"):
        Funnel((STEPS[0], STEPS[0]))


def test_the_counts_equal_those_of_windowed_sql() -> None:
    duckdb = pytest.importorskip("duckdb")
    chance = np.random.default_rng(3)
    size = 30_000
    some = list(
        zip(
            chance.integers(1, 3000, size).tolist(),
            chance.permutation(size * 4)[:size].tolist(),
            chance.choice([21, 56, 51, 20], size).tolist(),
            [0] * size,
            [""] * size,
            strict=True,
        )
    )
    line = timeline(some)
    database = duckdb.connect()
    before = "OVER (PARTITION BY person ORDER BY t ROWS UNBOUNDED PRECEDING)"
    sql = f"""
        WITH a AS (SELECT *, CASE WHEN kind = 21 THEN t END AS s1 FROM touches),
        b AS (SELECT *, CASE WHEN kind = 56 AND t - max(s1) {before} <= 30000 THEN max(s1) {before} END AS s2 FROM a),
        c AS (SELECT *, CASE WHEN kind = 51 AND t - max(s2) {before} <= 30000 THEN max(s2) {before} END AS s3 FROM b)
        SELECT count(DISTINCT CASE WHEN s1 IS NOT NULL THEN person END),
               count(DISTINCT CASE WHEN s2 IS NOT NULL THEN person END),
               count(DISTINCT CASE WHEN s3 IS NOT NULL THEN person END) FROM c
    """
    table = pa.table({"person": line.person, "t": line.at, "kind": line.kind})
    database.register("touches", table)
    measure = Funnel(STEPS, 30_000)

    ours = measure.combine([measure.of_bucket(line)])
    assert [step.people for step in ours.steps] == list(database.sql(sql).fetchall()[0])
