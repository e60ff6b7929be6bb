"""A README rehearsed in a clean container."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES

# One worker: the one looks for containers of rehearsals, which the other has too.
pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("rehearsal")]

README = """# Assistant
## How to run
```
python service.py 8000 &
```
## How to test
```
python -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:8000/health")'
```
## How to stop
```
kill %1
```
"""


@pytest.mark.skipif(not shutil.which("docker"), reason="there is no docker client")
def test_a_clean_container_has_what_its_image_has(tmp_path: Path, python_image: str) -> None:
    repository = Repository(tmp_path / "repository")
    shutil.copytree(STORIES / "common", repository.folder, dirs_exist_ok=True)
    repository.commit({"README.md": README})
    done = gatekeeper("rehearse", "--container", python_image, cwd=repository.folder)
    assert done.code == 0, done.out + done.err
    repository.commit({"README.md": README.replace("python -c", "curl --version\npython -c")})
    done = gatekeeper("rehearse", "--container", python_image, cwd=repository.folder)
    assert done.code == 1
    assert "✗ README.md:8 how to test: curl --version (exit code 127)" in done.out
    left = subprocess.run(["docker", "ps", "--all", "--format", "{{.Names}}"], check=True,
                          capture_output=True, text=True).stdout
    assert "gatekeeper-rehearsal" not in left


@pytest.mark.skipif(not shutil.which("docker"), reason="there is no docker client")
def test_the_example_does_what_its_readme_says_in_a_clean_container(
    tmp_path: Path, python_image: str
) -> None:
    repository = Repository(tmp_path / "repository")
    shutil.copytree(STORIES.parents[1] / "examples" / "policy-assistant", repository.folder,
                    dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    repository.commit({}, "all of it")
    done = gatekeeper("rehearse", "--container", python_image, cwd=repository.folder)
    assert done.code == 0, done.out + done.err
