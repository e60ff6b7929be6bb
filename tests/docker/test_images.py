"""Services that are images of a real registry: by tag and digest, with a login, moved, absent."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

from tests.docker.conftest import COMMON, evidence
from tests.support.cli import Done, gatekeeper
from tests.support.registry import Registry, registry
from tests.support.repository import Repository


@pytest.fixture(scope="module")
def pair(engine: docker.DockerClient, python_image: str) -> Iterator[tuple[str, str]]:
    """Two images of the stories' service that differ by a layer."""
    made = []
    for name in ("one", "two"):
        tag = f"gatekeeper-test-{uuid.uuid4().hex[:12]}:{name}"
        engine.images.build(path=str(COMMON), tag=tag, labels={"which": name}, rm=True,
                            buildargs={"PYTHON_IMAGE": python_image})
        made.append(tag)
    yield made[0], made[1]
    for tag in made:
        engine.images.remove(tag)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that asks for a login."""
    with registry(tmp_path_factory.mktemp("registry") / "data", closed=True) as running:
        yield running


@pytest.fixture
def login(closed: Registry, tmp_path: Path) -> str:
    """The DOCKER_CONFIG of somebody who has logged in."""
    return closed.log_in(tmp_path / "docker")


@pytest.fixture
def forget(engine: docker.DockerClient) -> Iterator[list[str]]:
    """Names that are taken off the engine afterwards."""
    names: list[str] = []
    yield names
    for name in names:
        for image in engine.images.list(name):
            for known in (*image.tags, *(image.attrs.get("RepoDigests") or ())):
                if known.startswith(name):
                    with contextlib.suppress(ImageNotFound):  # it went with another of its names
                        engine.images.remove(known)


def of_image(repository: Repository, before: str, after: str) -> None:
    """Base runs one image, head another."""
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  build: .\n", f"  image: {before}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    if before != after:
        repository.write(repository.replace("gatekeeper.yaml", before, after))


def run(repository: Repository, *args: str, config: str) -> Done:
    return gatekeeper("run", "--runtime", "docker", *args, cwd=repository.folder,
                      DOCKER_CONFIG=config)


def test_a_tag_and_a_digest_are_pulled_with_a_login_and_recorded(
    repository: Repository, engine: docker.DockerClient, pair: tuple[str, str], closed: Registry,
    login: str, forget: list[str],
) -> None:
    name = f"{closed.host}/team/pinned"
    forget.append(name)
    first = closed.push(engine, pair[0], "team/pinned:v1")
    second = closed.push(engine, pair[1], "team/pinned:v2")
    of_image(repository, f"{name}:v1", f"{name}@{second}")
    done = run(repository, config=login)
    assert done.code == 0, done.out + done.err
    record = evidence(repository, "run.json")
    assert record["base"]["identity"]["digest"] == first
    assert record["base"]["identity"]["origin"] == "pulled"
    assert record["head"]["identity"]["digest"] == second
    assert record["head"]["identity"]["image"] == engine.images.get(pair[1]).id


def test_a_tag_that_has_moved_is_told_and_the_registrys_is_run(
    repository: Repository, engine: docker.DockerClient, pair: tuple[str, str], closed: Registry,
    login: str, forget: list[str],
) -> None:
    name = f"{closed.host}/team/moving"
    forget.append(name)
    first = closed.push(engine, pair[0], "team/moving:v1")
    of_image(repository, f"{name}:v1", f"{name}:v1")
    done = run(repository, "--force", "--evidence", "before", config=login)
    assert done.code == 0, done.out + done.err
    second = closed.push(engine, pair[1], "team/moving:v1")
    engine.images.pull(f"{name}@{first}", auth_config=closed.login).tag(name, "v1")
    repository.write({"extra.py": "x = 1\n"})
    done = run(repository, "--force", "--baseline", "before", config=login)
    assert done.code == 0, done.out + done.err
    assert f"{name}:v1 has moved: the engine has {first[:19]}, the registry {second[:19]}" \
        in done.err
    record = evidence(repository, "run.json")
    assert record["head"]["identity"]["digest"] == second
    assert record["head"]["identity"]["moved_from"] == first
    moved = f"{name}:v1 has moved: {first} → {second}"
    assert moved in [change["note"] for change in record["changes"]]


@pytest.mark.thorough
def test_without_a_login_it_is_undecided_and_says_where_to_look(
    repository: Repository, engine: docker.DockerClient, pair: tuple[str, str], closed: Registry,
    tmp_path: Path,
) -> None:
    closed.push(engine, pair[0], "team/private:v1")
    of_image(repository, f"{closed.host}/team/private:v1", f"{closed.host}/team/private:v1")
    done = run(repository, "--force", config=str(tmp_path))
    assert done.code == 3, done.out + done.err
    assert "the image cannot be pulled:" in done.err
    assert "→ look at `docker login` for its registry, and DOCKER_CONFIG" in done.err


@pytest.mark.parametrize("which", [":v9", f"@sha256:{'0' * 64}"])
def test_an_image_that_is_not_there_is_the_changes_fault(
    repository: Repository, engine: docker.DockerClient, pair: tuple[str, str], closed: Registry,
    login: str, forget: list[str], which: str,
) -> None:
    name = f"{closed.host}/team/absent"
    forget.append(name)
    closed.push(engine, pair[0], "team/absent:v1")
    of_image(repository, f"{name}:v1", f"{name}{which}")
    done = run(repository, config=login)
    assert done.code == 1, done.out + done.err
    assert "head did not start: the image cannot be pulled: manifest" in done.out
    assert "→ look at the tag or digest in `service.image`" in done.out


def test_a_registry_that_does_not_answer_is_undecided(
    repository: Repository, tmp_path: Path
) -> None:
    of_image(repository, "127.0.0.1:1/none:v1", "127.0.0.1:1/none:v1")
    done = run(repository, "--force", "--baseline", "none", config=str(tmp_path))
    assert done.code == 3, done.out + done.err
    assert "→ look at the registry's address" in done.err


def test_an_image_made_here_is_taken_as_it_is_and_said_to_be(
    repository: Repository, pair: tuple[str, str], tmp_path: Path
) -> None:
    of_image(repository, pair[0], pair[1])
    done = run(repository, config=str(tmp_path))
    assert done.code == 0, done.out + done.err
    assert f"head: {pair[1]} was made on this engine" in done.err


@pytest.mark.thorough
def test_a_credential_helper_that_is_not_there(
    repository: Repository, closed: Registry, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text('{"credsStore": "nowhere"}')
    of_image(repository, f"{closed.host}/team/x:v1", f"{closed.host}/team/x:v1")
    done = run(repository, "--force", "--baseline", "none", config=str(tmp_path))
    assert done.code == 3, done.out + done.err
    assert "docker-credential-nowhere" in done.err


def test_gpus_that_the_engine_cannot_give_are_told_before_the_build(
    repository: Repository, engine: docker.DockerClient
) -> None:
    if "nvidia" in engine.info()["Runtimes"]:
        pytest.skip("this engine gives GPUs")
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  build: .\n",
                                         "  build: .\n  resources: {gpus: 1}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    done = gatekeeper("run", "--runtime", "docker", "--force", cwd=repository.folder)
    assert done.code == 3, done.out + done.err
    assert "head: did not start: `service.resources.gpus` is 1, and this engine has no way to " \
        "give GPUs" in done.err
    assert "building the image" not in done.err
