"""Read over HTTP what the console shows: people, verdicts, messages, plays, metrics. Needs a key of scope ``read``.

Lists come page by page: ``next`` in the answer is the ``after`` of the next request, and is null on the last page.
Identifiers are masked; people are named by their number.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from siyu.app.access.api_keys import READ
from siyu.app.api.context import Context
from siyu.app.api.gate import check, key_in
from siyu.app.campaigns.effects import effects
from siyu.app.campaigns.other_policies import judge_other_policies
from siyu.app.knowledge import listed, search
from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.people.scores import explain_scores
from siyu.app.plain_data import plain
from siyu.app.views.decisions import decisions, decisions_about
from siyu.app.views.outbox import outbox_counts, outbox_page
from siyu.app.views.people import people_page
from siyu.app.views.person import person_page
from siyu.people.stage import Stage

_MOST = 200
Most = Annotated[int, Query(ge=1, le=_MOST, description="Rows on a page.")]


def routes(context: Context) -> APIRouter:
    """Make the reading routes."""
    workspace = context.workspace

    def with_key(request: Request) -> None:
        check(context, key_in(request), READ)

    router = APIRouter(prefix="/v1", tags=["read"], dependencies=[Depends(with_key)])

    @router.get("/people", summary="People, the newest first")
    def people(stage: Stage | None = None, after: int = 0, most: Most = 50) -> dict[str, Any]:
        page = people_page(workspace, stage=stage, after=after, most=most)
        return {"people": plain(page.rows), "next": page.after or None}

    @router.get("/people/{number}", summary="One person: profile, consents, relations, events")
    def person(number: int) -> dict[str, Any]:
        return dict(plain(person_page(workspace, number)))

    @router.get("/people/{number}/scores", summary="What each score of a person is, and the touches that produced it")
    def scores(number: int) -> dict[str, Any]:
        return explain_scores(workspace, str(number))

    @router.get("/people/{number}/decisions", summary="Why we spoke to a person, and why not")
    def why(number: int, most: Most = 50) -> dict[str, Any]:
        return {"decisions": plain(decisions_about(workspace, number, most=most))}

    @router.get("/decisions", summary="What the guard said, the newest occasion first")
    def verdicts(state: str = "", rule: str = "", play: str = "", after: str = "", most: Most = 50) -> dict[str, Any]:
        page = decisions(workspace, state=state, rule=rule, play=play, after=after, most=most)
        return {"decisions": plain(page.rows), "next": page.after or None}

    @router.get("/messages", summary="The outbox, the newest occasion first")
    def messages(state: str = "", play: str = "", after: str = "", most: Most = 50) -> dict[str, Any]:
        page = outbox_page(workspace, state=state, play=play, after=after, most=most)
        return {"messages": plain(page.rows), "next": page.after or None, "counts": outbox_counts(workspace)}

    @router.get("/plays", summary="What each play brought against its holdout, best first")
    def plays() -> dict[str, Any]:
        return {"plays": plain(effects(workspace))}

    @router.get("/choices", summary="What was chosen where plays wanted to speak, and what other policies would bring")
    def choices() -> dict[str, Any]:
        return dict(plain(judge_other_policies(workspace, settling=False)))

    @router.get("/metrics/{name}", summary="Any metric over the workspace; its options are query parameters")
    def metric(name: str, request: Request) -> dict[str, Any]:
        chosen = {key: value for key, value in request.query_params.items() if key not in {"key", "token", "writeKey"}}
        return {"metric": name, "result": plain(metric_of_workspace(workspace, name, chosen))}

    @router.get("/knowledge", summary="What was asked and answered before: the best fit for `find`, or the newest")
    def knowledge(find: str = "", topic: str = "", most: Most = 50) -> dict[str, Any]:
        return {
            "entries": search(workspace, find, topic=topic, most=most)
            if find
            else listed(workspace, topic=topic, most=most)
        }

    return router
