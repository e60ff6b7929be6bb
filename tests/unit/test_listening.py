"""Who listens on a port, against real sockets."""

from __future__ import annotations

import socket

import pytest

from gatekeeper.adapters.listening import addresses_of


@pytest.mark.parametrize(("address", "family", "private"), [
    ("127.0.0.1", socket.AF_INET, True), ("0.0.0.0", socket.AF_INET, False),
    ("127.9.8.7", socket.AF_INET, True), ("::1", socket.AF_INET6, True),
    ("::", socket.AF_INET6, False),
])
def test_the_addresses_are_those_that_were_asked_for(
    address: str, family: socket.AddressFamily, private: bool
) -> None:
    try:
        server = socket.create_server((address, 0), family=family)
    except OSError as error:
        pytest.skip(f"no {address} here: {error}")
    with server:
        found = addresses_of(server.getsockname()[1])
    assert [one.is_loopback for one in found] == [private]


def test_a_port_that_nobody_listens_on_has_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert addresses_of(port) == []
