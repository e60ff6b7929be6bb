"""What a build can see: the judged tree, and nothing of the machine that gates it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docker.conftest import Gate
from tests.support.repository import Repository

TOKEN = "ghs_thetokenofthecheckout"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder of the host, as `/github` is in a job: a checkout with its token beside it."""
    workspace = tmp_path / "github" / "workspace"
    workspace.mkdir(parents=True)
    (workspace / "token").write_text(TOKEN)
    (workspace / "Dockerfile").write_text(
        "ARG PYTHON_IMAGE=python:3.12-slim\nFROM ${PYTHON_IMAGE}\nCOPY . /all\n"
        "RUN cat /all/workspace/token /all/token; exit 3\n")
    return workspace.parent


def gated(repository: Repository, gate: Gate, build: str) -> str:
    """What a person is shown about a change that declares its build anew."""
    repository.write(repository.replace("gatekeeper.yaml", "  build: .\n", f"  build: {build}\n"))
    done = gate()
    assert done.code == 1, done.out + done.err
    assert TOKEN not in done.out + done.err
    assert "head: building" not in done.err
    return done.out


def test_a_link_as_context_does_not_lead_to_the_host(
    repository: Repository, gate: Gate, elsewhere: Path
) -> None:
    (repository.folder / "ctx").symlink_to(elsewhere)
    said = gated(repository, gate, "{context: ctx, dockerfile: workspace/Dockerfile}")
    assert "head did not start: the" in said


def test_a_link_on_the_way_to_the_context_does_not_either(
    repository: Repository, gate: Gate, elsewhere: Path
) -> None:
    (repository.folder / "deep").mkdir()
    (repository.folder / "deep" / "ctx").symlink_to(elsewhere)
    said = gated(repository, gate, "deep/ctx/workspace")
    assert "head did not start: the" in said


def test_a_dockerfile_of_the_host_is_not_read(
    repository: Repository, gate: Gate, elsewhere: Path
) -> None:
    (repository.folder / "Other").symlink_to(elsewhere / "workspace" / "Dockerfile")
    said = gated(repository, gate, "{context: ., dockerfile: Other}")
    assert "the Dockerfile Other leads out of the build context ." in said


def test_ignore_rules_of_the_host_are_not_read(
    repository: Repository, gate: Gate, elsewhere: Path
) -> None:
    (repository.folder / ".dockerignore").unlink(missing_ok=True)
    (repository.folder / ".dockerignore").symlink_to(elsewhere / "workspace" / "token")
    said = gated(repository, gate, "{context: ./}")
    assert "has a link as .dockerignore; put the file itself there" in said


def test_a_link_inside_the_context_is_sent_as_a_link(
    repository: Repository, gate: Gate, elsewhere: Path
) -> None:
    (repository.folder / "token").symlink_to(elsewhere / "workspace" / "token")
    (repository.folder / "folder").symlink_to(elsewhere)
    repository.write(repository.replace(
        "Dockerfile", "USER 10001",
        "RUN test -L /service/token && ! cat /service/token && ! ls /service/folder/\nUSER 10001"))
    assert gate().code == 0
