"""What may go wrong on purpose, and how often: each fault is a share in [0, 1]."""

import dataclasses
from dataclasses import dataclass
from random import Random
from typing import Final

from siyu.kernel.errors import BadInputError

#: A late answer comes so many seconds late.
LATE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Faults:
    """How unkind the sandbox is.

    Attributes:
        lost_callbacks: Never delivered.
        duplicate_callbacks: Delivered twice.
        late_callbacks: Held back until up to ten later ones have passed (disorder).
        lost_answers: The call takes effect, and the connection breaks before the answer is through.
        late_answers: The call takes effect, and its answer comes seconds later (``LATE_S``).
        broken_answers: The call is answered with HTTP 502; every other one has taken effect.
        busy: The call has no effect and is answered with the platform's own "busy".
        ended_tokens: The call is answered as if the token had just ended, and it has.
    """

    lost_callbacks: float = 0.0
    duplicate_callbacks: float = 0.0
    late_callbacks: float = 0.0
    lost_answers: float = 0.0
    late_answers: float = 0.0
    broken_answers: float = 0.0
    busy: float = 0.0
    ended_tokens: float = 0.0


def faults_of_text(text: str) -> Faults:
    """Read ``lost_callbacks=0.1,busy=0.02``.

    Raises:
        BadInputError: an unknown fault, or a share that is not in [0, 1].
    """
    names = [field.name for field in dataclasses.fields(Faults)]
    chosen: dict[str, float] = {}
    for part in filter(None, (word.strip() for word in text.split(","))):
        name, _, share = part.partition("=")
        if name not in names:
            raise BadInputError(f"{name!r} is no fault", where="--faults", mend=f"one of {', '.join(names)}")
        try:
            chosen[name] = float(share)
        except ValueError:
            chosen[name] = -1.0
        if not 0 <= chosen[name] <= 1:
            raise BadInputError(f"{part!r}: a share lies in [0, 1]", where="--faults", mend=f"{name}=0.05")
    return Faults(**chosen)


def dice(seed: int, name: str) -> Random:
    """Return dice that depend on ``seed`` and ``name`` alone."""
    return Random(f"{seed}:{name}")  # noqa: S311  dice of a simulation, nothing secret
