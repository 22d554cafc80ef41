"""Read who brought whom from a file and measure the spread: ``siyu metric spread FILE``."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from siyu.app.intake.tables import read_table
from siyu.kernel.arrays import Bool, Int64
from siyu.kernel.errors import BadInputError
from siyu.measurement.dates import read_moments
from siyu.measurement.metrics.spread import NEVER, ORPHAN, SEED, Spread, below_of, children_of, spread_of

_HOUR_US = 3_600_000_000
_MOST_SPREADERS = 20
_YES = ["1", "1.0", "true", "t", "yes", "y", "是", "留存"]
_NO = ["", "0", "0.0", "false", "f", "no", "n", "否", "流失"]
#: What files call the columns that nobody named.
_ALSO = {
    "root": ("tree", "cascade", "campaign", "post", "活动", "帖子"),
    "mid": ("node", "invitee", "invitee_id", "child", "id", "person", "user", "member", "被邀请人", "被邀人", "用户"),
    "parent": ("inviter", "inviter_id", "parent_id", "invited_by", "referrer", "from", "邀请人", "推荐人", "上级"),
    "date": ("at", "time", "timestamp", "joined_at", "created_at", "invited_at", "时间", "日期"),
}


def spread_of_file(
    file: Path, *, tree: str = "root", node: str = "mid", parent: str = "parent", at: str = "date", retained: str = "",
    people_are_roots: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Measure the spread in ``file``; the same node of a tree twice counts once, as its first row says.

    Args:
        file: Parquet, CSV, TSV or JSON lines; one row per share, invitation or member.
        tree: The post or campaign a row belongs to; empty when the file is one tree.
        node, parent: The row's own name and its parent's; -1 or empty means none.
        at: When; empty or a missing column when moments are not known.
        retained: A column that is true (1) for those who stayed, if there is one.
        people_are_roots: Rows without a parent are seeds (generation 0) rather than answers to a post (generation 1).
            So they are, too, in a list of invitations: no column of posts, and an inviter in every row.

    Raises:
        BadInputError: the file or a column cannot be read.
    """
    frame = read_table(file)
    tree, node, parent, at = _named(frame.columns, tree, node, parent, at)
    for column in (tree, node, parent, retained):
        if column and column not in frame.columns:
            raise BadInputError(
                f"there is no column {column!r}",
                where=str(file),
                mend=f"the columns are {', '.join(frame.columns[:12])}",
            )
    rows = frame.height
    frame = frame.with_columns(
        (pl.col(tree) if tree else pl.lit(0)).alias("_tree"),
        pl.col(node).cast(pl.String).alias("_node"),
        pl.col(parent).cast(pl.String).replace(["", "-1"], None).alias("_parent"),
    ).filter(pl.col("_tree").is_not_null() & (pl.col("_node") != ""))
    named = frame.height
    if not named:
        raise BadInputError("no row says who it is", where=str(file), mend=f"fill the column {node!r}")
    frame = frame.unique(["_tree", "_node"], keep="first", maintain_order=True)
    duplicates = named - frame.height
    beginning = 0
    if people_are_roots or not tree:
        frame, beginning = _with_inviters(frame)
        people_are_roots = people_are_roots or beginning > 0
    parents = _parent_rows(frame)
    moments = _moments(frame, at)
    trees = frame["_tree"].rank("dense").to_numpy().astype(np.int64) - 1
    count = int(trees.max(initial=-1)) + 1
    started = np.full(count, np.iinfo(np.int64).max)
    dated = moments != NEVER
    np.minimum.at(started, trees[dated], moments[dated])
    started[started == np.iinfo(np.int64).max] = NEVER
    stayed = _truths(frame, retained) if retained else None
    found = spread_of(
        parents, moments, started=started[trees], trees=count if tree or not people_are_roots else 0,
        rows_hang_on_posts=not people_are_roots, retained=stayed,
    )  # fmt: skip
    counted = {"rows": rows, "without_name": rows - named, "duplicates": duplicates}
    counted["without_date"] = found.without_date - beginning
    return counted | _document(found, posts=not people_are_roots) | {"spreaders": _spreaders(frame, parents)}


def _named(columns: list[str], tree: str, node: str, parent: str, at: str) -> tuple[str, str, str, str]:
    """Find the columns that usual files call otherwise; who named a column gets that one or an error."""

    def found(asked: str, usual: str) -> str:
        if asked != usual or asked in columns:
            return asked
        plain = {column.strip().lower(): column for column in reversed(columns)}
        return next((plain[name] for name in _ALSO[usual] if name in plain), asked)

    node, parent, at = found(node, "mid"), found(parent, "parent"), found(at, "date")
    if tree == "root" and "root" not in columns and node in columns and parent in columns:
        tree = found(tree, "root")
        tree = tree if tree in columns else ""
    return tree, node, parent, at


def _spreaders(frame: pl.DataFrame, parents: Int64) -> dict[str, Any]:
    """Say who brought how many, and how much hangs on the busiest hundredth of all members."""
    children, below = children_of(parents), below_of(parents)
    order = np.lexsort((np.arange(children.size), -below, -children))[:_MOST_SPREADERS]
    few = order[children[order] > 0]
    named = frame.select("_tree", "_node")[few].to_dicts()
    brought = np.sort(children)[::-1]
    total, hundredth = int(brought.sum()), max(1, round(children.size / 100))
    return {
        "members": int(children.size),
        "spreading": int((children > 0).sum()),
        "share_of_children_by_top_hundredth": int(brought[:hundredth].sum()) / total if total else None,
        "top": [
            {"node": row["_node"], "tree": row["_tree"], "children": int(children[i]), "below": int(below[i])}
            for row, i in zip(named, few.tolist(), strict=True)
        ],
    }


def _document(found: Spread, *, posts: bool) -> dict[str, Any]:
    generations = []
    for generation in found.generations:
        line = asdict(generation)
        line["cycle_median_hours"] = line.pop("cycle_median_us") / _HOUR_US
        if line["retained"] < 0 or (posts and generation.generation == 0):  # a post does not stay or leave
            line.pop("retained")
        else:
            line["retained_share"] = line["retained"] / line["members"] if line["members"] else float("nan")
        generations.append(line)
    return {
        "trees": found.roots,
        "posts": found.roots,
        "deepest": found.deepest,
        "K": found.k,
        "K_low": found.k_low,
        "K_high": found.k_high,
        "depth": {str(g["generation"]): g["members"] for g in generations[1:]},
        "orphans": found.orphans,
        "rings": found.rings,
        "dated_before_parent": found.backwards,
        "saturation_hours": {
            "half": found.half_us / _HOUR_US,
            "ninety_percent": found.ninety_us / _HOUR_US,
            "ninety_nine_percent": found.ninety_nine_us / _HOUR_US,
        },
        "generations": generations,
    }


def _with_inviters(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Add a row for every inviter whom nobody brought, if the file is a list of invitations; return how many.

    In such a list every row has an inviter, so the first of each chain is in no row of its own. Where some rows have
    no inviter the first are there, and an inviter without a row is unknown.
    """
    if frame["_parent"].null_count():
        return frame, 0
    first = frame.select("_tree", "_parent").unique(maintain_order=True)
    first = first.join(frame, left_on=["_tree", "_parent"], right_on=["_tree", "_node"], how="anti")
    first = first.select("_tree", _node="_parent")
    return pl.concat([first, frame], how="diagonal"), first.height


def _parent_rows(frame: pl.DataFrame) -> Int64:
    """Return the row of each row's parent inside its tree, ``SEED`` or ``ORPHAN``.

    A parent that is the tree's own name is the post itself, unless a row of the tree has that name.
    """
    named = frame.select("_tree", "_node", row=pl.int_range(pl.len(), dtype=pl.Int64))
    wanted = frame.select("_tree", "_parent")
    joined = wanted.join(
        named, left_on=["_tree", "_parent"], right_on=["_tree", "_node"], how="left", maintain_order="left"
    )
    none = (
        wanted["_parent"].is_null() | (wanted["_parent"] == wanted["_tree"].cast(pl.String)) & joined["row"].is_null()
    )
    parent = joined["row"].fill_null(ORPHAN).to_numpy().astype(np.int64)
    parent[none.to_numpy()] = SEED
    return np.asarray(parent, np.int64)


def _moments(frame: pl.DataFrame, at: str) -> Int64:
    if not at or at not in frame.columns:
        return np.full(frame.height, NEVER, np.int64)
    written = read_moments(frame[at])
    moments = (written.local_us - written.offset_us.fill_null(0)).fill_null(NEVER)
    return np.asarray(moments.to_numpy(), np.int64)


def _truths(frame: pl.DataFrame, name: str) -> Bool:
    """Read who stayed; an empty cell says no.

    Raises:
        BadInputError: a cell says neither yes nor no.
    """
    text = frame[name].cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("")
    yes = text.is_in(_YES)
    odd = text.filter(~yes & ~text.is_in(_NO))
    if odd.len():
        raise BadInputError(
            f"{odd[0]!r} says neither that somebody stayed nor that not", where=name, mend="write 1 or 0"
        )
    return np.asarray(yes.to_numpy(), np.bool_)
