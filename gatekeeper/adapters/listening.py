"""Who reaches a port: where it is listened on, as the kernel tells it (proc(5), `/proc/net/tcp`),
and where it is published, as an engine tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from gatekeeper.ports import Exposure

_LISTENS = "0A"
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def addresses_of(port: int) -> list[IPv4Address | IPv6Address]:
    """The addresses on which a port is listened on; none where that cannot be told."""
    return [address for table in _TABLES for address in _listening(table, port)]


def _listening(table: Path, port: int) -> Iterator[IPv4Address | IPv6Address]:
    try:
        rows = table.read_text("ascii").splitlines()[1:]
    except OSError:
        return
    for row in rows:
        _, local, _, state, *_ = row.split()
        address, _, number = local.partition(":")
        if state == _LISTENS and int(number, 16) == port:
            yield _read(address)


def _read(address: str) -> IPv4Address | IPv6Address:
    """Words of 32 bits, each with its bytes turned round."""
    data = b"".join(bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8))
    if len(data) == 4:
        return IPv4Address(data)
    full = IPv6Address(data)
    return full.ipv4_mapped or full


def exposure_of(published: Mapping[str, Iterable[Mapping[str, str]] | None]) -> Exposure:
    """Who reaches a container whose ports are published so: `NetworkSettings.Ports` of the engine's
    API."""
    addresses = {str(one.get("HostIp")) for some in published.values() for one in some or ()}
    if not addresses:
        return Exposure(True, "on a network of its own, with no port published")
    if all(address.startswith("127.") or address == "::1" for address in addresses):
        return Exposure(True, "published on loopback alone")
    return Exposure(False, f"published on {', '.join(sorted(addresses))}")
