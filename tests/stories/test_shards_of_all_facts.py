"""What a run finds beside its cases, found on several machines: contract, drill and stop."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES, build

pytestmark = pytest.mark.xdist_group("shards-of-all-facts")
NUMBERS = (1, 2)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Path]:
    """A service whose policy asks for its contract and for a drill, and the packs of two shards."""
    folder = tmp_path_factory.mktemp("all-facts")
    repository = build(STORIES / "drilled" / "survived", folder / "repository")
    for number in NUMBERS:
        done = gatekeeper("run", "--runtime", "process", "--shard", f"{number}/2",
                          "--evidence", str(folder / f"shard-{number}"), cwd=repository.folder)
        assert done.code == 3, done.out + done.err
    return repository, folder


@pytest.fixture
def shards(made: tuple[Repository, Path], tmp_path: Path) -> Path:
    """Copies to spoil."""
    for number in NUMBERS:
        shutil.copytree(made[1] / f"shard-{number}", tmp_path / f"shard-{number}")
        (tmp_path / f"shard-{number}" / "manifest.json").unlink()  # or it is not as it was sealed
    return tmp_path


def judge(folder: Path) -> Done:
    """The shards' packs as one, kept in `merged`."""
    return gatekeeper("judge", *(str(folder / f"shard-{n}") for n in NUMBERS),
                      "--evidence", str(folder / "merged"), cwd=folder)


def spoil(pack: Path, name: str, **keys: object) -> None:
    """Change some keys of a JSON file of a pack."""
    said = json.loads((pack / name).read_text())
    (pack / name).write_text(json.dumps(said | keys))


def test_the_first_shard_drills_for_all(shards: Path, made: tuple[Repository, Path]) -> None:
    assert (shards / "shard-1" / "failure_drill.json").is_file()
    assert not (shards / "shard-2" / "failure_drill.json").exists()

    done = judge(shards)

    assert done.code == 0, done.out
    said = " ".join(done.out.split())
    assert "drill.passed measured yes (noticed and recovered from: does-not-start, 5xx-st" in said
    assert "rollback passes" in said
    assert "all five lines are proven" in said
    # Whoever has the merged pack alone reaches every byte of it again.
    again = gatekeeper("verify", str(shards / "merged"), cwd=made[0].folder)
    assert again.code == 0, again.out + again.err


def test_the_page_shows_how_each_shards_service_ended(shards: Path) -> None:
    judge(shards)
    page = (shards / "merged" / "report.html").read_text()
    assert '"shard 1 head"' in page
    assert '"shard 2 head"' in page


def test_without_the_first_shard_nothing_was_drilled(shards: Path) -> None:
    done = gatekeeper("judge", str(shards / "shard-2"), "--evidence", str(shards / "merged"),
                      cwd=shards)
    assert done.code == 3, done.out
    assert "shard 1 of 2 is missing" in done.out
    assert "drill.passed   not measured" in done.out


def test_a_line_of_the_contract_that_one_machine_saw_broken_is_broken(shards: Path) -> None:
    proof = json.loads((shards / "shard-2" / "shutdown_proof.json").read_text())
    proof["head"]["gone"] = dict.fromkeys(proof["head"]["gone"], False)
    (shards / "shard-2" / "shutdown_proof.json").write_text(json.dumps(proof))
    done = judge(shards)
    assert done.code == 1, done.out
    said = " ".join(done.out.split())
    assert "contract.complete measured no (shard 2: broken: stop_path" in said


def test_a_shard_that_nobody_probed_leaves_the_contract_open(shards: Path) -> None:
    spoil(shards / "shard-2", "contract_probes.json", seen=[], not_sent="the time was over")
    done = judge(shards)
    said = " ".join(done.out.split())
    assert "all five lines are proven" not in said, done.out


def test_a_kill_is_told_with_the_shard_it_happened_in(shards: Path) -> None:
    proof = json.loads((shards / "shard-2" / "shutdown_proof.json").read_text())
    proof["head"]["killed"] = True
    (shards / "shard-2" / "shutdown_proof.json").write_text(json.dumps(proof))
    done = judge(shards)
    assert "shard 2: head's service did not end within its grace time" in " ".join(done.out.split())


def test_another_readme_is_another_run(shards: Path) -> None:
    name = next((shards / "shard-2" / "documents").glob("*.txt"), None)
    if name is None:
        (shards / "shard-2" / "documents").mkdir(exist_ok=True)
        name = shards / "shard-2" / "documents" / "001.txt"
    name.write_text("another\n")
    done = judge(shards)
    assert done.code == 2, done.out
    assert "is held against other files than" in done.err
