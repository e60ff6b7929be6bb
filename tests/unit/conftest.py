"""Properties are tried without a clock: a slow machine is not a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from gatekeeper.adapters.http import HttpConnection
from tests.support.sockets import Script, Serve, Server

settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers, and ends them."""
    servers: list[Server] = []

    def start(*scripts: Script) -> Server:
        servers.append(Server(*scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def connect() -> Iterator[Callable[[Server], HttpConnection]]:
    """Connections, closed in the end."""
    opened: list[HttpConnection] = []

    def make(server: Server) -> HttpConnection:
        opened.append(HttpConnection(server.url))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
