"""Who listens on a port, against real sockets."""

from __future__ import annotations

import socket

import pytest

from gatekeeper.adapters.listening import addresses_of, exposure_of


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


@pytest.mark.parametrize(("ports", "private", "words"), [
    ({"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1"}]}, True, "on loopback alone"),
    ({"8000/tcp": None}, True, "with no port published"),
    ({}, True, "with no port published"),
    ({"8000/tcp": [{"HostIp": "127.0.0.1"}, {"HostIp": "::1"}]}, True, "on loopback alone"),
    ({"8000/tcp": [{"HostIp": "127.0.0.1"}], "9/tcp": [{"HostIp": "0.0.0.0"}]}, False,
     "published on 0.0.0.0, 127.0.0.1"),
    ({"8000/tcp": [{"HostIp": ""}]}, False, "published on "),  # every address, to an old engine
])
def test_a_container_is_private_where_all_its_ports_are(
    ports: dict[str, list[dict[str, str]] | None], private: bool, words: str
) -> None:
    found = exposure_of(ports)
    assert found.private is private
    assert words in found.words
