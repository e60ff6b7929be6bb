"""Launches an image as GitHub's runner launches a Docker container action.

From the runner's source (ContainerActionHandler, DockerCommandManager): names only on the command
line, values in the client's environment; the socket and four mapped folders; no user, no network
unless the job has services or a container.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from gatekeeper.adapters.waiting import wait_until


@dataclass(frozen=True)
class Step:
    """What a step left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    workspace: Path
    state: dict[str, str]
    """What the post step finds in its environment."""


POST = str(yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text())
           ["runs"]["post-entrypoint"])
SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True)
class Launch:
    """How one step of the action is launched. What is not said is what a hosted runner does."""

    image: str
    event: str
    payload: dict[str, Any]
    inputs: dict[str, str] = field(default_factory=dict)
    network: str = ""
    """A job's network, `host`, or `container:<id>`; else the default bridge."""
    entrypoint: str = ""
    state: dict[str, str] = field(default_factory=dict)
    socket: str = SOCKET
    """Path on the host that is mounted as the engine's socket; nothing for no mount."""
    options: tuple[str, ...] = ()
    """Further options of `docker run`, of machines that are set up another way."""
    environment: dict[str, str] = field(default_factory=dict)
    """What the runner says otherwise, such as the API's address."""
    temp: bool = True
    """Whether the runner mounts its folder of temporary files, as those since 2.329 do."""


class Runner:
    """One job on an emulated runner."""

    def __init__(self, root: Path, repository: str = "acme/assistant") -> None:
        name = repository.split("/")[1]
        self.repository = repository
        self.workspace = root / "work" / name / name
        self.temp = temp = root / "work" / "_temp"
        self.home, self.workflow, self.commands = (
            temp / "_github_home", temp / "_github_workflow", temp / "_runner_file_commands")
        for folder in (self.workspace, self.home, self.workflow, self.commands):
            folder.mkdir(parents=True)

    def files(self) -> dict[str, Path]:
        """The file commands of one step."""
        stamp = str(uuid.uuid4())
        files = {
            variable: self.commands / f"{stem}_{stamp}"
            for variable, stem in (
                ("GITHUB_OUTPUT", "set_output"), ("GITHUB_ENV", "set_env"),
                ("GITHUB_PATH", "add_path"), ("GITHUB_STATE", "save_state"),
                ("GITHUB_STEP_SUMMARY", "step_summary"))
        }
        for file in files.values():
            file.touch()
        return files

    def command(self, launch: Launch, files: dict[str, Path]) -> tuple[list[str], dict[str, str]]:
        """The literal `docker run` line, and its environment."""
        (self.workflow / "event.json").write_text(json.dumps(launch.payload))
        environment = {
            "HOME": str(self.home), "GITHUB_JOB": "gate", "GITHUB_REF": "refs/pull/1/merge",
            "GITHUB_SHA": "0" * 40, "GITHUB_REPOSITORY": self.repository, "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1", "GITHUB_ACTOR": "octocat", "GITHUB_WORKFLOW": "ci",
            "GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "feature",
            "GITHUB_EVENT_NAME": launch.event,
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": "https://api.github.com",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(self.workflow / "event.json"),
            "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_TEMP": str(self.temp),
            "RUNNER_WORKSPACE": str(self.workspace.parent),
            **{variable: str(file) for variable, file in files.items()},
            **{"INPUT_" + key.replace(" ", "_").upper(): value
               for key, value in launch.inputs.items()},
            **launch.environment, **launch.state,
        }
        mapped = ((self.home, "/github/home"), (self.workflow, "/github/workflow"),
                  (self.commands, "/github/file_commands"), (self.workspace, "/github/workspace"))
        if launch.temp:
            mapped = (*mapped, (self.temp, "/github/runner_temp"))
        environment = {key: _translated(value, mapped) for key, value in environment.items()}
        name = re.sub(r"[^A-Za-z0-9_]", "", launch.image) + "_" + uuid.uuid4().hex[:6]
        line = ["docker", "run", "--name", name, "--label", uuid.uuid4().hex[:6], "--workdir",
                "/github/workspace", "--rm"]
        for key in environment:
            line += ["-e", key]
        line += ["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]
        line += ["--entrypoint", launch.entrypoint] if launch.entrypoint else []
        line += ["--network", launch.network] if launch.network else []
        line += ["-v", f"{launch.socket}:{SOCKET}"] if launch.socket else []
        for host, inside in mapped:
            line += ["-v", f"{host}:{inside}"]
        return [*line, *launch.options, launch.image], {**os.environ, **environment}

    def run(self, image: str, event: str, payload: dict[str, Any], network: str = "",
            **inputs: str) -> Step:
        """Run the action to its end."""
        inputs = {key.replace("_", "-"): value for key, value in inputs.items()}
        return self.launch(Launch(image, event, payload, inputs, network))

    def launch(self, launch: Launch) -> Step:
        """Run one step to its end."""
        return self.start(launch).end()

    def start(self, launch: Launch, **instead: Path) -> RunningStep:
        """Start a step. Files of the runner's can be replaced by others."""
        files = {**self.files(), **instead}
        return RunningStep(self, launch, files)


class RunningStep:
    """A step that has been started; its client can be sent signals, as a cancelled job's is."""

    def __init__(self, runner: Runner, launch: Launch, files: dict[str, Path]) -> None:
        self._runner = runner
        self._launch = launch
        self._files = files
        line, environment = runner.command(launch, files)
        self.name = line[line.index("--name") + 1]
        self._log = runner.temp / f"{self.name}.log"
        with self._log.open("wb") as out:
            self.client = subprocess.Popen(line, env=environment, stdout=out, stderr=out)

    @property
    def log(self) -> str:
        """Everything it has printed so far."""
        return self._log.read_text("utf-8", "replace")

    def wait_until_it_says(self, *words: str) -> None:
        """Wait until all of this is in its log."""
        wait_until(lambda: all(word in self.log for word in words)
                   or self.client.poll() is not None, 120)
        assert all(word in self.log for word in words), self.log

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the client alone, as the runner does."""
        self.client.send_signal(number)

    def end(self) -> Step:
        """Wait for the client's end, and read the runner's files as the runner then does."""
        code = self.client.wait(300)
        text = {name: file.read_text() if file.is_file() else ""
                for name, file in self._files.items()}
        return Step(code, self.log, read_outputs(text["GITHUB_OUTPUT"]),
                    text["GITHUB_STEP_SUMMARY"], self._runner.workspace,
                    read_state(text["GITHUB_STATE"]))

    def post(self, step: Step) -> Step:
        """The post step: the same image and inputs, launched anew with the state."""
        return self._runner.launch(replace(self._launch, entrypoint=POST, state=step.state))


def _translated(value: str, mapped: tuple[tuple[Path, str], ...]) -> str:
    for host, inside in mapped:
        if value == str(host) or value.startswith(f"{host}/"):
            return inside + value[len(str(host)):]
    return value


def read_outputs(text: str) -> dict[str, str]:
    """The runner's reading of its file commands: `name=value`, or its heredoc format. The first of
    the two marks on a line decides."""
    outputs, lines = {}, iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, equals, rest = line.partition("=")
        if equals and "<<" not in name:
            outputs[name] = rest
            continue
        name, mark = line.split("<<", 1)
        value = []
        for part in lines:
            if part == mark:
                break
            value.append(part)
        outputs[name] = "\n".join(value)
    return outputs


def read_state(text: str) -> dict[str, str]:
    """What the runner makes of a state file: variables of the post step."""
    return {f"STATE_{name}": value for name, value in read_outputs(text).items()}
