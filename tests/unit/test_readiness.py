"""When a service may be asked, against a real server; and what is noted about it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.http import HttpConnection
from gatekeeper.evidence.pack import Pack
from gatekeeper.manifest.contract import Contract, Limits
from gatekeeper.manifest.service import Ready as Declared
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import Fault
from gatekeeper.ports import Connection, Life, Received, StartFailure
from gatekeeper.redaction import Redactor
from gatekeeper.service import readiness
from gatekeeper.service.contract import spelled_out
from gatekeeper.service.readiness import Ready, await_ready
from gatekeeper.service.smoke import smoke_test

CONTRACT = Contract(preset="openai-chat", limits=Limits(timeout=20.0))
LONE = '{"data": [{"id": "half \\ud800 a model"}]}'


class Model(BaseHTTPRequestHandler):
    """A chat service that needs a while for every answer, and lists one model."""

    protocol_version = "HTTP/1.1"
    needs, says, models = 0.0, "Hello.", '{"data": [{"id": "stub"}]}'

    def log_message(self, *args: object) -> None:
        pass

    def _send(self, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self) -> None:
        self._send("{}" if self.path == "/health" else self.models)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        threading.Event().wait(self.needs)
        self._send(json.dumps({"choices": [{"message": {"content": self.says}}]}))


class Quiet(ThreadingHTTPServer):
    """Says nothing of callers who do not wait for the answer."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def serving(**manner: Any) -> Iterator[str]:
    """A service of that manner; its URL."""
    server = Quiet(("127.0.0.1", 0), type("One", (Model,), manner))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Alive:
    """A process that runs."""

    url = ""

    def life(self) -> Life:
        return Life(True)

    def logs(self) -> str:
        return ""

    def identity(self) -> dict[str, Any]:
        return {}

    def stop(self, grace: float) -> None:
        return None


def spelled(contract: Contract) -> Contract:
    return spelled_out(Manifest(1, Service(), contract, {}))


def waited(connection: Connection, contract: Contract = CONTRACT, timeout: float = 30.0
           ) -> Ready | StartFailure:
    service = replace(Service(), ready=Declared(timeout=timeout))
    return await_ready(Alive(), connection, spelled(contract), service, True, threading.Event())


def ready(url: str, contract: Contract = CONTRACT, timeout: float = 30.0) -> Ready | StartFailure:
    connection = HttpConnection(url)
    try:
        return waited(connection, contract, timeout)
    finally:
        connection.close()


@pytest.mark.parametrize("limits", [Limits(timeout=20.0), Limits()], ids=["declared", "unknown"])
def test_a_service_that_is_always_slow_becomes_ready(
    monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    monkeypatch.setattr(readiness, "PROBE_SECONDS", 0.1)
    with serving(needs=0.3) as url:
        found = ready(url, replace(CONTRACT, limits=limits))
        assert isinstance(found, Ready), found
        assert found.model == "stub"


def test_the_first_token_is_not_waited_for_beyond_the_declared_time() -> None:
    """Were it asked for as long as a caller waits, this test would take a minute, and pass."""
    with serving(needs=0.5) as url:
        found = ready(url, replace(CONTRACT, limits=Limits(timeout=60.0)), timeout=0.2)
    assert isinstance(found, StartFailure)
    assert found.cause.startswith("not ready within 0.2 s: POST /v1/chat/completions timed-out")
    assert found.fault is Fault.CHANGE


class Exhausted:
    """A connection of a process that has no descriptor left."""

    def exchange(self, method: str, path: str, body: bytes | None, timeout: float, *,
                 stream: bool = False) -> Received:
        return Received(None, b"", error="gate-fault", detail="Too many open files")

    def close(self) -> None:
        pass


def test_what_gatekeeper_lacks_does_not_make_a_service_unready() -> None:
    found = waited(Exhausted(), timeout=0.05)
    assert isinstance(found, StartFailure)
    assert found.fault is Fault.WORLD
    assert "Too many open files" in found.cause


def test_what_gatekeeper_lacks_fails_no_smoke_test() -> None:
    smoke = smoke_test(Exhausted(), spelled(CONTRACT), "/health", "", Redactor())
    assert "passed" not in smoke
    assert "gate-fault" in smoke["reason"]


def test_half_a_character_can_be_written_to_the_pack(tmp_path: Path) -> None:
    with serving(says="half \ud800 a word", models=LONE) as url:
        found = ready(url)
        assert isinstance(found, Ready)
        assert found.model == "half \N{REPLACEMENT CHARACTER} a model"
        connection = HttpConnection(url)
        smoke = smoke_test(connection, spelled(CONTRACT), "/health", found.model, Redactor())
        connection.close()
    assert smoke["passed"] is True
    assert smoke["first_message"] == "half \N{REPLACEMENT CHARACTER} a word"
    for value in (found.model, *map(str, smoke.values())):
        value.encode("utf-8")
    Pack.create(tmp_path / "pack").write_json("api_smoke_test.json", smoke)
