"""Policy over HTTP: what is refused and why, and a lint of texts and plans. Needs a key of scope ``read``.

Siyu has no door through which an action is ordered: plays and journeys propose, the guard judges. ``POST /v1/actions``
stands there to say so: an action on the list of refusals is answered 403 with the reason and the way that is open.
"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request

from siyu.app.access.api_keys import READ
from siyu.app.api.context import Context
from siyu.app.api.gate import check, key_in
from siyu.app.oversight.refused import note_refused
from siyu.app.plain_data import plain
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of
from siyu.policy.lint import known_platform, lint_plan, lint_text
from siyu.policy.refusals import refusal_of, refusals, refuse


def routes(context: Context) -> APIRouter:
    """Make the routes of policy."""

    def with_key(request: Request) -> None:
        check(context, key_in(request), READ)

    def today() -> date:
        return moment_of(context.workspace.clock.now_us()).date()

    router = APIRouter(prefix="/v1", tags=["policy"], dependencies=[Depends(with_key)])

    @router.get("/refusals", summary="What Siyu will not do, with the reason and the way that is open")
    def listed() -> dict[str, Any]:
        return {"refusals": [one.model_dump(exclude={"asked", "spoken"}) for one in refusals().values()]}

    @router.post("/actions", summary="Answers why an action is refused; nothing is ever sent from here")
    def order(action: Annotated[str, Body(embed=True, description="Its name, such as bulk_add.")]) -> dict[str, Any]:
        refused = refusal_of(action)
        if refused is not None:
            note_refused(context.workspace, refused.name)
            refuse(refused)
        raise BadInputError(
            f"{action!r} cannot be ordered here", where="action", mend="plays and journeys propose, the guard judges"
        )

    @router.post("/lint", summary="Which clause a text or a plan breaks, and what is allowed instead")
    def lint(
        text: Annotated[str | None, Body()] = None,
        plan: Annotated[dict[str, Any] | None, Body()] = None,
        platform: Annotated[str, Body()] = "wecom",
    ) -> dict[str, Any]:
        if (text is None) == (plan is None):
            raise BadInputError("give either text or plan")
        where = known_platform(platform)
        found = (
            lint_plan(plan, on=today(), platform=where)
            if plan is not None
            else lint_text(text or "", platform=where, on=today())
        )
        return {"findings": plain(found), "clean": not found}

    return router
