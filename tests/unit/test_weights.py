"""Weights from a real HTTPS server, and a stand-in of a hub's routes: whole, as declared, once."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.adapters.weight_sources import Sources
from gatekeeper.adapters.weights import Weights, cache_folder
from gatekeeper.manifest.models import Model
from gatekeeper.model import Fault, Side
from gatekeeper.ports import CANCELLED, StartFailed, StartFailure
from tests.support.https import Handler, Route, Server, https_server, make_certificate

CONTENT = os.urandom(3_000_000)
SHA = hashlib.sha256(CONTENT).hexdigest()


class Said:
    """Progress that is kept."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def tick(self, text: str) -> None:
        pass


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(pair: tuple[Path, Path]) -> Iterator[Server]:
    with https_server(*pair) as running:
        yield running


class Machine:
    """A cache on a machine that trusts the server's certificate."""

    def __init__(self, folder: Path, bundle: Path, server: Server) -> None:
        self.folder = folder
        self.said = Said()
        self.environment = {"REQUESTS_CA_BUNDLE": str(bundle), "HF_ENDPOINT": server.url,
                            "HF_TOKEN": "hf_secret"}

    def weights(self, trusted: bool = True, seconds: float = 60) -> Weights:
        sources = Sources(trusted, self.environment)
        return Weights(self.folder, sources.open, self.said, trusted=trusted, seconds=seconds)

    def fetch(self, from_: str, trusted: bool = True, **declared: object) -> Path:
        return self.weights(trusted).fetch_all(Side.HEAD, (model(from_, **declared),))[
            model(from_, **declared)]

    def refused(self, from_: str, trusted: bool = True, **declared: object) -> StartFailure:
        with pytest.raises(StartFailed) as failed:
            self.fetch(from_, trusted, **declared)
        assert "\n" not in failed.value.failure.cause
        assert "hf_secret" not in str(failed.value.failure)
        return failed.value.failure


@pytest.fixture
def machine(tmp_path: Path, pair: tuple[Path, Path], server: Server) -> Machine:
    return Machine(tmp_path / "cache", pair[0], server)


def model(from_: str, **declared: object) -> Model:
    return replace(Model(from_, SHA, "/models/x.gguf"), **declared)  # type: ignore[arg-type]


def whole(handler: Handler) -> None:
    begin = handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-")
    offset = int(begin)
    if not offset:
        return handler.give(200, CONTENT)
    return handler.give(206, CONTENT[offset:],
                        Content_Range=f"bytes {offset}-{len(CONTENT) - 1}/{len(CONTENT)}")


def half(handler: Handler) -> None:
    handler.give(200, CONTENT[:1_000_000], Content_Length=str(len(CONTENT)))
    handler.close_connection = True


def to(url: str, status: int = 302) -> Route:
    return lambda handler: handler.give(status, b"", Location=url)


def test_a_file_is_fetched_once_and_then_read_from_the_cache(
    machine: Machine, server: Server
) -> None:
    server.routes["/x.gguf"] = whole
    place = machine.fetch(f"{server.url}/x.gguf", size=len(CONTENT))
    assert place.read_bytes() == CONTENT
    assert place.name == SHA
    assert not place.stat().st_mode & 0o222
    assert machine.fetch(f"{server.url}/elsewhere") == place
    assert len(server.asked) == 1
    assert machine.said.lines[-1] == "head: x.gguf is in the cache"


def test_a_file_damaged_in_the_cache_is_fetched_again(machine: Machine, server: Server) -> None:
    server.routes["/x.gguf"] = whole
    place = machine.fetch(f"{server.url}/x.gguf")
    place.chmod(0o644)
    place.write_bytes(b"damaged")
    assert machine.fetch(f"{server.url}/x.gguf").read_bytes() == CONTENT


def test_what_broke_off_is_taken_up_where_it_was(machine: Machine, server: Server) -> None:
    def first_half(handler: Handler) -> None:
        server.routes["/x.gguf"] = whole
        half(handler)

    server.routes["/x.gguf"] = first_half
    assert machine.fetch(f"{server.url}/x.gguf").read_bytes() == CONTENT
    assert server.asked[1][1]["Range"] == "bytes=1000000-"


def test_a_part_of_another_file_is_thrown_away(machine: Machine, server: Server) -> None:
    server.routes["/x.gguf"] = whole
    machine.folder.mkdir()
    (machine.folder / f"{SHA}.part").write_bytes(b"another file's beginning")
    assert machine.fetch(f"{server.url}/x.gguf").read_bytes() == CONTENT


def test_a_server_that_knows_no_ranges_begins_again(machine: Machine, server: Server) -> None:
    server.routes["/x.gguf"] = lambda handler: handler.give(200, CONTENT)
    machine.folder.mkdir()
    (machine.folder / f"{SHA}.part").write_bytes(CONTENT[:1000])
    assert machine.fetch(f"{server.url}/x.gguf").read_bytes() == CONTENT


def test_a_transfer_that_always_breaks_off_is_the_worlds(machine: Machine, server: Server) -> None:
    server.routes["/x.gguf"] = lambda handler: half(handler) if "Range" not in handler.headers \
        else handler.give(503, b"")
    failure = machine.refused(f"{server.url}/x.gguf")
    assert failure.fault is Fault.WORLD
    assert failure.cause == ("its model /models/x.gguf cannot be had: it is not given (HTTP 503) "
                             "→ look at `from`")
    assert len(server.asked) == 3


def test_another_digest_is_the_changes_and_nothing_is_kept(
    machine: Machine, server: Server
) -> None:
    server.routes["/x.gguf"] = whole
    failure = machine.refused(f"{server.url}/x.gguf", sha256="0" * 64)
    assert failure.fault is Fault.CHANGE
    assert failure.cause == (
        f"its model /models/x.gguf cannot be had: the file has sha256 {SHA[:12]}…, the manifest "
        "declares 000000000000… → look at `sha256`")
    assert [path.suffix for path in machine.folder.iterdir()] == [".lock"]


@pytest.mark.parametrize("declared", [1000, 10_000_000])
def test_another_size_is_told_before_it_is_taken_in(
    machine: Machine, server: Server, declared: int
) -> None:
    server.routes["/x.gguf"] = whole
    failure = machine.refused(f"{server.url}/x.gguf", size=declared)
    assert failure.fault is Fault.CHANGE
    assert f"the file has 3000000 bytes, `size` says {declared}" in failure.cause


def test_nothing_longer_than_declared_is_taken_in(machine: Machine, server: Server) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(100_000))

    server.routes["/x.gguf"] = endless
    failure = machine.refused(f"{server.url}/x.gguf", size=2_500_000)
    assert failure.fault is Fault.CHANGE
    assert "more came than the 2500000 bytes" in failure.cause
    assert sum(path.stat().st_size for path in machine.folder.iterdir()) <= 2_500_000


@pytest.mark.parametrize(("route", "words"), [
    (lambda handler: handler.give(404, b""), "there is no such file (HTTP 404)"),
    (lambda handler: handler.give(403, b""), "access is refused (HTTP 403)"),
    (to("/x.gguf"), "it leads from one address to the next, more than 5 times"),
    (to("http://127.0.0.2:1/x"), "127.0.0.2:1 does not answer"),
    (to("http://example.com/x"), "http://example.com/x is not https"),
    (to("file:///etc/passwd"), "file:///etc/passwd is not https"),
    (to("ftp://127.0.0.1/x"), "ftp://127.0.0.1/x is not https"),
])
def test_what_is_not_to_be_had_is_the_worlds(
    machine: Machine, server: Server, route: Route, words: str
) -> None:
    server.routes["/x.gguf"] = route
    failure = machine.refused(f"{server.url}/x.gguf")
    assert failure.fault is Fault.WORLD
    assert words in failure.cause


def test_a_certificate_that_is_not_trusted(machine: Machine, server: Server) -> None:
    del machine.environment["REQUESTS_CA_BUNDLE"]
    failure = machine.refused(f"{server.url}/x.gguf")
    assert failure.fault is Fault.WORLD
    assert "its certificate is not trusted here" in failure.cause
    assert failure.cause.endswith("→ look at REQUESTS_CA_BUNDLE")


def test_a_model_hub_gives_a_file_through_a_redirect_and_the_key_stays_with_it(
    machine: Machine, server: Server, pair: tuple[Path, Path]
) -> None:
    with https_server(*pair) as store:
        store.routes["/blob"] = whole
        server.routes["/org/tiny/resolve/v1.0/q4/x.gguf"] = to(f"{store.url}/blob?signed=1")
        assert machine.fetch("hf:org/tiny/q4/x.gguf@v1.0").read_bytes() == CONTENT
    assert server.asked[0][1]["Authorization"] == "Bearer hf_secret"
    assert "Authorization" not in store.asked[0][1]


def test_a_hub_that_asks_for_a_key(machine: Machine, server: Server) -> None:
    server.routes["/org/gated/resolve/main/x"] = lambda handler: handler.give(401, b"")
    failure = machine.refused("hf:org/gated/x")
    assert failure.cause.endswith("→ look at HF_TOKEN, and at the licence of the model's page")


def test_for_a_fork_nothing_private_is_asked_and_no_key_goes_out(
    machine: Machine, server: Server
) -> None:
    for from_ in (f"{server.url}/x.gguf", "https://169.254.169.254/latest", "https://[::1]:1/x",
                  "https://localhost:1/x", "hf:org/tiny/x", "oci://127.0.0.1:5000/x:1"):
        failure = machine.refused(from_, trusted=False)
        assert failure.fault is Fault.WORLD
        assert "is an address of this network" in failure.cause or "is not https" in failure.cause
    assert not server.asked


def test_a_fork_is_given_no_file_of_this_machine(machine: Machine, tmp_path: Path) -> None:
    own = tmp_path / "x.gguf"
    own.write_bytes(CONTENT)
    failure = machine.refused(f"path:{own}", trusted=False)
    assert "a file of this machine is not given to a fork's change" in failure.cause
    assert machine.fetch(f"path:{own}") == own


def test_a_file_of_this_machine_is_checked_too(machine: Machine, tmp_path: Path) -> None:
    own = tmp_path / "x.gguf"
    missing = machine.refused(f"path:{own}")
    assert missing.fault is Fault.WORLD
    assert missing.cause.endswith(f"{own}: No such file or directory → look for it on this machine")
    own.write_bytes(b"another")
    assert machine.refused(f"path:{own}").fault is Fault.CHANGE
    assert "is no file" in machine.refused(f"path:{tmp_path}").cause


def test_a_full_disk_is_told_before_anything_comes(
    machine: Machine, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.routes["/x.gguf"] = whole
    usage = type("Usage", (), {"free": 256 * 1024**2 + 1024**2})
    monkeypatch.setattr("gatekeeper.adapters.weights.shutil.disk_usage", lambda folder: usage)
    failure = machine.refused(f"{server.url}/x.gguf")
    assert failure.fault is Fault.WORLD
    assert "2.9 MiB are needed in" in failure.cause
    assert "and 1.0 MiB are free → look at `--model-cache`" in failure.cause


def test_a_disk_that_is_full_in_the_middle(
    machine: Machine, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Weights, *args: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    server.routes["/x.gguf"] = whole
    monkeypatch.setattr(Weights, "_pour", full)
    failure = machine.refused(f"{server.url}/x.gguf")
    assert failure.fault is Fault.WORLD
    assert f"the disk of {machine.folder} is full" in failure.cause


def test_runs_at_the_same_time_fetch_a_file_once(machine: Machine, server: Server) -> None:
    server.routes["/x.gguf"] = whole
    wanted, found = (model(f"{server.url}/x.gguf"),), []
    threads = [threading.Thread(target=lambda: found.append(
        machine.weights().fetch_all(Side.HEAD, wanted))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(server.asked) == 1


def test_a_transfer_is_given_up_when_the_run_is(machine: Machine, server: Server) -> None:
    weights = machine.weights()

    def cancels(handler: Handler) -> None:
        weights.cancel()
        whole(handler)

    server.routes["/x.gguf"] = cancels
    with pytest.raises(StartFailed) as failed:
        weights.fetch_all(Side.HEAD, (model(f"{server.url}/x.gguf"),))
    assert failed.value.failure is CANCELLED


def test_a_transfer_that_drips_is_given_up(machine: Machine, server: Server) -> None:
    server.routes["/x.gguf"] = whole
    with pytest.raises(StartFailed) as failed:
        machine.weights(seconds=0).fetch_all(Side.HEAD, (model(f"{server.url}/x.gguf"),))
    assert "it is not here within 0 min" in failed.value.failure.cause


def test_where_the_cache_is(tmp_path: Path) -> None:
    assert cache_folder("here", {}) == Path("here")
    assert cache_folder("", {"GATEKEEPER_MODEL_CACHE": "/c", "XDG_CACHE_HOME": "/x"}) == Path("/c")
    assert cache_folder("", {"XDG_CACHE_HOME": "/x"}) == Path("/x/gatekeeper/models")
