"""A callback address on loopback that keeps what comes in."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

Kept = list[tuple[dict[str, str], bytes]]


@contextmanager
def listening(statuses: list[int] | None = None) -> Iterator[tuple[str, Kept]]:
    """Serve until left; yields the address and what came in. ``statuses`` are answered in turn, then 200."""
    kept: Kept = []
    left = list(statuses or [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.append((dict(parse_qsl(urlsplit(self.path).query)), body))
            self.send_response(left.pop(0) if left else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/callbacks/wecom", kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
