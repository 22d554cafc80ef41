"""``siyu segment``: who is in a segment, before it is used and while it is."""

from pathlib import Path

import numpy as np
from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.app.people.presets import preset_segments
from siyu.app.people.segments import kept_segments, members_of, read_segment_file, refresh
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.people.segment import Segment

app = App(name="segment", help="Segments 人群: count, sample, overlap, keep up to date.")


@app.command
def count(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Count the people of each segment in a YAML file (or a preset, by name)."""
    with open_workspace(workspace) as opened:
        segments = _read(file, opened)
        found = members_of(opened, segments)
        counts = [
            {"name": one.name, "title": one.title, "people": int(who.size)}
            for one, who in zip(segments, found, strict=True)
        ]
        answer(counts[0] if len(counts) == 1 else {"segments": counts}, json=json)


@app.command
def sample(file: Path, *, size: int = 10, workspace: Path | None = None, json: bool = False) -> None:
    """Show some people of each segment, spread evenly over all of them.

    Args:
        size: How many of each.
    """
    if size < 1:
        raise BadInputError(f"{size} people are no sample", where="--size", mend="1 or more")
    with open_workspace(workspace) as opened:
        segments = _read(file, opened)
        shown = []
        for one, who in zip(segments, members_of(opened, segments), strict=True):
            places = np.unique(np.linspace(0, max(0, who.size - 1), min(size, who.size)).astype(np.int64))
            shown.append({"name": one.name, "people": int(who.size), "sample": who[places].tolist()})
        answer({"segments": shown}, json=json)


@app.command
def overlap(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Say how many people each two segments of a YAML file share."""
    with open_workspace(workspace) as opened:
        segments = _read(file, opened)
        if len(segments) < 2:
            raise BadInputError(
                "one segment overlaps with nothing", where=str(file), mend="write two or more as a list"
            )
        found = members_of(opened, segments)
        pairs = []
        for one in range(len(segments)):
            for other in range(one + 1, len(segments)):
                both = int(np.intersect1d(found[one], found[other], assume_unique=True).size)
                either = found[one].size + found[other].size - both
                pairs.append(
                    {"left": segments[one].name, "right": segments[other].name, "left_people": int(found[one].size),
                     "right_people": int(found[other].size), "both": both, "jaccard": both / either if either else 0.0}
                )  # fmt: skip
        answer({"pairs": pairs}, json=json)


@app.command(name="refresh")
def refresh_(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Keep the members of segments; entering and leaving are touches."""
    with open_workspace(workspace) as opened:
        answer({"segments": refresh(opened, _read(file, opened))}, json=json)


@app.command(name="list")
def list_(*, workspace: Path | None = None, json: bool = False) -> None:
    """List the segments that are kept, and the presets there are."""
    with open_workspace(workspace) as opened:
        presets = [{"name": one.name, "title": one.title} for one in preset_segments(opened).values()]
        answer({"kept": kept_segments(opened), "presets": presets}, json=json)


def _read(file: Path, workspace: Workspace) -> list[Segment]:
    presets = preset_segments(workspace)
    if not file.exists() and str(file) in presets:
        return [presets[str(file)]]
    return read_segment_file(file, workspace)
