"""The last known routing: a small file beside the store, so that a printed code answers while the store is down."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FOLDER = Path("codes")


def keep_known(workspace: Path, code: str, version: int, plan: Mapping[str, Any]) -> None:
    """Keep what a code leads to; a disk that is full or read-only costs nothing but this copy."""
    file = workspace / _FOLDER / f"{code}.json"
    text = json.dumps({"version": version, "plan": plan}, ensure_ascii=False)
    try:
        if file.exists() and file.read_text("utf-8") == text:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(f".{os.getpid()}.half")
        half.write_text(text, "utf-8")
        half.replace(file)
    except OSError:
        return


def known_plans(workspace: Path) -> dict[str, dict[str, Any]]:
    """Return the last known plan and version of every code; a damaged file is passed over."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((workspace / _FOLDER).glob("*.json")):
        try:
            kept = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(kept, dict) and {"version", "plan"} <= set(kept):
            found[file.stem] = kept
    return found
