"""What an engine says, held against what a manifest asks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gatekeeper.doctor.engine import EngineFacts, engine_findings
from gatekeeper.doctor.finding import State, exit_code
from gatekeeper.errors import ExitCode
from gatekeeper.manifest.service import Build, Resources, Service

FACTS = EngineFacts("28.0", "1.48", {"MemTotal": 8 * 1024**3, "NCPU": 4, "CgroupVersion": "2",
                                     "Driver": "overlay2"}, "BuildKit (docker 28)",
                    gives_gpus=False, free_disk=50 * 1024**3)
SERVICE = Service(build=Build())


@pytest.mark.parametrize(("facts", "service", "name", "state"), [
    ({}, {}, "engine", State.OK),
    ({"api": "1.40"}, {}, "engine", State.WARN),
    ({"builder": "classic (no client)"}, {}, "builder", State.WARN),
    ({"free_disk": 1024**3}, {}, "disk", State.WARN),
    ({"free_disk": None}, {}, "disk", State.WARN),
    ({}, {"memory": 4 * 1024**3}, "memory", State.OK),
    ({}, {"memory": 5 * 1024**3}, "memory", State.MISSING),
    ({}, {"cpus": 8.0}, "processors", State.WARN),
    ({}, {"gpus": 1}, "gpus", State.MISSING),
    ({"gives_gpus": True}, {"gpus": "all"}, "gpus", State.OK),
    ({"images": {"a:1": ""}}, {}, "image a:1", State.OK),
    ({"images": {"a:1": "denied"}}, {}, "image a:1", State.MISSING),
    ({"port": ""}, {}, "port", State.OK),
    ({"port": "not reached"}, {}, "port", State.MISSING),
    ({"reachable": "unknown container"}, {}, "sibling", State.MISSING),
])
def test_each_line(facts: dict[str, Any], service: dict[str, Any], name: str, state: State) -> None:
    asked = replace(SERVICE, resources=replace(Resources(), **service))
    found = {one.name: one for one in engine_findings(replace(FACTS, **facts), asked, 2)}
    assert found[name].state is state
    if state is State.MISSING:
        assert found[name].todo
        assert exit_code(found.values()) is ExitCode.UNDECIDED
    else:
        assert exit_code(found.values()) is ExitCode.PASS


def test_without_a_manifest_the_engine_is_told_all_the_same() -> None:
    assert [one.name for one in engine_findings(FACTS, None, 2)] == ["engine", "builder", "disk"]
