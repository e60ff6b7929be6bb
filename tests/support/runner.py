"""Launches an image as GitHub's runner launches a Docker container action.

From the runner's source (ContainerActionHandler, DockerCommandManager): names only on the command
line, values in the client's environment; the socket and four mapped folders; no user, no network
unless the job has services or a container.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Step:
    """What a step left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    workspace: Path


class Runner:
    """One job on an emulated runner."""

    def __init__(self, root: Path, repository: str = "acme/assistant") -> None:
        name = repository.split("/")[1]
        self.repository = repository
        self.workspace = root / "work" / name / name
        temp = root / "work" / "_temp"
        self.home, self.workflow, self.commands = (
            temp / "_github_home", temp / "_github_workflow", temp / "_runner_file_commands")
        for folder in (self.workspace, self.home, self.workflow, self.commands):
            folder.mkdir(parents=True)

    def command(
        self, image: str, event: str, payload: dict[str, Any], inputs: dict[str, str],
        network: str = "",
    ) -> tuple[list[str], dict[str, str], dict[str, Path]]:
        """The literal `docker run` line, its environment, and the runner's files."""
        (self.workflow / "event.json").write_text(json.dumps(payload))
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
        environment = {
            "HOME": str(self.home), "GITHUB_JOB": "gate", "GITHUB_REF": "refs/pull/1/merge",
            "GITHUB_SHA": "0" * 40, "GITHUB_REPOSITORY": self.repository, "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1", "GITHUB_ACTOR": "octocat", "GITHUB_WORKFLOW": "ci",
            "GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "feature", "GITHUB_EVENT_NAME": event,
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": "https://api.github.com",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(self.workflow / "event.json"),
            "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
            "RUNNER_WORKSPACE": str(self.workspace.parent),
            **{variable: str(file) for variable, file in files.items()},
            **{"INPUT_" + key.replace(" ", "_").upper(): value for key, value in inputs.items()},
        }
        mapped = ((self.home, "/github/home"), (self.workflow, "/github/workflow"),
                  (self.commands, "/github/file_commands"), (self.workspace, "/github/workspace"))
        environment = {key: _translated(value, mapped) for key, value in environment.items()}
        name = re.sub(r"[^A-Za-z0-9_]", "", image) + "_" + uuid.uuid4().hex[:6]
        line = ["docker", "run", "--name", name, "--label", uuid.uuid4().hex[:6], "--workdir",
                "/github/workspace", "--rm"]
        for key in environment:
            line += ["-e", key]
        line += ["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]
        line += ["--network", network] if network else []
        line += ["-v", "/var/run/docker.sock:/var/run/docker.sock"]
        for host, inside in mapped:
            line += ["-v", f"{host}:{inside}"]
        return [*line, image], {**os.environ, **environment}, files

    def run(self, image: str, event: str, payload: dict[str, Any], network: str = "",
            **inputs: str) -> Step:
        """Run the action to its end."""
        inputs = {key.replace("_", "-"): value for key, value in inputs.items()}
        line, environment, files = self.command(image, event, payload, inputs, network)
        done = subprocess.run(line, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        return Step(done.returncode, done.stdout, read_outputs(files["GITHUB_OUTPUT"].read_text()),
                    files["GITHUB_STEP_SUMMARY"].read_text(), self.workspace)


def _translated(value: str, mapped: tuple[tuple[Path, str], ...]) -> str:
    for host, inside in mapped:
        if value == str(host) or value.startswith(f"{host}/"):
            return inside + value[len(str(host)):]
    return value


def read_outputs(text: str) -> dict[str, str]:
    """The runner's reading of its heredoc format."""
    outputs, lines = {}, iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, mark = line.split("<<", 1)
        value = []
        for part in lines:
            if part == mark:
                break
            value.append(part)
        outputs[name] = "\n".join(value)
    return outputs
