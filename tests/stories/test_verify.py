"""`gatekeeper pack` and `gatekeeper verify`: a pack fits itself, or is told where it does not."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli import gatekeeper
from tests.support.packed import changed_service, judged, sealed_again
from tests.support.repository import Repository

ARCHIVE = "gatekeeper-evidence.tar.gz"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with the pack of a run that passed."""
    repository = changed_service(tmp_path_factory.mktemp("verify") / "repository")
    done = judged(repository)
    assert done.code == 0, done.out + done.err
    return repository


@pytest.fixture
def pack(made: Repository, tmp_path: Path) -> Path:
    """A copy of that pack, to be meddled with, outside of any repository."""
    return Path(shutil.copytree(made.folder / "evidence", tmp_path / "evidence"))


def edit(name: str, before: str, after: str) -> Callable[[Path], None]:
    """Put one text in another's place, once."""

    def meddle(pack: Path) -> None:
        text = (pack / name).read_text("utf-8")
        assert before in text
        (pack / name).write_text(text.replace(before, after, 1), "utf-8")

    return meddle


def remove(name: str) -> Callable[[Path], None]:
    """Take a file away."""
    return lambda pack: (pack / name).unlink()


def add(name: str, content: str = "x\n") -> Callable[[Path], None]:
    """Put a file where there is none."""

    def meddle(pack: Path) -> None:
        assert not (pack / name).exists()
        (pack / name).write_text(content)

    return meddle


def test_a_pack_as_it_was_written_fits(made: Repository, pack: Path, tmp_path: Path) -> None:
    done = gatekeeper("verify", str(pack), cwd=made.folder)
    assert done.code == 0, done.out + done.err
    assert "every byte fits; the verdict, reached again from the replies, is pass" in done.out
    assert re.search(r"head: commit [0-9a-f]{12} has the tree [0-9a-f]{12} that was judged",
                     done.out)
    assert re.search(r"base: 3 files of policy and sources are those of tree", done.out)
    assert "proves arithmetic, not origin" in done.out
    assert "It is not released evidence" in done.out
    elsewhere = gatekeeper("verify", str(pack), cwd=tmp_path)
    assert elsewhere.code == 0
    assert "no repository here" in elsewhere.out


MEDDLED = {
    "a reply": (edit("eval_results.jsonl", "30 days", "90 days"), "eval_results.jsonl"),
    "a time": (edit("eval_results.jsonl", '"total":', '"total":1'), "eval_results.jsonl"),
    "a threshold": (edit("policy/base/manifest.yaml", "failures == 0", "failures <= 4"),
                    "policy/base/manifest.yaml"),
    "a row": (edit("policy/head/cases.csv", "safety_01", "safety_02"), "policy/head/cases.csv"),
    "a source": (edit("sources/head/refund.md", "30", "90"), "sources/head/refund.md"),
    "the record": (edit("run.json", '"interrupted": false', '"interrupted": true'), "run.json"),
    "the smoke test": (edit("api_smoke_test.json", "true", "false"), "api_smoke_test.json"),
    "a file that is gone": (remove("shutdown_proof.json"), "shutdown_proof.json"),
    "all replies gone": (remove("eval_results.jsonl"), "eval_results.jsonl"),
    "a file more": (add("notes.txt"), "notes.txt"),
    "a source more": (add("sources/head/more.md"), "sources/head/more.md"),
    "the verdict": (edit("verdict.json", '"pass"', '"block"'), "verdict.json"),
    "the verdict gone": (remove("verdict.json"), "verdict.json"),
    "the table": (edit("failure_table.md", "None.", "Few."), "failure_table.md"),
    "the tests' file": (edit("junit.xml", "testsuite", "testsuitf"), "junit.xml"),
    "the judgement": (edit("judgement.jsonl", '"held"', '"moot"'), "judgement.jsonl"),
    "the cases filled in": (edit("eval_cases.csv", "yes", "no"), "eval_cases.csv"),
    "the seal": (edit("manifest.json", '"inputs_digest": "sha256:', '"inputs_digest": "sha256:0'),
                 "manifest.json"),
    "the seal's spelling": (edit("manifest.json", '"inputs"', ' "inputs"'), "manifest.json"),
    "the seal gone": (remove("manifest.json"), "manifest.json"),
    "the statement": (edit("statement.json", "PASSED", "WARNED"), "statement.json"),
    "the statement gone": (remove("statement.json"), "statement.json"),
}


@pytest.mark.parametrize("what", MEDDLED)
def test_what_was_meddled_with_is_found(pack: Path, tmp_path: Path, what: str) -> None:
    meddle, first = MEDDLED[what]
    meddle(pack)
    done = gatekeeper("verify", str(pack), cwd=tmp_path)
    assert done.code == 1, done.out + done.err
    assert done.out.startswith(f"✗ {first}")
    assert f"does not fit, first at {first}" in done.out
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["verdict.json", "failure_table.md", "junit.xml",
                                  "judgement.jsonl", "eval_cases.csv"])
@pytest.mark.parametrize("at", [0, 77, -1])
def test_the_first_byte_that_differs_is_named(pack: Path, tmp_path: Path, name: str, at: int
                                              ) -> None:
    content = bytearray((pack / name).read_bytes())
    offset = at % len(content)
    content[offset] ^= 1
    (pack / name).write_bytes(content)
    # Sealed again by hand, so that only what is concluded again can tell.
    done = gatekeeper("verify", str(pack), cwd=tmp_path)
    line = bytes(content).count(b"\n", 0, offset) + 1
    assert done.code == 1
    assert f"✗ {name} byte {offset} (line {line}): the pack has " in done.out


def test_a_link_in_a_pack_is_followed_nowhere(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("of mine")
    (pack / "sources" / "head" / "link.md").symlink_to(tmp_path / "secret.txt")
    done = gatekeeper("verify", str(pack), cwd=tmp_path)
    assert done.code == 1
    assert done.out.startswith("✗ sources/head/link.md: was added")
    assert "of mine" not in done.out


def forged(pack: Path) -> None:
    """Every failing condition waved through, and all that follows from it made to fit."""
    edit("policy/base/manifest.yaml", "failures == 0, ", "")(pack)
    edit("eval_results.jsonl", "30 days", "90 days")(pack)
    sealed_again(pack)


def test_a_pack_forged_whole_fits_and_never_counts_as_released(
    made: Repository, pack: Path, tmp_path: Path
) -> None:
    forged(pack)
    done = gatekeeper("verify", str(pack), cwd=tmp_path)
    assert done.code == 0
    assert "proves arithmetic, not origin: whoever writes a pack can write all of it" in done.out
    assert "It is not released evidence" in done.out
    # Where the repository is, it knows what base's policy was.
    there = gatekeeper("verify", str(pack), cwd=made.folder)
    assert there.code == 1
    assert there.out.startswith("✗ policy/base/manifest.yaml byte ")
    assert "base's tree" in there.out


def test_a_pack_of_another_tree_than_its_commits_is_found(made: Repository, pack: Path) -> None:
    record = json.loads((pack / "run.json").read_text())
    record["head"]["tree"] = record["base"]["tree"]
    (pack / "run.json").write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")
    sealed_again(pack)
    done = gatekeeper("verify", str(pack), cwd=made.folder)
    assert done.code == 1
    assert re.match(r"✗ run.json: head's commit [0-9a-f]{12} has tree [0-9a-f]{12}, and the pack "
                    r"says [0-9a-f]{12}", done.out)


def test_packing_twice_gives_the_same_bytes_and_the_archive_verifies(
    made: Repository, pack: Path, tmp_path: Path
) -> None:
    first = gatekeeper("pack", "evidence", "-o", str(tmp_path / "a.tar.gz"), cwd=made.folder)
    assert first.code == 0, first.err
    shutil.copytree(made.folder / "evidence", tmp_path / "later" / "copy")
    second = gatekeeper("pack", "copy", "-o", str(tmp_path / "b.tar.gz"), cwd=tmp_path / "later",
                        TZ="Asia/Tokyo", LC_ALL="C")
    assert second.code == 0, second.err
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
    done = gatekeeper("verify", "b.tar.gz", cwd=tmp_path)
    assert done.code == 0, done.out + done.err
    assert "every byte fits" in done.out


def test_a_pack_that_was_changed_is_not_packed(pack: Path, tmp_path: Path) -> None:
    edit("eval_results.jsonl", "30 days", "90 days")(pack)
    done = gatekeeper("pack", str(pack), cwd=tmp_path)
    assert done.code == 2
    assert "is not as it was sealed: eval_results.jsonl" in done.err
    assert not (tmp_path / ARCHIVE).exists()


def test_an_archive_is_not_put_into_the_pack(pack: Path, tmp_path: Path) -> None:
    done = gatekeeper("pack", "evidence", "-o", "evidence/x.tar.gz", cwd=tmp_path)
    assert done.code == 2
    assert "is inside the pack" in done.err


def test_judging_the_same_evidence_twice_gives_the_same_bytes(pack: Path) -> None:
    before = {place: place.read_bytes() for place in pack.rglob("*") if place.is_file()}
    sealed_again(pack)
    assert {place: place.read_bytes() for place in pack.rglob("*") if place.is_file()} == before


def test_inputs_have_the_same_digest_on_any_machine(made: Repository, tmp_path: Path) -> None:
    """A fresh clone, in another folder, in another time zone and locale, on another day's clock."""
    clone = tmp_path / "somewhere" / "else"
    made.git("clone", "--quiet", "--no-local", str(made.folder), str(clone))
    other = Repository(clone)
    done = gatekeeper("run", "--runtime", "process", "--head", "HEAD", "--base",
                      "origin/main", cwd=other.folder, TZ="Pacific/Kiritimati", LC_ALL="C",
                      LANG="C", HOME=str(tmp_path))
    assert done.code == 0, done.out + done.err
    here, there = (json.loads((folder / "evidence" / "manifest.json").read_text())
                   for folder in (made.folder, other.folder))
    assert here["inputs"] == there["inputs"]
    assert here["inputs_digest"] == there["inputs_digest"]
    assert here["pack_digest"] != there["pack_digest"]


def test_inputs_have_another_digest_for_another_policy(made: Repository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    made.git("clone", "--quiet", "--no-local", str(made.folder), str(clone))
    other = Repository(clone)
    other.commit(other.replace("gatekeeper.yaml", "failures == 0", "failures == 0, errors == 0"))
    done = gatekeeper("run", "--runtime", "process", "--head", "HEAD", "--base", "origin/main",
                      cwd=other.folder)
    assert done.code == 0, done.out + done.err
    here, there = (json.loads((folder / "evidence" / "manifest.json").read_text())["inputs"]
                   for folder in (made.folder, other.folder))
    assert {key for key in here if here[key] != there[key]} == {"head_tree", "policy"}


def test_what_is_no_pack_is_said_to_be_none(made: Repository, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.tar.gz").write_text("not one")
    for target, words in (("empty", "is not an evidence pack"),
                          ("text.tar.gz", "no archive of an evidence pack")):
        done = gatekeeper("verify", target, cwd=tmp_path)
        assert done.code == 2
        assert words in done.err
