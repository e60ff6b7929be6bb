"""An HTTP server in a thread of this process."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.support.github.exchange import Answer, Asked

Answering = Callable[[Asked], Answer]


class Listener(ThreadingHTTPServer):
    """Answers at one address until it is closed. `problems` are faults of its own."""

    daemon_threads = False  # joined at the end, so that no thread outlives its test

    def __init__(self, address: str, port: int, answer: Answering) -> None:
        self.answering = answer
        self.problems: list[str] = []
        self._open: set[Any] = set()
        super().__init__((address, port), _Handler)
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def _accept(self) -> None:
        """Without the polling of `serve_forever`, which every test would wait for at its end."""
        while True:
            try:
                request, client_address = self.get_request()
            except OSError:  # closed
                return
            self.process_request(request, client_address)

    def process_request(self, request: Any, client_address: Any) -> None:
        """One connection in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The end of a connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is no fault."""

    def close(self) -> None:
        """End every connection, and answer no more."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for request in list(self._open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # ended meanwhile
        self.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def _answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query, True)),
                      {name.lower(): value for name, value in self.headers.items()}, content,
                      self.server.url + parts.path)
        try:
            answer = self.server.answering(asked)
        except Exception:  # as a fault of the stand-in, told at its end
            self.server.problems.append(traceback.format_exc())
            answer = Answer(500, {"message": "the stand-in has a fault"})
        if answer.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        sent = answer.sent
        length = str(len(sent))
        headers = {"content-type": "application/json; charset=utf-8", "content-length": length,
                   **answer.headers}
        if not sent:
            del headers["content-type"]
        if answer.status == 204:
            del headers["content-length"]
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)
        # An answer that says it is longer than it is ends in the middle.
        self.close_connection |= headers.get("content-length", length) != length

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; the stand-in keeps what was asked."""
