"""A payload that becomes no touch on purpose: the manifest says why."""

from siyu.kernel.errors import SiyuError


class Unmapped(SiyuError):  # noqa: N818  an outcome that is listed in the manifest, not a fault
    """This payload brings no touch, and that is right.

    Args:
        name: The key under ``[ignored]`` in the channel's manifest; the reason for people stands there.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no touch on purpose: {name}")


class NamesOnly(Unmapped):
    """The payload only says that something changed: read it at the platform, and map the answer.

    Args:
        name: As above.
        what: What is named: ``order``, ``after_sale``, ``messages`` …
        ids: Its ids, as the platform writes them.
    """

    def __init__(self, name: str, *, what: str, ids: tuple[str, ...]) -> None:
        self.what, self.ids = what, ids
        super().__init__(name)
