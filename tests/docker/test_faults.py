"""Whose doing it is that the engine says no, from its own words."""

from __future__ import annotations

import pytest
import requests
from docker.errors import APIError

from gatekeeper.adapters.docker_faults import fault_of
from gatekeeper.model import Fault


@pytest.mark.parametrize(("status", "words", "fault"), [
    (404, "could not find an available, non-overlapping IPv4 address pool among the defaults to "
          "assign to the network", Fault.WORLD),
    (400, "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", Fault.WORLD),
    (400, "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the "
          "cgroup is not mounted", Fault.WORLD),
    (500, "write /var/lib/docker/tmp/x: no space left on device", Fault.WORLD),
    (500, "received unexpected HTTP status: 502 Bad Gateway", Fault.WORLD),
    (404, "pull access denied for nobody/nothing, repository does not exist", Fault.CHANGE),
    (400, "OCI runtime create failed: exec: \"python9\": executable file not found in $PATH",
     Fault.CHANGE),
])
def test_fault(status: int, words: str, fault: Fault) -> None:
    response = requests.Response()
    response.status_code = status
    assert fault_of(APIError("no", response, words)) is fault
