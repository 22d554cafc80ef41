"""Bring in (引流与裂变): what a turn does for comments, campaigns and points. One part that fails stops no other."""

from collections.abc import Callable
from typing import Final

from siyu.app.bringing_in.ads_feedback import tell_of_leads
from siyu.app.comments.replies import book_replies
from siyu.app.comments.screen import screen
from siyu.app.fission.due import expire_points, settle_due
from siyu.app.log import get_logger
from siyu.app.workspace import Workspace
from siyu.kernel.errors import RetryLaterError, SiyuError

_log = get_logger(__name__)
_PARTS: Final[tuple[Callable[[Workspace], object], ...]] = (
    screen, book_replies, tell_of_leads, settle_due, expire_points,
)  # fmt: skip


def bring_in(workspace: Workspace) -> None:
    """Screen new comments, book which answers are out, tell of ad leads, settle campaigns, take points that are over.

    Raises:
        RetryLaterError: the store is busy; the next turn does it.
    """
    for part in _PARTS:
        try:
            part(workspace)
        except RetryLaterError:
            raise
        except SiyuError as error:
            _log.error("part of the turn failed", part=part.__name__, reason=str(error))
