"""Make sure that files survive a loss of power, not only of the process."""

import os
from collections.abc import Sequence
from pathlib import Path


def make_durable(files: Sequence[Path]) -> None:
    """Force files, and the folders that name them, onto the disk."""
    for path in [*files, *sorted({file.parent for file in files})]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
