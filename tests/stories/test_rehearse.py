"""`gatekeeper rehearse`: a README's commands in a clean checkout, typed by the next engineer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gatekeeper.adapters.processes import free_port, port_is_closed
from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES

EXAMPLE = STORIES.parents[1] / "examples" / "policy-assistant"

README = """# Assistant

## How to run

```sh
cd service
PORT={port}
python3 service.py $PORT >log.txt 2>&1 &
echo $! >pid
```

## How to test

```console
$ python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:{port}/health").status)'
200
$ test "$PORT" = {port}
```

## How to stop or roll back

```sh
kill $(cat pid)
```

To roll back:

```sh
echo the previous release
```
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The stories' service in a folder of its own, with a README that says how."""
    port = free_port()
    made = Repository(tmp_path / "repository")
    shutil.copytree(STORIES / "common", made.folder / "service")
    text = (made.folder / "service" / "gatekeeper.yaml").read_text()
    text = text.replace("  build: .\n", f"  build: .\n  port: {port}\n  stop: {{grace: 3s}}\n")
    made.commit({"service/gatekeeper.yaml": None, "gatekeeper.yaml": text.replace(
        "sources: policies/", "cases: service/eval_cases.csv\n  sources: service/policies/"),
        "README.md": README.replace("{port}", str(port))}, "all of it")
    made.port = port  # type: ignore[attr-defined]
    return made


def rehearse(repository: Repository, *args: str, **environment: str) -> Done:
    """`gatekeeper rehearse`; whatever came of it, nothing of it is left running."""
    done = gatekeeper("rehearse", *args, cwd=repository.folder, **environment)
    assert port_is_closed(repository.port)  # type: ignore[attr-defined]
    return done


def edit(repository: Repository, before: str, after: str) -> None:
    """Another README, committed."""
    repository.commit(repository.replace("README.md", before, after))


def test_commands_that_do_what_they_say(repository: Repository) -> None:
    done = rehearse(repository)
    assert done.code == 0, done.out + done.err
    assert [line.partition(" ")[0] for line in done.out.splitlines()[1:]] == ["✓"] * 5
    assert "✓ README.md:6 how to run" in done.out
    assert "✓ every command did what it says" in done.out


def test_a_file_that_was_never_committed_is_a_hidden_step(repository: Repository) -> None:
    edit(repository, "cd service\n", "source settings.env\ncd service\n")
    repository.write({"settings.env": "X=1\n"})
    done = rehearse(repository)
    assert done.code == 1
    assert "✗ README.md:6 how to run: source settings.env (exit code 1)" in done.out
    assert "settings.env: No such file or directory" in done.out


def test_a_variable_of_the_authors_own_is_a_hidden_step(repository: Repository) -> None:
    edit(repository, "cd service\n", 'test -n "$API_KEY"\ncd service\n')
    done = rehearse(repository, API_KEY="mine")
    assert done.code == 1
    assert '✗ README.md:6 how to run: test -n "$API_KEY" (exit code 1)' in done.out


def test_a_service_that_stays_in_the_foreground_keeps_its_terminal(repository: Repository) -> None:
    edit(repository, " >log.txt 2>&1 &\necho $! >pid\n", "\n")
    edit(repository, "$ test", "$ echo")
    edit(repository, "kill $(cat pid)", "pkill -f \"service.py $(sed -n 's/^PORT=//p' README.md)\"")
    done = rehearse(repository)
    assert done.code == 0, done.out + done.err


def test_a_test_that_fails_is_named_with_what_it_said(repository: Repository) -> None:
    edit(repository, "/health\")", "/nowhere\")")
    done = rehearse(repository)
    assert done.code == 1
    assert "✗ README.md:15 how to test: python3 -c" in done.out
    assert "HTTP Error 404" in done.out


def test_a_stop_that_does_not_stop_is_found(repository: Repository) -> None:
    edit(repository, "kill $(cat pid)", "echo stopped")
    done = rehearse(repository)
    assert done.code == 1
    assert "✗ after the commands to stop, it still answers at http://127.0.0.1:" in done.out


def test_a_run_that_starts_nothing_is_found(repository: Repository) -> None:
    edit(repository, "python3 service.py $PORT >log.txt 2>&1 &\necho $! >pid\n", "echo started\n")
    repository.commit(repository.replace("gatekeeper.yaml", "{timeout: 20s}", "{timeout: 500ms}"))
    done = rehearse(repository)
    assert done.code == 1
    assert "✗ after the commands to run, nothing answers at http://127.0.0.1:" in done.out


def test_a_command_that_does_not_end_is_named(repository: Repository) -> None:
    edit(repository, "kill $(cat pid)", "sleep 1000")
    done = rehearse(repository, "--seconds", "2")
    assert done.code == 1
    assert "how to stop or roll back: sleep 1000" in done.out
    assert "it did not end within 2 s" in done.out


def test_a_readme_without_commands_is_told(repository: Repository) -> None:
    edit(repository, "## How to test", "## Something else")
    done = rehearse(repository)
    assert done.code == 1
    assert "✗ README.md: no commands under a heading that says how to test" in done.out


@pytest.mark.parametrize(("event", "protected", "code"), [
    ("pull_request", "true", 2), ("workflow_run", "true", 2), ("push", "false", 2),
    ("push", "true", 0)])
def test_in_ci_only_a_protected_ref_is_rehearsed(
    repository: Repository, event: str, protected: str, code: int
) -> None:
    done = rehearse(repository, GITHUB_ACTIONS="true", GITHUB_EVENT_NAME=event,
                    GITHUB_REF_PROTECTED=protected)
    assert done.code == code, done.out + done.err
    assert ("is not rehearsed" in done.err) == (code == 2)


def test_what_is_not_there_is_told(repository: Repository) -> None:
    assert rehearse(repository, "docs/none.md").code == 2
    assert rehearse(repository, "--ref", "nowhere").code == 2


def test_the_example_does_what_its_readme_says(tmp_path: Path) -> None:
    port = str(free_port())
    repository = Repository(tmp_path / "repository")
    shutil.copytree(EXAMPLE, repository.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "gatekeeper.yaml"):
        place = repository.folder / name
        place.write_text(place.read_text("utf-8").replace("8000", port), "utf-8")
    repository.commit({}, "all of it")
    done = gatekeeper("rehearse", cwd=repository.folder)
    assert done.code == 0, done.out + done.err
    assert [line.split()[-1] for line in done.out.splitlines() if "README.md:" in line] == [
        "run", "test", "back"]
