"""The client's own part of a time: what a service that does nothing says of itself."""

from __future__ import annotations

import contextlib
import socket

import pytest

from gatekeeper.adapters.http import HttpConnection
from gatekeeper.adapters.null_service import ROUNDS, NullService, measure_overhead


def test_it_answers_with_the_time_that_it_took() -> None:
    service = NullService(pause=0.0)
    connection = HttpConnection(service.url)
    got = [connection.exchange("GET", "/", None, 20.0) for _ in range(3)]
    connection.close()
    service.close()
    assert all(0 <= float(one.body) <= one.total_ms for one in got)
    assert not any(one.error for one in got)


def test_nothing_of_it_is_left() -> None:
    service = NullService(0.0)
    held = socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])))
    service.close()
    held.close()
    with contextlib.closing(HttpConnection(service.url)) as connection:
        assert connection.exchange("GET", "/", None, 20.0).error == "refused"


@pytest.mark.parametrize("concurrency", [1, 4])
def test_every_connection_is_asked_as_often_and_the_first_time_is_left_out(
    concurrency: int
) -> None:
    found = measure_overhead(concurrency, pause=0.0)
    assert found is not None
    assert found.samples == concurrency * ROUNDS
    assert 0 <= found.middle <= found.worst


def test_where_there_is_no_loopback_it_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise OSError("no sockets here")

    monkeypatch.setattr(socket, "create_server", refuse)
    assert measure_overhead(1) is None
