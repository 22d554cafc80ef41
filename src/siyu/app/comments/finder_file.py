"""Keep a finder in the workspace: ``comments/finder.npz``, replaced in one step; what staff do teaches it."""

import os
from dataclasses import fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from siyu.kernel.errors import ConfigError
from siyu.touchpoints.comment_finder import Finder
from siyu.touchpoints.comment_learning import learn_online, shipped_finder
from siyu.touchpoints.comment_reading import FEATURES

_FILE = Path("comments") / "finder.npz"


def read_finder(workspace: Path) -> Finder:
    """Return what this workspace's finder knows; the shipped one until it has learned.

    Raises:
        ConfigError: the file is damaged or of another size.
    """
    file = workspace / _FILE
    if not file.exists():
        return shipped_finder()
    try:
        with np.load(file) as kept:
            found = {
                field.name: kept[field.name] if kept[field.name].ndim else kept[field.name].item()
                for field in fields(Finder)
            }
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise ConfigError(f"{file} is damaged: learn again, or delete it to start from the shipped finder") from error
    finder = Finder(**found)
    if finder.weights.size != FEATURES:
        raise ConfigError(f"{file} was written by another version: learn again, or delete it")
    return finder


def write_finder(workspace: Path, finder: Finder) -> None:
    """Keep ``finder``; a reader sees the old one or the new one, never a half."""
    file = workspace / _FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}.half")
    with half.open("wb") as out:
        arrays: dict[str, Any] = {field.name: np.asarray(getattr(finder, field.name)) for field in fields(Finder)}
        np.savez(out, **arrays)  # three megabytes; packing them took longer than learning
        out.flush()
        os.fsync(out.fileno())
    half.replace(file)


def teach(workspace: Path, text: str, label: int) -> None:
    """Let the finder take one step towards what staff did: ``label`` is 1 for an inquiry, 0 for none."""
    if text:
        write_finder(workspace, learn_online(read_finder(workspace), [text], [label]))
