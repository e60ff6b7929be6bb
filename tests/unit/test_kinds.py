"""Weights, GPUs and services elsewhere, as a manifest says them and as a policy holds them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.commanded import is_dark
from gatekeeper.adapters.gpus import device_requests, gives_gpus
from gatekeeper.adapters.images import repository_of
from gatekeeper.adapters.processes import free_port
from gatekeeper.adapters.weight_sources import is_loopback
from gatekeeper.evidence.record import SideRecord
from gatekeeper.github.event import DESK, Event
from gatekeeper.manifest.models import Kind, Origin, read_origin
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.render import render_effective
from gatekeeper.manifest.service import Resources
from gatekeeper.manifest.types import Manifest
from gatekeeper.policy.commands import withheld
from gatekeeper.policy.directions import Direction, direction_of
from gatekeeper.policy.resolve import Origin as Whose
from gatekeeper.policy.tighten import service_under, tighter_ceilings
from gatekeeper.policy.view import view
from gatekeeper.service.contract import lines, spelled_out
from gatekeeper.service.moved import moved_tag

SHA = "0123456789abcdef" * 4
REST = """contract: {preset: openai-chat, rollback: previous-release}
cases: c.csv
gates: {share: [smoke.passed]}
"""


def told(service: str) -> list[str]:
    """What is wrong with a service block."""
    problems = parse_manifest(f"version: 1\nservice: {service}\n{REST}", "g.yaml")[1]
    return [problem.message for problem in problems]


def read(service: str) -> Manifest:
    """A manifest with nothing wrong."""
    manifest, problems = parse_manifest(f"version: 1\nservice: {service}\n{REST}", "g.yaml")
    assert manifest is not None, problems
    return manifest


def model(**changed: str) -> str:
    """A service with one model."""
    entry = {"from": "path:/m/x", "sha256": SHA, "mount": "/models/x", **changed}
    return "{build: ., models: [{" + ", ".join(f'{k}: "{v}"' if k != "size" else f"{k}: {v}"
                                                for k, v in entry.items()) + "}]}"


@pytest.mark.parametrize(("written", "origin"), [
    ("path:/models/../x.gguf", Origin(Kind.PATH, "/x.gguf")),
    ("https://h/x?y=1", Origin(Kind.HTTPS, "https://h/x?y=1")),
    ("hf:org/repo/a/b.gguf@v1.0", Origin(Kind.HF, "a/b.gguf", "org/repo", "v1.0")),
    ("hf:org/repo/x", Origin(Kind.HF, "x", "org/repo", "main")),
    ("oci://r.io/a/b:1", Origin(Kind.OCI, "a/b", "r.io", "1")),
    (f"oci://r.io:5000/a@sha256:{SHA}", Origin(Kind.OCI, "a", "r.io:5000", f"sha256:{SHA}")),
])
def test_where_a_model_comes_from(written: str, origin: Origin) -> None:
    assert read_origin(written) == origin


@pytest.mark.parametrize("written", [
    "x.gguf", "path:x", "http://h/x", "https://", "https://h", "https://u:p@h/x", "hf:repo/x",
    "hf:org/repo/../../etc@v", "oci://r.io/a", "oci://a:1", "ftp://h/x", "https://h:99999/x", "",
    "https://h/x\r\nHost: y", "hf:org/repo/x@../..",
])
def test_what_is_no_place_of_a_model(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_origin(written)


@given(st.text())
def test_whatever_is_written_it_is_a_place_or_is_told(written: str) -> None:
    with contextlib.suppress(ValueError):
        assert read_origin(written).place


@pytest.mark.parametrize(("service", "words"), [
    (model(), []),
    (model(size="5"), []),
    (model(sha256=f"sha256:{SHA.upper()}"[:7] + SHA), []),
    (model(sha256="abc"), ["`abc` is not a SHA-256 digest"]),
    (model(mount="/x"), ["`/x` is not a file in a folder of its own"]),
    (model(mount="/models/../x/y"), ["`/models/../x/y` is not a file in a folder of its own"]),
    (model(mount="/tmp/x"), ["/tmp/x lies in /tmp, a folder in memory"]),
    ("{build: ., models: [{mount: /m/x}]}", ["`from` is missing", "`sha256` is missing"]),
    ("{url: 'http://h:1', build: .}",
     ["both `url` and `build` are given: a service that runs elsewhere is not started here"]),
    ("{url: 'h:1'}", ["`h:1` is not a URL of a service"]),
    ("{url: 'http://u:p@h'}", ["`http://u:p@h` is not a URL of a service"]),
    ("{build: ., stop: {command: [a]}}", ["`stop.command` is for a service at a `url`"]),
    ("{build: ., resources: {gpus: -1}}", ["`-1` is outside 0 to 1024"]),
    ("{build: ., resources: {gpus: some}}", ["expected a whole number, got `some`"]),
    ("{build: ., resources: {gpus: all}}", []),
])
def test_what_is_said_of_a_service(service: str, words: list[str]) -> None:
    assert told(service) == words


def test_two_models_with_one_place_or_one_inside_the_other() -> None:
    entry = f"{{from: 'path:/x', sha256: {SHA}, mount: %s}}"
    both = f"{{build: ., models: [{entry % '/m/x'}, {entry % '/m/x'}]}}"
    assert told(both) == ["two models have the mount /m/x"]
    nested = f"{{build: ., models: [{entry % '/m/x'}, {entry % '/m/x/y'}]}}"
    assert told(nested) == ["/m/x/y lies below /m/x, which is a file"]


def test_a_manifest_with_models_spelled_out_says_the_same() -> None:
    manifest = read(model(size="7"))
    again, problems = parse_manifest(render_effective(manifest, spelled_out(manifest)), "g.yaml")
    assert again is not None, problems
    assert again.service == manifest.service


def test_what_came_later_changes_no_digest_while_it_is_unset() -> None:
    keys = view(read("{build: .}"))
    assert not {"service.start", "service.stop.command"} & keys.keys()
    assert "gpus" not in keys["service.resources"]
    later = view(read("{url: 'http://h', start: [a], stop: {command: [b]}}"))
    assert (later["service.start"], later["service.stop.command"]) == (["a"], ["b"])


@pytest.mark.parametrize(("before", "after", "direction"), [
    (None, 1, Direction.LOOSER), (1, None, Direction.TIGHTER), (1, "all", Direction.LOOSER),
    ("all", 8, Direction.TIGHTER),
])
def test_gpus_are_a_ceiling(before: Any, after: Any, direction: Direction) -> None:
    assert direction_of("service.resources.gpus", before, after) is direction


def test_head_keeps_its_url_and_is_held_to_bases_commands() -> None:
    base = read("{url: 'http://b', start: [b], stop: {command: [b], grace: 1s}}").service
    head = read("{url: 'http://h', start: [h], stop: {command: [h], grace: 2s}}").service
    held = service_under(head, tighter_ceilings(base, head))
    assert (held.url, held.start, held.stop.command, held.stop.grace) == (
        "http://h", ("b",), ("b",), 2.0)
    many, few = (replace(base, resources=Resources(gpus=gpus)) for gpus in ("all", 1))
    assert tighter_ceilings(many, few).resources.gpus == 1
    assert tighter_ceilings(few, many).resources.gpus == 1


def test_a_declared_stop_command_is_the_contracts_stop() -> None:
    manifest = read("{url: 'http://h', stop: {command: [ssh, gpu, down]}}")
    stop = next(line for line in lines(spelled_out(manifest)) if line.name == "stop_path")
    assert stop.declared.stop == "ssh gpu down"
    assert stop.missing == ("contract.stop_path.disable",)


@pytest.mark.parametrize(("origin", "event", "runs"), [
    (Whose.BASE, Event("pull_request"), True),
    (Whose.ACCEPTED, Event("pull_request"), True),
    (Whose.COMMIT, Event("push"), True),
    (Whose.ADOPTED, Event("pull_request"), False),
    (Whose.UNREADABLE, Event("pull_request"), False),
    (Whose.ADOPTED, DESK, True),
    (Whose.BASE, Event("pull_request", fork=True), False),
    (Whose.ACCEPTED, Event("pull_request_target", fork=True), False),
])
def test_whose_commands_are_run(origin: Whose, event: Event, runs: bool) -> None:
    assert (withheld(origin, event) == "") is runs


@pytest.mark.parametrize(("info", "gives"), [
    ({}, False), ({"Runtimes": {"runc": {}}}, False), ({"Runtimes": {"nvidia": {}}}, True),
    ({"DiscoveredDevices": [{"ID": "nvidia.com/gpu=0"}]}, True),
    ({"DiscoveredDevices": [{"ID": "vendor.com/tpu=0"}]}, False),
])
def test_an_engine_says_whether_it_gives_gpus(info: dict[str, Any], gives: bool) -> None:
    assert gives_gpus(info) is gives


def test_gpus_are_asked_for_by_number_or_all() -> None:
    assert device_requests(0) == []
    assert device_requests(2)[0]["Count"] == 2
    assert device_requests("all")[0]["Count"] == -1


@pytest.mark.parametrize(("reference", "repository"), [
    ("python:3.12", "python"), ("docker.io/library/python", "python"),
    ("r:5000/a/b:1", "r:5000/a/b"), (f"r:5000/a@sha256:{SHA}", "r:5000/a"), ("a/b", "a/b"),
])
def test_a_reference_without_its_tag(reference: str, repository: str) -> None:
    assert repository_of(reference) == repository


@pytest.mark.parametrize(("netloc", "local"), [
    ("127.0.0.1:5000", True), ("localhost", True), ("[::1]:1", True), ("10.0.0.1", False),
    ("localhost.example.com", False), ("127.0.0.1.example.com", False),
])
def test_this_machines_own_addresses(netloc: str, local: bool) -> None:
    assert is_loopback(netloc) is local


def test_a_tag_that_names_another_image_is_a_change() -> None:
    base, head = (SideRecord("t", "c", identity={"reference": "r/a:1", "digest": digest})
                  for digest in ("sha256:1", "sha256:2"))
    assert [change.note for change in moved_tag(base, head, "g.yaml")] == [
        "r/a:1 has moved: sha256:1 → sha256:2"]
    assert not list(moved_tag(base, base, "g.yaml"))
    assert not list(moved_tag(None, head, "g.yaml"))
    made = replace(base, identity={"reference": "r/a:1", "digest": ""})
    assert not list(moved_tag(made, head, "g.yaml"))


@contextmanager
def listening(then: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of something that takes every connection and does this with it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve() -> None:
            try:
                while True:
                    line = server.accept()[0]
                    with line:
                        line.recv(1000)
                        then(line)
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_what_is_dark() -> None:
    assert is_dark(f"http://127.0.0.1:{free_port()}", "/health")
    with listening(lambda line: None) as tunnel:
        assert is_dark(tunnel, "/health"), "a tunnel whose other end is gone hangs up"
    with listening(lambda line: line.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")) as proxy:
        assert not is_dark(proxy, "/health")


def test_silence_is_not_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatekeeper.adapters.commanded.LOOK_SECONDS", 0.05)
    over = threading.Event()
    with listening(lambda line: bool(over.wait(10))) as hung:
        assert not is_dark(hung, "/health")
        over.set()


def test_a_name_that_is_not_found_is_not_dark() -> None:
    assert not is_dark("http://nowhere.invalid:80", "/health")
