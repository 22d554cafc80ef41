"""Ask an app without a network: requests go to it directly, its lifespan runs around them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI


class AsgiClient:
    """Speaks to an app as httpx speaks to a server."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal, self._client = portal, client
        self.headers = client.headers

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.get, path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.post, path, **more))


@contextmanager
def asgi_client(app: FastAPI) -> Iterator[AsgiClient]:
    """Run an app; what it did not foresee comes back as its own answer."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://siyu")
        try:
            yield AsgiClient(portal, client)
        finally:
            portal.call(client.aclose)
