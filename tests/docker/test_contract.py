"""The contract on a real engine: private, proven, its key asked for, and broken by what ends it."""

from __future__ import annotations

import docker

from tests.docker.conftest import Gate, evidence
from tests.support.engine import of_run
from tests.support.repository import Repository

KEY = "key-of-the-container-1"
GATES = "[contract.proven, endpoint.protected, smoke.passed, failures == 0, shutdown.proven]"


def with_gates(repository: Repository, secrets: bool) -> None:
    """Main asks for the contract's proof, and maybe for a key."""
    manifest = (repository.folder / "gatekeeper.yaml").read_text()
    head, _, _ = manifest.partition("gates:")
    if secrets:
        head = head.replace("  ready:", "  environment: {SERVICE_KEY: {secret: STORY_KEY}}\n"
                            "  ready:").replace("chat\n", "chat\n  auth: {secret: STORY_KEY}\n")
    repository.git("switch", "--quiet", "main")
    repository.commit({"gatekeeper.yaml": f"{head}gates:\n  share: {GATES}\n"}, "gates")
    repository.git("switch", "--quiet", "change")
    repository.git("merge", "--quiet", "main")


def test_a_service_on_loopback_is_private_and_its_contract_proven(
    repository: Repository, gate: Gate
) -> None:
    with_gates(repository, secrets=False)
    repository.write({"extra.py": "x = 1\n"})
    done = gate()
    assert done.code == 0, done.out + done.err
    assert "✓ endpoint.protected   measured yes (published on loopback alone)" in done.out
    assert "all five lines are proven" in done.out


def test_a_key_reaches_the_container_and_nothing_else(
    repository: Repository, gate: Gate
) -> None:
    with_gates(repository, secrets=True)
    repository.write({"extra.py": "x = 1\n"})
    done = gate(STORY_KEY=KEY)
    assert done.code == 0, done.out + done.err
    assert "endpoint.protected   measured yes (a caller without credentials is refused)" in done.out
    for place in (repository.folder / "evidence").rglob("*"):
        assert not place.is_file() or KEY.encode() not in place.read_bytes(), place
    assert KEY not in done.out + done.err


def test_a_service_that_a_probe_ends_has_answered_its_cases_and_is_gone(
    repository: Repository, gate: Gate, engine: docker.DockerClient
) -> None:
    repository.write({"manners.txt": "survives-long-input\n"})
    done = gate()
    assert done.code == 1, done.out + done.err
    assert "limits is broken: a prompt of 4097 words" in done.out
    assert "exit code 3" in done.out
    assert "✓ failures == 0" in done.out
    run = evidence(repository, "environment.json")["runtimes"]["head"]["run"]
    assert of_run(engine, run) == set()
