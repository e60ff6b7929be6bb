"""`gatekeeper --version` names the commit, however gatekeeper came to be there."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from gatekeeper import __version__
from gatekeeper.adapters.commit import STAMP, commit_of, stamp_of
from tests.install.conftest import ROOT, Built, checkout, done
from tests.support.repository import Repository

COMMIT = "5" * 40


def told(package: Path, cwd: Path, **environment: str) -> str:
    """What a package says of itself."""
    return done(sys.executable, "-m", "gatekeeper", "--version", cwd=cwd,
                PYTHONPATH=str(package.parent), PYTHONDONTWRITEBYTECODE="1", **environment)


def test_a_checkout_asks_git(tmp_path: Path) -> None:
    made = checkout(tmp_path / "checkout")
    commit, package = made.git("rev-parse", "HEAD"), made.folder / "gatekeeper"
    other = Repository(tmp_path / "other")
    other.commit({"a": "b"})
    expected = f"gatekeeper {__version__}\ncommit {commit}"
    # In a hook, git says where the repository is that is being committed to.
    hook = {"GIT_DIR": str(other.folder / ".git"), "GIT_INDEX_FILE": "index"}
    assert told(package, other.folder, **hook) == f"{expected}\n"
    made.write({"gatekeeper/py.typed": "# changed\n"})
    assert told(package, tmp_path) == f"{expected} with changes\n"


def test_the_stamp_says_the_commit_in_wheel_sdist_and_the_sdists_wheel(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        inside = archive.extractfile(f"gatekeeper-{__version__}/gatekeeper/{STAMP}")
        assert inside is not None
        assert inside.read().decode() == f"{built.commit}\n"
    names = []
    for wheel in (built.wheel, built.wheel_of_sdist):
        with zipfile.ZipFile(wheel) as files:
            assert files.read(f"gatekeeper/{STAMP}").decode() == f"{built.commit}\n"
            names.append(sorted(files.namelist()))
    assert names[0] == names[1]
    assert "gatekeeper/py.typed" in names[0]


@pytest.mark.parametrize("which", ["wheel", "wheel_of_sdist"])
def test_what_is_installed_inside_another_repository_names_its_own_commit(
    built: Built, tmp_path: Path, which: str
) -> None:
    users = Repository(tmp_path / "service")
    users.commit({"a": "b"})
    with zipfile.ZipFile(getattr(built, which)) as files:
        files.extractall(users.folder)  # a .git beside the package, which is not gatekeeper's
    assert told(users.folder / "gatekeeper", users.folder).endswith(f"commit {built.commit}\n")


def test_a_copy_that_says_nothing_is_told_as_unknown(tmp_path: Path) -> None:
    users = Repository(tmp_path / "service")
    users.commit({"a": "b"})
    package = users.folder / "vendor" / "gatekeeper"
    package.mkdir(parents=True)
    assert commit_of(package) == "unknown, as this is no checkout and was not built from one"


@pytest.mark.parametrize(("stamp", "expected"), [
    (COMMIT, COMMIT), (f"{COMMIT} with changes\n", f"{COMMIT} with changes"),
    ("main", "unknown"), ("", "unknown"), (f"{COMMIT}\n\x1b[2J", "unknown"), ("é" * 40, "unknown"),
])
def test_a_stamp_is_believed_only_where_it_is_one(
    tmp_path: Path, stamp: str, expected: str
) -> None:
    (tmp_path / STAMP).write_bytes(stamp.encode())
    assert commit_of(tmp_path).startswith(expected)


def test_a_checkout_without_a_commit_or_without_git_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stamp_of(Repository(tmp_path / "empty").folder) == ""
    made = Repository(tmp_path / "one")
    made.commit({"a": "b"})
    assert stamp_of(made.folder)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert stamp_of(made.folder) == ""


def test_nothing_is_started_by_an_import() -> None:
    script = ("import sys\n"
              "sys.addaudithook(lambda event, args: event.startswith('subprocess.') "
              "and sys.exit(f'{event} {args}'))\n"
              "import gatekeeper.cli\n"
              "gatekeeper.cli.make_parser()\n"
              "assert 'gatekeeper.adapters.commit' not in sys.modules\n")
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True,
                         check=False)
    assert ran.returncode == 0, ran.stderr
