"""A cancelled job: whenever it is, by whichever signal, the post step leaves nothing of the run on
the engine, and another run on it goes on unharmed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from gatekeeper.adapters.waiting import wait_until
from tests.action.conftest import COMMON, PullRequest, opened
from tests.support.engine import endless, is_run, of_run
from tests.support.runner import POST, RunningStep, Step

pytestmark = pytest.mark.xdist_group("action")
EVERY_SIGNAL = pytest.mark.parametrize("number", [
    signal.SIGTERM, *(pytest.param(one, marks=pytest.mark.thorough)
                      for one in (signal.SIGINT, signal.SIGKILL))])
REPLIES = json.loads((COMMON / "replies.json").read_text())


def run_of(step: RunningStep, pull_request: PullRequest) -> str:
    """The label's value of a run."""
    pack = pull_request.runner.workspace / "gatekeeper-evidence"
    assert wait_until((pack / "environment.json").is_file, 60), step.log
    environment = json.loads((pack / "environment.json").read_text())
    return str(environment["runtimes"]["head"]["run"])


class Neighbour:
    """Another run on the engine, of which both services wait for a word before they are ready."""

    def __init__(self, engine: docker.DockerClient, step: RunningStep, run: str) -> None:
        self.engine = engine
        self.step = step
        self.run = run

    def things(self) -> set[str]:
        return of_run(self.engine, self.run)

    def end(self) -> Step:
        """Give the word, and let it come to its verdict."""
        for side in ("base", "head"):
            container = self.engine.containers.get(f"gatekeeper-{self.run}-{side}")
            container.exec_run(["touch", "/tmp/go"])
        return self.step.end()


@pytest.fixture(scope="module")
def neighbour(
    engine: docker.DockerClient, action_image: str, python_image: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Neighbour]:
    """A run that has begun before the others and ends after them."""
    pull_request = opened(tmp_path_factory.mktemp("neighbour"), COMMON)
    service = (COMMON / "service.py").read_text()
    waits = "    while not os.path.exists('/tmp/go'):\n        FOREVER.wait(0.05)\n    print("
    pull_request.repository.commit({
        "service.py": service.replace("    print(\"listening\"", f"{waits}\"listening\""),
        **pull_request.repository.replace("gatekeeper.yaml", "timeout: 20s", "timeout: 900s")})
    pull_request.base = pull_request.repository.git("rev-parse", "HEAD")
    pull_request.write({"extra.py": "x = 1\n"})
    step = pull_request.runner.start(pull_request.launch(action_image, python_image))
    step.wait_until_it_says("base: waiting until it is ready", "head: waiting until it is ready")
    found = Neighbour(engine, step, run_of(step, pull_request))
    yield found
    if step.client.poll() is None:
        step.send(signal.SIGTERM)
        step.post(step.end())


CLASSIC = ("-v", "/dev/null:/usr/bin/docker")
"""Options of an action's container in which there is no docker client."""


def change_to(story: PullRequest, stage: str, forever: str) -> None:
    """A change that stays at a stage."""
    story.write({
        "building": story.repository.replace(
            "Dockerfile", "USER 10001",
            f"LABEL story='{forever}'\nRUN touch /made\nRUN {forever}\nUSER 10001"),
        "waiting": {"service.py": "import time\ntime.sleep(600)\n"},
        "asking": {"replies.json": json.dumps({**REPLIES, "escalation path": {"fault": "hang"}}),
                   **story.repository.replace("gatekeeper.yaml", "timeout: 2s", "timeout: 60s")},
    }[stage])


def is_there(engine: docker.DockerClient, name: str) -> bool:
    """Whether a container is on the engine."""
    return bool(engine.containers.list(all=True, filters={"name": f"^/{name}$"},
                                       ignore_removed=True))


def unnamed(engine: docker.DockerClient, forever: str) -> list[str]:
    """Layers that a build has made which never ends."""
    return [str(image["Id"]) for image in
            engine.api.images(all=True, filters={"label": f"story={forever}"})]


@EVERY_SIGNAL
@pytest.mark.parametrize(("stage", "options"), [
    ("building", ()), ("building", CLASSIC), ("waiting", ()), ("asking", ())],
    ids=["BuildKit", "classic", "waiting", "asking"])
def test_nothing_is_left(
    story: PullRequest, action_image: str, python_image: str, engine: docker.DockerClient,
    neighbour: Neighbour, stage: str, options: tuple[str, ...], number: signal.Signals,
) -> None:
    forever = endless()
    change_to(story, stage, forever)
    before = neighbour.things()
    step = story.runner.start(story.launch(action_image, python_image, options=options,
                                           temp=number is not signal.SIGINT))
    if stage == "building":
        assert wait_until(lambda: is_run(engine, forever), 60), step.log
    else:
        step.wait_until_it_says({"waiting": "head: waiting until it is ready"}.get(stage, stage))
    run = run_of(step, story)
    step.send(number)
    done = step.end()
    if number is signal.SIGKILL:
        assert is_there(engine, step.name)
        assert of_run(engine, run) or stage == "building"
    else:
        assert done.code == 130, done.log
        assert done.outputs["verdict"] == "interrupted"
        assert "gatekeeper: interrupted" in done.summary
        assert of_run(engine, run) == set()
    after = step.post(done)
    assert after.code == 0, after.log
    assert "::warning" not in after.log
    assert ("the action's container still ran and was stopped" in after.log) is (
        number is signal.SIGKILL)
    assert not is_there(engine, step.name)
    assert of_run(engine, run) == set()
    assert wait_until(lambda: not is_run(engine, forever), 10)
    assert unnamed(engine, forever) == []
    pack = story.runner.workspace / "gatekeeper-evidence"
    assert json.loads((pack / "verdict.json").read_text())["conclusion"] == "interrupted"
    assert {path.stat().st_uid for path in pack.rglob("*")} == {1001}
    assert neighbour.things() == before


@EVERY_SIGNAL
def test_while_reporting(
    story: PullRequest, action_image: str, python_image: str, engine: docker.DockerClient,
    neighbour: Neighbour, tmp_path: Path, number: signal.Signals,
) -> None:
    """A pipe in place of the outputs' file holds the run where it writes them."""
    story.write({"extra.py": "x = 1\n"})
    before, pipe = neighbour.things(), story.runner.commands / "outputs"
    os.mkfifo(pipe)
    step = story.runner.start(story.launch(action_image, python_image), GITHUB_OUTPUT=pipe)
    step.wait_until_it_says("■ PASS")
    run = run_of(step, story)
    step.send(number)
    if number is not signal.SIGKILL:
        summary = next(story.runner.commands.glob("step_summary_*"))
        assert wait_until(lambda: f"stopped by {number.name}" in summary.read_text(), 30), step.log
    with pipe.open() as read:
        outputs = read.read()
    done = step.end()
    assert done.code == (-9 if number is signal.SIGKILL else 130), done.log
    assert ("interrupted" in outputs) is (number is not signal.SIGKILL)
    after = step.post(done)
    assert after.code == 0, after.log
    assert not is_there(engine, step.name)
    assert of_run(engine, run) == set()
    assert neighbour.things() == before


def test_the_container_of_a_job_is_not_taken_for_the_actions_own(
    story: PullRequest, action_image: str, python_image: str, engine: docker.DockerClient,
    job_network: str,
) -> None:
    """Under act the action shares the network of the job's container, its name and its mounts."""
    job = engine.containers.run(python_image, ["sleep", "600"], detach=True, init=True,
                                network=job_network)
    try:
        change_to(story, "waiting", "")
        step = story.runner.start(story.launch(action_image, python_image,
                                               network=f"container:{job.id}"))
        step.wait_until_it_says("head: waiting until it is ready")
        run = run_of(step, story)
        step.send(signal.SIGKILL)
        after = step.post(step.end())
        assert "the action's container still ran and was stopped" in after.log
        assert not is_there(engine, step.name)
        assert of_run(engine, run) == set()
        job.reload()
        assert job.status == "running"
    finally:
        job.remove(force=True)


def test_a_container_that_was_killed_leaves_its_services_to_the_post_step(
    story: PullRequest, action_image: str, python_image: str, engine: docker.DockerClient,
    neighbour: Neighbour,
) -> None:
    change_to(story, "waiting", "")
    before = neighbour.things()
    step = story.runner.start(story.launch(action_image, python_image))
    step.wait_until_it_says("head: waiting until it is ready", "base: ready")
    run = run_of(step, story)
    engine.containers.get(step.name).kill()
    done = step.end()
    assert done.code == 137
    assert {f"container gatekeeper-{run}-head", f"network gatekeeper-{run}-head"} <= of_run(engine,
                                                                                            run)
    after = step.post(done)
    assert after.code == 0
    assert "removed what this run had left: " in after.log
    assert f"container gatekeeper-{run}-head" in after.log
    assert of_run(engine, run) == set()
    assert neighbour.things() == before


def test_a_container_that_was_killed_while_building_leaves_its_layers_to_the_post_step(
    story: PullRequest, action_image: str, python_image: str, engine: docker.DockerClient,
    neighbour: Neighbour,
) -> None:
    before, forever = neighbour.things(), endless()
    change_to(story, "building", forever)
    step = story.runner.start(story.launch(action_image, python_image, options=CLASSIC))
    assert wait_until(lambda: is_run(engine, forever), 60), step.log
    run = run_of(step, story)
    engine.containers.get(step.name).kill()
    done = step.end()
    assert unnamed(engine, forever)
    after = step.post(done)
    assert (after.code, "::warning" in after.log) == (0, False)
    assert of_run(engine, run) == set()
    assert unnamed(engine, forever) == []
    assert not is_run(engine, forever)
    assert neighbour.things() == before


def test_a_step_that_never_began_has_left_nothing(
    story: PullRequest, action_image: str, python_image: str
) -> None:
    story.write({"extra.py": "x = 1\n"})
    launch = story.launch(action_image, python_image, socket="")
    done = story.runner.launch(replace(launch, entrypoint="/nowhere"))
    assert done.code == 127
    assert done.state == {}
    after = story.runner.launch(replace(launch, entrypoint=POST, state=done.state))
    assert after.code == 0
    assert "nothing was started on an engine" in after.log


def test_the_neighbour_has_come_to_its_verdict(neighbour: Neighbour) -> None:
    done = neighbour.end()
    assert done.code == 0, done.log
    assert done.outputs["verdict"] == "pass"
    assert neighbour.things() == set()
    assert "this run has left nothing" in neighbour.step.post(done).log
