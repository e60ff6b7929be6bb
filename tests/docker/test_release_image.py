"""What is released is what was tested: a real engine, a real registry, a real git remote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
import requests

from gatekeeper.adapters.docker_cleanup import LABEL_RUN
from gatekeeper.adapters.docker_push import push_image
from gatekeeper.adapters.registry import KINDS, tag_manifest
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.logins import Login, Logins
from tests.docker.conftest import COMMON
from tests.github.conftest import WORKFLOW
from tests.releasing.conftest import standing_on
from tests.releasing.service import Service
from tests.support.cli import Done, gatekeeper
from tests.support.github.server import GitHubStandIn
from tests.support.registry import PASSWORD, USER, Registry, registry


@pytest.fixture
def images(tmp_path: Path) -> Iterator[Registry]:
    """A registry that is open to all."""
    with registry(tmp_path / "registry", closed=False) as images:
        yield images


@pytest.fixture
def service(images: Registry, tmp_path: Path) -> Iterator[Service]:
    """The stories' service, built here and released there."""
    with GitHubStandIn() as github, standing_on(github, tmp_path / "home") as remote:
        service = Service(remote, f"release: {{image: '{images.host}/acme/assistant'}}\n")
        manifest = (COMMON / "gatekeeper.yaml").read_text()
        service.local.commit({"gatekeeper.yaml": manifest + service.more}, "feat: built here")
        service.push()
        yield service


def command(service: Service, python: str, *args: str) -> Done:
    """One command at the service's desk."""
    service.local.git("fetch", "--quiet", "--tags", "origin")
    return gatekeeper(*args, "--build-arg", f"PYTHON_IMAGE={python}", cwd=service.local.folder,
                      GITHUB_API_URL=service.remote.github.url, GITHUB_TOKEN=WORKFLOW,
                      GITHUB_REPOSITORY="acme/assistant")


def digest_of(images: Registry, tag: str) -> str:
    """What a tag names in the registry; empty where there is none."""
    found = requests.get(f"http://{images.host}/v2/acme/assistant/manifests/{tag}",
                         headers={"Accept": ", ".join(KINDS)}, timeout=20)
    return str(found.headers.get("docker-content-digest", "")) if found.ok else ""


def of_repository(engine: docker.DockerClient, images: Registry) -> list[Any]:
    """Images on the engine that carry a name of this registry's."""
    return [one for one in engine.api.images()
            if any(images.host in name for name in
                   [*(one.get("RepoTags") or []), *(one.get("RepoDigests") or [])])]


def test_the_image_that_was_tested_is_released_and_gone_back_to(
    service: Service, images: Registry, engine: docker.DockerClient, python_image: str
) -> None:
    first = command(service, python_image, "release")
    assert first.code == 0, first.out + first.err
    assert "pass: released as v0.1.0" in first.out
    tested = json.loads((service.local.folder / "evidence" / "environment.json").read_text())
    name, _, digest = tested["pushed"].partition("@")
    assert name == f"{images.host}/acme/assistant"
    assert digest_of(images, "v0.1.0") == digest
    tree = service.local.git("rev-parse", "HEAD^{tree}")
    assert digest_of(images, f"tree-{tree[:12]}") == digest
    assert digest.removeprefix("sha256:") in service.remote.github.releases[0]["body"]
    run = tested["runtimes"]["head"]["run"]
    assert engine.api.images(filters={"label": f"{LABEL_RUN}={run}"}) == []
    assert of_repository(engine, images) == []

    service.change("1")
    second = command(service, python_image, "release")
    assert second.code == 0, second.out + second.err
    github = service.remote.github
    assert github.chosen_latest == github.releases[1]["id"]

    back = command(service, python_image, "rollback", "--reason", "it answers *too* warmly")
    assert back.code == 0, back.out + back.err
    assert "v0.1.0 is proven again, by its own policy" in back.out
    assert github.chosen_latest == github.releases[0]["id"]
    for release in github.releases:
        assert "it answers &#42;too&#42; warmly" in release["body"]
    told = gatekeeper("rollback", "--reason", "x", "--build-arg", f"PYTHON_IMAGE={python_image}",
                      cwd=service.local.folder, GITHUB_TOKEN="", GH_TOKEN="")
    assert told.code == 0, told.out + told.err
    commit = service.local.git("rev-parse", "v0.1.0^{commit}")
    assert f"to roll back:\n  git switch --detach {commit}\n  previous-release\n" in told.out
    again = command(service, python_image, "rollback", "v0.1.0", "--reason", "again")
    assert again.code == 2
    assert "v0.1.0 is the latest release already" in again.err


def test_a_registry_that_asks_for_a_login(tmp_path: Path, engine: docker.DockerClient,
                                          python_image: str) -> None:
    with registry(tmp_path / "registry", closed=True) as closed:
        place, login = f"{closed.host}/acme/assistant", Login(USER, PASSWORD)
        image = str(engine.images.get(python_image).id)
        with pytest.raises(CouldNotMeasure, match="could not be pushed"):
            push_image(image, place, "v1", Login(USER, "wrong"))
        pushed = push_image(image, place, "v1", login)
        tag_manifest(pushed, "v1.0.0", login)
        tag_manifest(pushed, "v1.0.0", login)
        listed = requests.get(f"http://{closed.host}/v2/acme/assistant/tags/list",
                              auth=(USER, PASSWORD), timeout=20).json()
        assert sorted(listed["tags"]) == ["v1", "v1.0.0"]
        with pytest.raises(CouldNotMeasure, match="status 401"):
            tag_manifest(pushed, "v1.0.0", Login(USER, "wrong"))
        with pytest.raises(CouldNotMeasure, match="status 404"):
            tag_manifest(f"{place}@sha256:{'0' * 64}", "v1.0.0", login)
        assert of_repository(engine, closed) == []


def test_a_registry_that_is_not_there_is_told(engine: docker.DockerClient, python_image: str
                                              ) -> None:
    image = str(engine.images.get(python_image).id)
    with pytest.raises(CouldNotMeasure, match="could not be pushed"):
        push_image(image, "127.0.0.1:9/acme/assistant", "v1", None)
    with pytest.raises(CouldNotMeasure, match="does not answer"):
        tag_manifest(f"127.0.0.1:9/acme/assistant@sha256:{'0' * 64}", "v1", None)


def test_githubs_token_goes_to_githubs_registry_alone() -> None:
    logins = Logins(token="ghs_1")
    assert logins.of("ghcr.io/acme/assistant") == Login("gatekeeper", "ghs_1")
    for other in ("evil.example/acme/assistant", "ghcr.io.evil.example/a", "127.0.0.1:5000/a"):
        assert logins.of(other) is None
    assert Logins(password="p").of("127.0.0.1:5000/a") == Login("gatekeeper", "p")
