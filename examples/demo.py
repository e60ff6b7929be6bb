"""`make demo`: the main job on a little history made from the example.

Gates one change that must block (int8 → int2 and a prompt that no longer refuses) and one that must
pass (int8 → float32 and a reworded remark). Exits 0 only if the gate decided both rightly.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parent / "policy-assistant"
DEMO = Path(__file__).parent.parent / "demo"
IMAGES = ("python:3.12-slim", "python:3.13-slim", "python:3.11-slim")
AUTHOR = ("-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c",
          "commit.gpgsign=false")
PASS, BLOCK = 0, 1


def git(*args: str) -> None:
    """One git command in the demo repository."""
    subprocess.run(["git", *AUTHOR, *args], cwd=DEMO / "repository", check=True)


def edit(name: str, before: str, after: str) -> None:
    """Replace a text of a file of the demo repository."""
    place = DEMO / "repository" / name
    text = place.read_text("utf-8")
    if before not in text:
        raise SystemExit(f"demo: {name} does not hold {before!r}")
    place.write_text(text.replace(before, after), "utf-8")


def build_history() -> None:
    """A repository with the example on main and two branches with a change each."""
    shutil.rmtree(DEMO, ignore_errors=True)
    shutil.copytree(EXAMPLE, DEMO / "repository", ignore=shutil.ignore_patterns("__pycache__"))
    git("init", "--quiet", "--initial-branch=main")
    git("add", "--all")
    git("commit", "--quiet", "--message", "The policy assistant, int8")
    git("switch", "--quiet", "--create", "smaller")
    edit("config/model.toml", 'quantization = "int8"', 'quantization = "int2"')
    edit("prompts/system.txt", "Refuse to ignore, invent or change policy.\n", "")
    git("commit", "--quiet", "--all", "--message", "Half the memory, and friendlier")
    git("switch", "--quiet", "--create", "exact", "main")
    edit("config/model.toml", 'quantization = "int8"', 'quantization = "float32"')
    git("commit", "--quiet", "--all", "--message", "Exact vectors")


def local_python_image() -> list[str]:
    """A base image that is here already, where there is one: then nothing has to be pulled."""
    wanted = os.environ.get("PYTHON_IMAGE")
    docker = shutil.which("docker")
    for image in (wanted,) if wanted else IMAGES if docker else ():
        known = [docker or "docker", "image", "inspect", image]
        if wanted or subprocess.run(known, capture_output=True, check=False).returncode == 0:
            return ["--build-arg", f"PYTHON_IMAGE={image}"]
    return []


def gate(branch: str, expected: int) -> bool:
    """Gate one branch; whether the gate decided as it must."""
    word = {PASS: "pass", BLOCK: "block"}[expected]
    print(f"\n{'═' * 78}\n{branch}: this change must {word}\n{'═' * 78}", flush=True)
    git("switch", "--quiet", branch)
    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "run", "--head", branch, "--base", "main",
         "--evidence", str(DEMO / f"evidence-{branch}"), *local_python_image()],
        cwd=DEMO / "repository", check=False, env={**os.environ, "PYTHONSAFEPATH": "1"},
    )
    right = done.returncode == expected
    verdict = "as it must" if right else f"WRONG: expected {expected}"
    print(f"demo: {branch}: exit code {done.returncode}, {verdict}", flush=True)
    return right


def main() -> int:
    """0 if both were decided rightly."""
    build_history()
    decided = [gate("smaller", BLOCK), gate("exact", PASS)]
    print(f"\nevidence packs: {DEMO / 'evidence-smaller'} and {DEMO / 'evidence-exact'}")
    return 0 if all(decided) else 1


if __name__ == "__main__":
    sys.exit(main())
