"""A second engine on this machine, which knows nothing of what the first one runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from gatekeeper.adapters.docker_cleanup import connect
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.errors import CouldNotMeasure

NEEDED = ("dockerd", "ip")


@contextlib.contextmanager
def other_engine(folder: Path) -> Iterator[docker.DockerClient]:
    """An engine of its own below a folder; its socket is `folder/docker.sock`. Skips where none can
    be started.

    It has a bridge and addresses of its own and leaves the packet filter alone: one that is started
    with `--bridge=none` removes `docker0`, which is the first engine's."""
    if os.getuid() or not all(map(shutil.which, NEEDED)):
        pytest.skip(f"a second engine needs root, {' and '.join(NEEDED)}")
    host, bridge = f"unix://{folder}/docker.sock", f"gk{os.getpid()}"
    addresses = f"10.213.{os.getpid() % 256}"
    with _bridge(bridge, f"{addresses}.241/28"), (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(
            ["dockerd", "--host", host, "--data-root", f"{folder}/data", "--exec-root",
             f"{folder}/exec", "--pidfile", f"{folder}/pid", "--iptables=false",
             f"--bridge={bridge}", f"--default-address-pool=base={addresses}.0/24,size=28"],
            stdout=log, stderr=log, start_new_session=True)
        try:
            wait_until(lambda: daemon.poll() is not None or _answers(host), 30)
            if daemon.poll() is not None:
                pytest.skip(f"a second engine ends here: {(folder / 'log').read_text()[-300:]}")
            with contextlib.closing(connect(host)) as client:
                yield client
        finally:
            daemon.terminate()
            daemon.wait(60)
            shutil.rmtree(folder / "data", ignore_errors=True)


@contextlib.contextmanager
def _bridge(name: str, address: str) -> Iterator[None]:
    for words in (f"link add {name} type bridge", f"addr add {address} dev {name}",
                  f"link set {name} up"):
        subprocess.run(["ip", *words.split()], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "link", "delete", name], check=True)


def _answers(host: str) -> bool:
    with contextlib.suppress(CouldNotMeasure):
        connect(host, 2).close()
        return True
    return False
