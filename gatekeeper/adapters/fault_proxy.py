"""A proxy that spoils replies: between a service and whoever asks it, for the failure drill.

It passes everything on until it is told to spoil; then what is posted is answered late, with HTTP
503, or broken off. It listens on loopback alone, and the service is not touched by it.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PIECE = 65536
UPSTREAM_SECONDS = 600.0
"""Longest wait for the service; whoever asks gives up long before."""
_STORM = b'{"error": {"message": "gatekeeper drill: no healthy upstream"}}'
_NOT_PASSED = ("connection", "transfer-encoding", "content-length", "keep-alive", "host", "expect")
"""Headers of one hop (RFC 9110, 7.6.1), and the ones written anew."""


class Proxy:
    """One proxy; see `drill.ports.FaultProxy`."""

    def __init__(self, upstream: str) -> None:
        self.failure = ""
        self.seconds = 0.0
        self.over = threading.Event()
        parts = urlsplit(upstream)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.prefix = parts.path.rstrip("/")
        self._peers: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,),
                                        daemon=True, name="fault-proxy")
        self._thread.start()

    def spoil(self, failure: str, seconds: float) -> None:
        self.seconds, self.failure = seconds, failure

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self._lock:
            peers = [*self._peers]
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def holding(self, peer: socket.socket) -> Iterator[None]:
        """A connection that is ended with the proxy, on either side."""
        with self._lock:
            self._peers.add(peer)
        try:
            yield
        finally:
            with self._lock:
                self._peers.discard(peer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # whoever asked is gone, or we are


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *args: object) -> None:
        pass

    def handle(self) -> None:
        with self.proxy.holding(self.connection), contextlib.suppress(OSError):
            super().handle()

    def _relay(self) -> None:
        proxy, posted = self.proxy, self.command == "POST"
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        failure = proxy.failure if posted else ""
        if failure == "5xx-storm":
            self._answer(503, _STORM)
            return
        if failure == "slow" and proxy.over.wait(proxy.seconds):
            self.close_connection = True
            return
        upstream = http.client.HTTPConnection(proxy.host, proxy.port, timeout=UPSTREAM_SECONDS)
        try:
            upstream.connect()
            with proxy.holding(upstream.sock):
                self._pass_on(upstream, body, broken=failure == "truncated-stream")
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # as the service did
        finally:
            upstream.close()

    do_GET = do_POST = _relay

    def _pass_on(self, upstream: http.client.HTTPConnection, body: bytes, broken: bool) -> None:
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in _NOT_PASSED}
        upstream.request(self.command, self.proxy.prefix + self.path, body, headers)
        with upstream.getresponse() as response:
            length = response.length
            self.send_response_only(response.status, response.reason)
            for name, value in response.getheaders():
                if name.lower() not in _NOT_PASSED:
                    self.send_header(name, value)
            if length is None:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            if broken:
                self._break_off(response, length)
                return
            while piece := response.read1(PIECE):
                self.wfile.write(piece if length is not None else _chunk(piece))
            if length is None:
                self.wfile.write(_chunk(b""))

    def _break_off(self, response: http.client.HTTPResponse, length: int | None) -> None:
        """The first piece of a stream, or half of a body that said how long it is."""
        piece = response.read1(PIECE) if length is None else response.read(length // 2)
        self.wfile.write(_chunk(piece) if length is None else piece)
        self.close_connection = True

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)
