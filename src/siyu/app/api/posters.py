"""``GET /poster/<code>``: the poster of whoever has an invitation code, drawn when it is asked for. Needs no key."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.app.api.context import Context
from siyu.app.api.problems import problem
from siyu.app.fission.posters import poster_of
from siyu.kernel.errors import BadInputError


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of this file."""

    async def poster(request: Request) -> Response:
        try:
            picture = await to_thread.run_sync(poster_of, context.workspace, request.path_params["code"])
        except BadInputError as error:
            return problem(404, str(error))
        return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})

    return [Route("/poster/{code}", poster, methods=["GET"])]
