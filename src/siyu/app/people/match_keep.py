"""Keep what matching found: weak evidence with its probability, and a case for a person to decide, or a merge."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from siyu.app.people.identity import merge
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.people.namespace import read_identifier
from siyu.stores.sql.identity import SqlIdentityStore

_SOURCE = "match"
_BY = "match, above the upper threshold"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of pairs.

    Attributes:
        unknown: Pairs of which the workspace does not know both.
        one_already: Pairs that are one person already.
        below: Pairs under the lower threshold: nothing is kept of them.
        queued: New cases for a person to decide: ``siyu people conflicts``.
        merged: Made one person.
        refused: Could not be merged; they wait as a case.
    """

    unknown: int
    one_already: int
    below: int
    queued: int
    merged: int
    refused: int


def read_pairs(file: Path) -> list[tuple[str, str, float]]:
    """Read ``left,right,probability`` as ``siyu people match`` writes it."""
    with file.open(newline="", encoding="utf-8") as handle:
        return [(row["left"], row["right"], float(row["probability"])) for row in csv.DictReader(handle)]


def keep_pairs(
    workspace: Workspace,
    pairs: Sequence[tuple[str, str, float]],
    *,
    namespace: str,
    lower: float,
    upper: float,
    merge_sure: bool = False,
) -> Kept:
    """Keep pairs of records whose keys are identifiers of a namespace.

    From ``upper`` on a merge is suggested, or made with ``merge_sure``; between the two a person must look; under
    ``lower`` nothing is kept. What a person decided before stays decided.

    Raises:
        BadInputError: wrong thresholds, or a namespace that nobody knows.
    """
    if not 0 <= lower <= upper <= 1:
        raise BadInputError(f"{lower} and {upper} are no two thresholds", mend="0 <= lower <= upper <= 1")
    keys = {one: workspace.vault.key_of(read_identifier(f"{namespace}:{one}")) for pair in pairs for one in pair[:2]}
    now_us = workspace.clock.now_us()
    unknown = same = below = 0
    said: list[tuple[int, int, float, str]] = []
    with workspace.database.write() as connection:
        store = SqlIdentityStore(connection)
        known = store.lookup(list(set(keys.values())))
        for left, right, chance in pairs:
            one, other = known.get(keys[left]), known.get(keys[right])
            if chance < lower:
                below += 1
            elif one is None or other is None:
                unknown += 1
            elif one.person_id == other.person_id:
                same += 1
            else:
                said.append((one.identifier_id, other.identifier_id, chance, "merge" if chance >= upper else "look"))
        before = {(low, high) for low, high in store.decided_apart([one for pair in said for one in pair[:2]])}
        said = [one for one in said if (min(one[:2]), max(one[:2])) not in before]
        queued = store.suggest(said, source=_SOURCE, at_us=now_us)
    merged = refused = 0
    for one_id, other_id, _, answer in said:
        if answer != "merge" or not merge_sure:
            continue
        try:
            merge(workspace, str(one_id), str(other_id), by=_BY)
            merged += 1
        except RefusedError:
            refused += 1
        except BadInputError:  # a pair before it has made them one already
            same += 1
    return Kept(unknown, same, below, queued - min(merged, queued), merged, refused)
