"""Weights of a service on a real engine: mounted where the engine sees our files, else in a volume
of the run; read-only either way, out of a real registry too, and gone afterwards."""

from __future__ import annotations

import hashlib
import io
import uuid
from pathlib import Path

import docker
import pytest

from gatekeeper.adapters.docker_cleanup import LABEL_RUN, connect, docker_host, remove_run
from gatekeeper.adapters.docker_engine import DockerRuntime
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.weight_mounts import mount_weights
from gatekeeper.adapters.weights import Opened, Weights
from gatekeeper.adapters.whereabouts import Whereabouts, find_whereabouts
from gatekeeper.manifest.models import Model
from gatekeeper.manifest.service import Service
from gatekeeper.model import Side
from tests.docker.conftest import Gate, evidence
from tests.support.registry import registry
from tests.support.repository import Repository

CONTENT = b"weights" * 100_000
SHA = hashlib.sha256(CONTENT).hexdigest()
NAME = f"gatekeeper-test-{uuid.uuid4().hex[:12]}"
"""Of images that are made here; other workers make theirs."""
LOOKS = f"""if __name__ == "__main__":
    import hashlib
    with open(os.environ["MODEL"], "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != "{SHA}":
            raise SystemExit("another model")
"""


def with_models(repository: Repository, *from_: str, sha256: str = SHA) -> None:
    """A service that looks for its model; base has the first entry, head the last."""
    repository.git("switch", "--quiet", "main")
    text = (repository.folder / "service.py").read_text()
    repository.write({"service.py": text.replace('if __name__ == "__main__":\n', LOOKS)})
    for place in from_:
        entry = "".join((
            "  build: .\n  environment: {MODEL: /models/x.gguf}\n",
            f"  models: [{{from: \"{place}\", sha256: {sha256}, mount: /models/x.gguf}}]\n"))
        before = (repository.folder / "gatekeeper.yaml").read_text().split("  command:")
        repository.write({"gatekeeper.yaml": f"version: 1\nservice:\n{entry}  command:{before[1]}"})
        if place == from_[0]:
            repository.commit({})
            repository.git("switch", "--quiet", "--force-create", "change", "main")


def test_a_file_of_the_machine_is_mounted_and_its_change_is_one_of_the_model(
    repository: Repository, gate: Gate, tmp_path: Path
) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(CONTENT)
    with_models(repository, f"path:{tmp_path}/a.gguf", f"path:{tmp_path}/b.gguf")
    done = gate()
    assert done.code == 0, done.out + done.err
    changes = evidence(repository, "run.json")["changes"]
    assert [(one["kind"], one["before"].split()[1]) for one in changes] == [
        ("model", f"sha256:{SHA[:12]}")]
    assert evidence(repository, "run.json")["head"]["identity"]["models"] == [
        {"mount": "/models/x.gguf", "from": f"path:{tmp_path}/b.gguf", "sha256": SHA}]


def test_an_artifact_of_a_registry_is_fetched_with_a_login(
    repository: Repository, gate: Gate, tmp_path: Path
) -> None:
    with registry(tmp_path / "registry", closed=True) as running:
        running.put_file(CONTENT, "team/weights", "v1")
        login = running.log_in(tmp_path / "docker")
        with_models(repository, f"oci://{running.host}/team/weights:v1")
        where = {"GATEKEEPER_MODEL_CACHE": str(tmp_path / "cache")}
        done = gate("--force", DOCKER_CONFIG=login, **where)
        assert done.code == 0, done.out + done.err
        assert (tmp_path / "cache" / SHA).read_bytes() == CONTENT
        done = gate("--force", DOCKER_CONFIG=str(tmp_path), **where)
        assert done.code == 0, done.out + done.err
        assert "head: x.gguf is in the cache" in done.err
        done = gate("--force", "--model-cache", str(tmp_path / "other"), DOCKER_CONFIG="/nowhere")
        assert done.code == 3, done.out + done.err
        assert "the registry asks for a login → look at `docker login`" in done.err
        repository.write(repository.replace("gatekeeper.yaml", SHA, "0" * 64))
        done = gate(DOCKER_CONFIG=login, **where)
    assert done.code == 1, done.out + done.err
    assert f"the artifact holds sha256:{SHA[:12]}, the manifest declares sha256:{'0' * 12}" \
        in done.out


@pytest.mark.parametrize("seen", [True, False], ids=["mounted", "in a volume"])
def test_a_container_reads_its_weights_beside_what_the_image_has_there(
    engine: docker.DockerClient, python_image: str, tmp_path: Path, seen: bool
) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    engine.images.build(
        fileobj=_dockerfile(python_image), tag=f"{NAME}:latest", rm=True)
    client, run = connect(docker_host()), f"test-{tmp_path.name}"
    where = find_whereabouts(client) if seen else Whereabouts(elsewhere=True)
    if seen and where.own:
        pytest.skip("these tests are in a container: its engine does not see this folder")
    model = Model("path:/x", SHA, "/models/deep/x.gguf")
    try:
        mounts = mount_weights(client, where, {model: tmp_path / "file"},
                               f"{NAME}:latest", run, {LABEL_RUN: run})
        assert [mount["Type"] for mount in mounts] == ["bind" if seen else "volume"]
        said = client.containers.run(
            f"{NAME}:latest", working_dir="/models/deep", mounts=mounts,
            labels={LABEL_RUN: run}, entrypoint=["sh", "-c", "sha256sum x.gguf; cat "
                                                 "tokenizer.json; (echo >> x.gguf) 2>&1 || true"])
        assert said.decode().splitlines()[:2] == [f"{SHA}  x.gguf", "{}"]
        assert "Read-only file system" in said.decode()
    finally:
        gone = remove_run(client, run)
        engine.images.remove(f"{NAME}:latest")
    assert not seen or not [one for one in gone if one.startswith("volume")]
    assert not client.volumes.list(filters={"label": f"{LABEL_RUN}={run}"})


def _dockerfile(python_image: str) -> io.BytesIO:
    return io.BytesIO(f"FROM {python_image}\nRUN mkdir -p /models/deep && "
                      "echo '{}' > /models/deep/tokenizer.json\n".encode())


def test_in_a_container_of_the_engines_its_own_mounts_lead_to_the_file(
    engine: docker.DockerClient, python_image: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    run = f"test-{tmp_path.name}"
    ours = engine.containers.create(
        python_image, labels={LABEL_RUN: run}, volumes={
            str(tmp_path): {"bind": "/cache-of-ours", "mode": "rw"},
            "/": {"bind": "/cache", "mode": "ro"}})
    where = Whereabouts(attach=str(ours.id), own=str(ours.id))
    model = Model("path:/x", SHA, "/models/x.gguf")
    try:
        seen = mount_weights(engine, where, {model: Path("/cache-of-ours/file")}, python_image,
                             run, {LABEL_RUN: run})
        assert [(mount["Type"], mount["Source"]) for mount in seen] == [
            ("bind", str(tmp_path / "file"))]
        unseen = mount_weights(engine, where, {model: tmp_path / "file"}, python_image, run,
                               {LABEL_RUN: run})
        assert [mount["Type"] for mount in unseen] == ["volume"]
    finally:
        remove_run(engine, run)


class Said:
    """Progress that nobody follows."""

    def say(self, text: str) -> None:
        pass

    def tick(self, text: str) -> None:
        pass


def test_a_volume_of_weights_goes_with_its_side(
    engine: docker.DockerClient, python_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    monkeypatch.setattr("gatekeeper.adapters.docker_engine.find_whereabouts",
                        lambda client: Whereabouts(elsewhere=True))
    run, reaper = f"test-{tmp_path.name}", Reaper()
    engine.images.get(python_image).tag(NAME, "plain")
    service = Service(image=f"{NAME}:plain",
                      models=(Model(f"path:{tmp_path}/file", SHA, "/models/x.gguf"),))
    runtime = DockerRuntime(docker_host(), run, {}, tmp_path, reaper, Said(),
                            Weights(tmp_path / "cache", never, Said(), trusted=True))
    try:
        running = runtime.start(Side.HEAD, tmp_path, service)
        labelled = {"label": f"{LABEL_RUN}={run}"}
        assert len(engine.volumes.list(filters=labelled)) == 1
        proof = running.stop(0)
        assert proof.proven
        assert proof.gone["volumes"] is True
        assert not engine.volumes.list(filters=labelled)
    finally:
        runtime.close()
        reaper.release()
        reaper.close()
        engine.images.remove(f"{NAME}:plain")


def never(model: Model, offset: int) -> Opened:
    """Nothing is fetched from anywhere."""
    raise AssertionError(model)
