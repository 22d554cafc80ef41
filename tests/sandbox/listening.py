"""An address that platforms can call: collects what the sandbox delivers."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from siyu.channels.callback import Callback


class Listener:
    """Keeps every callback and answers 200."""

    def __init__(self) -> None:
        self.heard: list[Callback] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                heard.append(Callback(body, headers, dict(parse_qsl(urlsplit(self.path).query))))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"success")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/callbacks"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
