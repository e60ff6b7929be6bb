"""The same work for everybody: short cases, each held to valid JSON and to one word in it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

WORD = "refund"
SYSTEM = "Answer with JSON only."
MANIFEST = """\
version: 1
service: {build: ., port: 8000}
contract:
  preset: openai-chat
  request:
    model: local
    messages: [{role: system, content: "Answer with JSON only."}, {role: user, content: "{prompt}"}]
    temperature: 0
  limits: {concurrency: 32, context_length: 4096, timeout: 30s, max_tokens: 128}
  rollback: previous-release
gates:
  share: [GATE]
"""
FAILURES, LATENCY = "failures == 0", "failures == 0, latency.p50 <= 10s"
"""What the gate asks: wrong answers alone, or times too, for which connections are warmed up."""
_AS = {**os.environ, **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                        for what, value in (("NAME", "Ann"), ("EMAIL", "ann@example.com"))}}


def prompts(count: int) -> Iterator[str]:
    """Distinct prompts of some eighty characters."""
    for n in range(count):
        yield f"Case {n}: order {n * 7919} arrived broken; may the customer get a refund? " \
              "List the steps."


def write_repository(folder: Path, count: int, gate: str = FAILURES) -> None:
    """A repository whose main branch has the manifest and the cases, and a change of its service on
    top."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / ".gitignore").write_text("evidence*/\n")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "gatekeeper.yaml").write_text(MANIFEST.replace("GATE", gate))
    with (folder / "eval_cases.csv").open("w") as file:
        file.write("case_id,prompt,expected_behavior,risk,pass,notes,checks\n")
        for n, prompt in enumerate(prompts(count)):
            file.write(f'c{n},"{prompt}",answers in JSON,format,,,"is-json\ncontains:{WORD}"\n')
    _commit(folder, "the gate")
    git(folder, "switch", "--quiet", "--create", "change")
    (folder / "Dockerfile").write_text("FROM scratch\nLABEL changed=yes\n")
    _commit(folder, "a change")


def _commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def git(folder: Path, *words: str) -> None:
    """One command of git's."""
    subprocess.run(["git", *words], cwd=folder, env=_AS, check=True)


def write_lines(place: Path, count: int) -> None:
    """The cases as JSON lines, for those that read such."""
    with place.open("w") as file:
        for n, prompt in enumerate(prompts(count)):
            file.write(json.dumps({"id": n, "input": prompt, "target": WORD}) + "\n")
