"""The proxy that spoils replies: until it is told to, nobody can tell that it is there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gatekeeper.adapters.fault_proxy import Proxy
from gatekeeper.adapters.http import HttpConnection
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.ports import Received

BODY = json.dumps({"text": "x" * 1000}).encode()
EVENTS = [b'data: {"n": 1}\n\n', b'data: {"n": 2}\n\n', b"data: [DONE]\n\n"]


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("X-Own", "kept")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        if asked.get("stream"):
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in EVENTS:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def proxy(service: str) -> Iterator[Proxy]:
    made = Proxy(service)
    yield made
    made.close()


def ask(url: str, stream: bool = False, timeout: float = 5.0) -> Received:
    """One post."""
    connection = HttpConnection(url)
    got = connection.exchange("POST", "/v1", json.dumps({"stream": stream}).encode(), timeout,
                              stream=stream)
    connection.close()
    return got


@pytest.mark.parametrize("stream", [False, True])
def test_everything_passes_unspoilt(proxy: Proxy, service: str, stream: bool) -> None:
    through, straight = ask(proxy.url, stream), ask(service, stream)
    assert (through.status, through.body, through.error, through.done) == (
        straight.status, straight.body, straight.error, straight.done)
    assert [e.data for e in through.events or ()] == [e.data for e in straight.events or ()]


def test_a_connection_is_kept(proxy: Proxy) -> None:
    connection = HttpConnection(proxy.url)
    for _ in range(3):
        assert connection.exchange("GET", "/health", None, 5).body == b"ok"
    connection.close()


@pytest.mark.parametrize(("failure", "error"), [
    ("5xx-storm", ""), ("truncated-stream", "dropped"), ("slow", "timed-out"),
])
def test_only_what_is_posted_is_spoilt(proxy: Proxy, failure: str, error: str) -> None:
    proxy.spoil(failure, 60.0)
    got = ask(proxy.url, timeout=0.5)
    assert got.error == error
    assert got.status == {"5xx-storm": 503, "truncated-stream": 200, "slow": None}[failure]
    connection = HttpConnection(proxy.url)
    assert connection.exchange("GET", "/health", None, 5).status == 200
    connection.close()


def test_a_stream_breaks_off_after_its_first_piece(proxy: Proxy) -> None:
    proxy.spoil("truncated-stream", 0.0)
    got = ask(proxy.url, stream=True)
    assert (got.error, got.done, len(got.events or ())) == ("dropped", False, 1)


def test_a_service_that_is_gone_is_dropped(proxy: Proxy) -> None:
    gone = Proxy("http://127.0.0.1:1")
    assert ask(gone.url).error == "dropped"
    gone.close()


def test_nothing_of_it_is_left(service: str) -> None:
    before = threading.active_count()
    proxy = Proxy(service)
    proxy.spoil("slow", 600.0)
    waiting = threading.Thread(target=ask, args=(proxy.url, False, 60.0))
    waiting.start()
    assert wait_until(lambda: threading.active_count() >= before + 3, 10)
    proxy.close()
    waiting.join(10)
    assert wait_until(lambda: threading.active_count() <= before, 10)
    assert ask(proxy.url).error == "refused"
