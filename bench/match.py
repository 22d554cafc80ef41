"""Recognising people through typos: ours against Splink's default model, on the same files in the same run.

Both get the columns as they are and no labels. Splink: NameComparison, DateOfBirthComparison, EmailComparison and
ExactMatch/JaroWinkler/Levenshtein comparisons as its tutorials set them up for these files, u from random pairs, m by
EM over two blockings, pairs from probability 0.5 on. Needs the public files in ../shared/data/identity.
"""

import collections
import csv
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from peers import peer_python

from siyu.people.match import match

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "identity"
ROUNDS = 3
SETS = {
    "febrl 1": ["dataset1.csv"],
    "febrl 2": ["dataset2.csv"],
    "febrl 3": ["dataset3.csv"],
    "febrl 4": ["dataset4a.csv", "dataset4b.csv"],
    "fake_1000": ["fake_1000.csv"],
}


def load(name: str) -> dict[str, list[str]]:
    """Return a file's columns."""
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return {head.strip(): [row[place].strip() for row in rows[1:]] for place, head in enumerate(rows[0])}


def truth_of(files: list[dict[str, list[str]]]) -> np.ndarray:
    """Take the labels out of the columns and return who each record is."""
    labels = []
    for columns in files:
        ids = columns.pop("rec_id", None) or columns.pop("unique_id")
        labels += columns.pop("cluster", None) or [one.split("-")[1] for one in ids]
    return np.array(labels)


def true_pairs(who: np.ndarray, border: int) -> int:
    """Return how many pairs there are to find."""
    if border:
        one, two = collections.Counter(who[:border].tolist()), collections.Counter(who[border:].tolist())
        return sum(count * two[name] for name, count in one.items())
    return sum(count * (count - 1) // 2 for count in collections.Counter(who.tolist()).values())


def figures(who: np.ndarray, left: np.ndarray, right: np.ndarray, truth: int) -> str:
    """Return precision, recall and F1 as text."""
    found = int((who[left] == who[right]).sum())
    precision, recall = found / max(1, left.size), found / truth
    return f"{precision:9.4f} {recall:7.4f} {2 * precision * recall / max(1e-9, precision + recall):7.4f}"


def main() -> None:
    """Print the table."""
    if not FOLDER.is_dir():
        sys.exit(f"the public files are not there: {FOLDER}")
    peer = Path(__file__).with_name("match_splink.py")
    print(f"{'file':22} {'who':7} {'precision':>9} {'recall':>7} {'F1':>7} {'seconds':>8} {'threshold':>9}")
    for title, names in SETS.items():
        for without in ([], ["soc_sec_id"]):
            files = [load(name) for name in names]
            if without and without[0] not in files[0]:
                continue
            who = truth_of(files)
            for columns in files:
                for column in without:
                    columns.pop(column)
            border = len(files[0][next(iter(files[0]))]) if len(files) == 2 else 0
            truth, seconds = true_pairs(who, border), []
            match(*files)  # compiled and warm
            for _ in range(ROUNDS):
                started = time.perf_counter()
                ours = match(*files)
                seconds.append(time.perf_counter() - started)
            name = title + (" without id number" if without else "")
            took = statistics.median(seconds)
            print(
                f"{name:22.22} {'siyu':7} {figures(who, ours.left, ours.right, truth)} {took:8.2f}",
                f"{ours.threshold:9.3f}",
            )
            said = json.loads(
                subprocess.run(
                    [peer_python(), "-W", "ignore", str(peer), *[str(FOLDER / one) for one in names],
                     "--without", *without],
                    check=True, capture_output=True, text=True,
                ).stdout.splitlines()[-1]
            )  # fmt: skip
            left, right = np.array(said["left"], np.int64), np.array(said["right"], np.int64)
            print(f"{name:22.22} {'splink':7} {figures(who, left, right, truth)} {said['seconds']:8.2f} {0.5:9.3f}")
            print(f"{'':22} splink / siyu seconds: {said['seconds'] / took:.1f}x", flush=True)


if __name__ == "__main__":
    main()
