"""Spread: small trees by hand, any tree by a slow check, and real cascades to the last row."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.app.fission.spread_file import spread_of_file
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.metrics.spread import (
    NEVER,
    ORPHAN,
    SEED,
    below_of,
    children_of,
    credit_invites,
    depths_of,
    generations_of,
    spread_of,
)  # fmt: skip


def test_a_tree_with_an_orphan_and_a_ring_is_told_apart() -> None:
    parent = np.array([SEED, 0, 1, ORPHAN, 3, 6, 5, 5], np.int64)
    assert depths_of(parent, 0).tolist() == [0, 1, 2, -1, -1, -2, -2, -2]
    assert children_of(parent).tolist() == [1, 1, 0, 1, 0, 2, 1, 0]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(-2, 30), min_size=1, max_size=30))
def test_depths_agree_with_walking_up(parents: list[int]) -> None:
    parent = np.array([one if one < len(parents) else SEED for one in parents], np.int64)

    def walked(row: int) -> int:
        seen, steps = {row}, 0
        while parent[row] >= 0:
            row, steps = int(parent[row]), steps + 1
            if row in seen:
                return -2
            seen.add(row)
        return steps if parent[row] == SEED else -1

    assert depths_of(parent, 0).tolist() == [walked(row) for row in range(parent.size)]


def test_k_and_its_interval_by_hand() -> None:
    parent = np.array([SEED, SEED, 0, 0, 0, 1], np.int64)
    found = generations_of(depths_of(parent, 0), children_of(parent), retained=np.array([1, 1, 1, 0, 0, 1], np.bool_))
    first = found[0]
    assert (first.members, first.children, first.k, first.retained) == (2, 4, 2.0, 2)
    half = 1.959964 * (2 / 2) ** 0.5  # children 3 and 1: variance 2, two members
    assert (first.k_low, first.k_high) == pytest.approx((2 - half, 2 + half))
    assert (found[1].members, found[1].children, found[1].retained) == (4, 0, 2)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=40))
def test_every_invitation_counts_once_or_says_why_not_and_there_is_never_a_ring(rows: list[tuple[int, int]]) -> None:
    inviter, invitee = (np.array([row[side] for row in rows], np.int32) for side in (0, 1))
    parent, depth, counted, counts = credit_invites(inviter, invitee, np.arange(len(rows)), 9)
    assert counts.sum() == len(rows)
    plain = np.where(parent == -3, SEED, parent)
    again = depths_of(plain, 0)
    assert (again >= 0).all()
    assert (again[parent != -3] == depth[parent != -3]).all()
    for person in np.flatnonzero(counted >= 0):
        assert (inviter[counted[person]], invitee[counted[person]]) == (parent[person], person)


def test_a_child_dated_before_its_parent_is_counted_and_not_timed() -> None:
    parent, at = np.array([SEED, 0, 0], np.int64), np.array([DAY, 0, 3 * DAY], np.int64)
    found = spread_of(parent, at)
    assert found.backwards == 1
    assert found.generations[1].cycle_median_us == 2 * DAY
    assert spread_of(parent, np.full(3, NEVER, np.int64)).without_date == 3


def test_a_file_with_names_duplicates_and_gaps_is_read(tmp_path: Path) -> None:
    file = tmp_path / "invites.csv"
    file.write_text(
        "who,by,when,stayed\nanna,,2026-01-01,1\nben,anna,2026-01-02,1\ncy,anna,,0\nben,cy,2026-01-05,0\ndi,nobody,2026-01-03,1\n"
    )
    found = spread_of_file(file, tree="", node="who", parent="by", at="when", retained="stayed", people_are_roots=True)
    assert (found["rows"], found["duplicates"], found["without_date"], found["orphans"]) == (5, 1, 1, 1)
    assert [(one["members"], one["retained"]) for one in found["generations"]] == [(1, 1), (2, 1)]
    with pytest.raises(BadInputError, match="there is no column 'root'"):
        spread_of_file(file)


def test_usual_names_of_columns_are_found_and_a_file_of_another_encoding_is_read(tmp_path: Path) -> None:
    file = tmp_path / "invites.csv"
    file.write_bytes("邀请人,被邀人,时间\n,甲,2026-01-01\n甲,乙,2026-01-02\n乙,丙,\n".encode("gb18030"))
    found = spread_of_file(file)
    assert (found["rows"], found["trees"], found["depth"]) == (3, 1, {"1": 1, "2": 1, "3": 1})
    assert found["without_date"] == 1
    with pytest.raises(BadInputError, match="there is no column 'inviter'"):
        spread_of_file(file, tree="", parent="inviter")


def test_real_cascades_are_reproduced_exactly(shared: Path) -> None:
    found = spread_of_file(shared / "data" / "weibo_cascades" / "reposts.parquet")
    assert (found["posts"], found["deepest"]) == (3_387, 58)
    assert [found["depth"][str(depth)] for depth in range(1, 6)] == [785_218, 287_848, 97_148, 44_204, 22_899]
    assert (found["duplicates"], found["without_date"], found["orphans"], found["rings"]) == (724, 74, 0, 0)
    frame = pl.read_parquet(shared / "data" / "weibo_cascades" / "reposts.parquet")
    assert found["rows"] == frame.height


@settings(deadline=None)
@given(st.lists(st.integers(-1, 30), min_size=1, max_size=30))
def test_everybody_below_a_member_is_counted_as_by_walking_up(parents: list[int]) -> None:
    parent = np.array([up if up < row else SEED for row, up in enumerate(parents)], np.int64)
    below = np.zeros(parent.size, np.int64)
    for row in range(parent.size):
        up = parent[row]
        while up >= 0:
            below[up] += 1
            up = parent[up]
    assert below_of(parent).tolist() == below.tolist()


def test_a_ring_counts_nobody_below() -> None:
    assert below_of(np.array([1, 0, 0, -1, 3], np.int64)).tolist() == [0, 0, 0, 1, 0]


def test_the_file_says_k_and_its_spreaders(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "root,mid,parent,date\np,a,-1,2026-01-01\np,b,a,2026-01-02\np,c,a,2026-01-02\np,d,c,2026-01-03\n", "utf-8"
    )
    found = spread_of_file(file)
    assert (found["K"], found["deepest"], found["depth"]) == (0.75, 3, {"1": 1, "2": 2, "3": 1})
    assert found["spreaders"]["top"] == [
        {"node": "a", "tree": "p", "children": 2, "below": 3},
        {"node": "c", "tree": "p", "children": 1, "below": 1},
    ]
    assert found["spreaders"]["spreading"] == 2


def test_in_a_list_of_invitations_who_was_brought_by_nobody_begins_a_tree(tmp_path: Path) -> None:
    file = tmp_path / "edges.csv"
    file.write_text(
        "inviter,invitee,date\nA,B,2024-01-01\nA,C,2024-01-02\nB,D,\nX,Y,2024-01-04\nX,,2024-01-05\n", "utf-8"
    )
    found = spread_of_file(file)
    assert (found["rows"], found["without_name"], found["without_date"], found["orphans"]) == (5, 1, 1, 0)
    assert (found["trees"], found["depth"], found["generations"][0]["members"]) == (2, {"1": 3, "2": 1}, 2)
    file.write_text("inviter,invitee\n,A\nA,B\nghost,C\n", "utf-8")  # the first are there: ghost is unknown
    assert spread_of_file(file)["orphans"] == 1


def test_a_parent_that_is_the_post_itself_is_no_orphan(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("root,mid,parent,date\nP,1,P,2024-01-01\nP,2,1,2024-01-02\nQ,3,P,2024-01-02\n", "utf-8")
    found = spread_of_file(file)
    assert (found["orphans"], found["depth"]) == (1, {"1": 1, "2": 1})


def test_a_cell_that_says_neither_yes_nor_no_is_an_error_and_not_a_no(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("root,mid,parent,kept\np,a,,是\np,b,a,否\np,c,a,\n", "utf-8")
    post, *joined = spread_of_file(file, retained="kept")["generations"]
    assert "retained" not in post  # a post neither stays nor leaves
    assert [one["retained"] for one in joined] == [1, 0]
    file.write_text("root,mid,parent,kept\np,a,,maybe\n", "utf-8")
    with pytest.raises(BadInputError, match="'maybe' says neither"):
        spread_of_file(file, retained="kept")


_ROW = st.tuples(st.sampled_from("PQ"), st.integers(0, 9), st.integers(-1, 11), st.booleans())


@settings(deadline=None, max_examples=60)
@given(st.lists(_ROW, min_size=1, max_size=25))
def test_files_agree_with_walking_up_by_hand(rows: list[tuple[str, int, int, bool]]) -> None:
    text = "root,mid,parent,date\n" + "".join(
        f"{tree},{node},{parent},{'2024-01-01' if dated else ''}\n" for tree, node, parent, dated in rows
    )
    up: dict[tuple[str, int], int] = {}
    for tree, node, parent, _dated in rows:
        up.setdefault((tree, node), parent)
    depths: Counter[int | str] = Counter()
    for tree, start in up:
        node, seen, steps = start, set[int](), 1
        while up[tree, node] != -1 and node not in seen:
            seen.add(node)
            if (tree, up[tree, node]) not in up:
                break
            node, steps = up[tree, node], steps + 1
        inside = (tree, up[tree, node]) in up
        depths[steps if up[tree, node] == -1 else "ring" if inside else "orphan"] += 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.csv")
        file.write_text(text, "utf-8")
        found = spread_of_file(file)
    assert found["duplicates"] == len(rows) - len(up)
    assert (found["orphans"], found["rings"]) == (depths["orphan"], depths["ring"])
    assert found["depth"] == {str(one): depths[one] for one in range(1, found["deepest"] + 1)}
    brought = sum(count for step, count in depths.items() if isinstance(step, int) and step > 1)
    members = sum(count for step, count in depths.items() if isinstance(step, int))
    assert found["K"] == (pytest.approx(brought / members) if members else pytest.approx(float("nan"), nan_ok=True))
