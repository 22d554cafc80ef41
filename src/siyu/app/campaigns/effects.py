"""Effects: what each play brought against its own holdout, best retention first."""

from dataclasses import dataclass

from sqlalchemy import select

from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.workspace import Workspace
from siyu.campaigns.play import plays
from siyu.measurement.metrics.uplift import UpliftResult, WindowUplift
from siyu.stores.sql.schema.campaigns import assignment


@dataclass(frozen=True, slots=True)
class Effect:
    """One play and what it brought.

    Attributes:
        treated, holdout: People for whom the window is over.
        uplift, low, high: Difference of the shares of people who bought within the window since they were drawn, with
            its 95 % interval; None while an arm has nobody.
        days: Length of the window.
        says: The verdict in words.
        warnings: What is wrong with the experiment.
    """

    name: str
    chinese: str
    treated: int
    holdout: int
    uplift: float | None
    low: float | None
    high: float | None
    days: int
    says: str
    warnings: tuple[str, ...]


def effects(workspace: Workspace, *, days: int = 30) -> list[Effect]:
    """Measure every play that ever drew anybody."""
    with workspace.database.read() as connection:
        drawn = set(connection.execute(select(assignment.c.play).distinct()).scalars())
    found = [_effect(workspace, name, plays()[name].chinese if name in plays() else "", days) for name in sorted(drawn)]
    return sorted(found, key=lambda one: (one.uplift is None, -(one.uplift or 0.0), one.name))


def _effect(workspace: Workspace, name: str, chinese: str, days: int) -> Effect:
    result: UpliftResult = metric_of_workspace(workspace, "uplift", {"play": name, "windows": f"0-{days}"})
    window = result.windows[0]
    gap = window.bought_uplift
    return Effect(
        name,
        chinese,
        window.treated,
        window.holdout,
        gap.value if gap else None,
        gap.low if gap else None,
        gap.high if gap else None,
        days,
        _words(window),
        tuple(result.warnings),
    )


def _words(window: WindowUplift) -> str:
    gap = window.bought_uplift
    if gap is None:
        return "nothing can be said yet: an arm has nobody for whom the window is over"
    if gap.low <= 0 <= gap.high:
        return "no effect can be told from chance: the interval covers zero"
    return "it brings people back" if gap.low > 0 else "it drives people away"
