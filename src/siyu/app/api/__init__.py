"""The HTTP door. Each file here that has ``routes`` is found by its name."""

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from siyu import __version__
from siyu.app.access.api_keys import KeyRing
from siyu.app.api.context import Context
from siyu.app.api.gate import NoKeyError
from siyu.app.api.problems import of_accident, of_http_error, of_siyu_error, problem
from siyu.app.intake.write_in_groups import GroupWriter
from siyu.app.workspace import Workspace
from siyu.kernel.errors import SiyuError

_SCHEMES: Final = {
    "key": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "token": {"type": "apiKey", "in": "query", "name": "token"},
}


def build(workspace: Workspace) -> FastAPI:
    """Build the app of one workspace; its writer runs while the app runs.

    A file of this folder offers ``routes(context) -> list[BaseRoute] | APIRouter`` (or ``routes(workspace)``), and
    may describe raw routes for OpenAPI with ``paths() -> {"paths": …, "components": …}``.
    """
    context = Context(workspace, GroupWriter(workspace), KeyRing(workspace))

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        context.writer.start()
        try:
            yield
        finally:
            context.writer.stop()
            for end in context.at_the_end:
                end()

    app = _App(
        context,
        title="Siyu",
        version=__version__,
        summary="The people a brand may reach again and again.",
        lifespan=running,
        openapi_url="/v1/openapi.json",
        docs_url="/v1/docs",
        redoc_url=None,
    )
    app.state.context = context
    app.add_exception_handler(SiyuError, of_siyu_error)
    app.add_exception_handler(HTTPException, of_http_error)
    app.add_exception_handler(NoKeyError, _of_no_key)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(Exception, of_accident)
    described: list[dict[str, Any]] = []
    for module in iter_modules(__path__):
        found = import_module(f"{__name__}.{module.name}")
        if hasattr(found, "routes"):
            made = found.routes(_argument(found.routes, context))
            if isinstance(made, APIRouter):
                app.include_router(made)
            else:
                app.router.routes.extend(made)
        if hasattr(found, "paths"):
            described.append(found.paths())
    app.openapi = _describing(app, described)  # type: ignore[method-assign]  # FastAPI's own way to extend OpenAPI
    return app


class _App(FastAPI):
    """A file of this folder may stand before all others with ``in_front(context, rest) -> ASGIApp``."""

    def __init__(self, context: Context, **more: Any) -> None:
        super().__init__(**more)
        self._context = context

    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        for module in iter_modules(__path__):
            found = import_module(f"{__name__}.{module.name}")
            if hasattr(found, "in_front"):
                stack = found.in_front(self._context, stack)
        return stack


def _argument(routes: Callable[..., Any], context: Context) -> Context | Workspace:
    wanted = next(iter(inspect.signature(routes).parameters), "context")
    return context.workspace if wanted == "workspace" else context


def _describing(app: FastAPI, described: list[dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            parts = schema.setdefault("components", {})
            parts.setdefault("securitySchemes", {}).update(_SCHEMES)
            for one in described:
                schema["paths"].update(one.get("paths", {}))
                parts.setdefault("schemas", {}).update(one.get("components", {}).get("schemas", {}))
            app.openapi_schema = schema
        return app.openapi_schema

    return openapi


async def _of_no_key(_request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, NoKeyError) else 401
    return problem(status, str(error), headers={"WWW-Authenticate": 'Bearer realm="siyu"'})


async def _of_validation(_request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    first = faults[0] if faults else {"loc": (), "msg": "not valid"}
    return problem(422, str(first["msg"]), where=".".join(str(part) for part in first["loc"]))
