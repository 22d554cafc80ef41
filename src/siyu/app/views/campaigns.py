"""Fission campaigns (裂变): how each stands."""

from typing import Any

from siyu.app.fission.campaign import status
from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.stores.sql.rewards import SqlRewards


def campaign_names(workspace: Workspace) -> list[str]:
    """Return the names of all campaigns."""
    with workspace.database.read() as connection:
        return SqlRewards(connection).campaigns()


def campaign_status(workspace: Workspace, campaign: str) -> dict[str, Any]:
    """Return how a campaign stands (``app.fission.campaign.status``); kept for a moment, for the tree may be large."""
    return KEPT.get(workspace, ("campaign", campaign), lambda: status(workspace, campaign), fresh_s=10.0)
