"""What every route may use."""

from collections.abc import Callable
from dataclasses import dataclass, field

from siyu.app.access.api_keys import KeyRing
from siyu.app.intake.write_in_groups import GroupWriter
from siyu.app.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Context:
    """One running server.

    Attributes:
        workspace: The open workspace.
        writer: The one writer of touches: what it says is written is durable.
        keys: Checks the keys that requests carry.
        at_the_end: What routes want done when the server stops.
    """

    workspace: Workspace
    writer: GroupWriter
    keys: KeyRing
    at_the_end: list[Callable[[], None]] = field(default_factory=list)
