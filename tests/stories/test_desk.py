"""At a desk: plan, check, --url, --baseline DIR, --json, merges with base, and git as it comes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatekeeper.adapters.processes import free_port, port_is_closed
from gatekeeper.adapters.waiting import wait_until
from tests.support.cli import gatekeeper, seen
from tests.support.repository import Repository

COMMON = Path(__file__).parent / "common"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The stories' service on main, and a branch to change it on."""
    made = Repository(tmp_path / "repository")
    shutil.copytree(COMMON, made.folder, dirs_exist_ok=True)
    made.commit({".gitignore": "__pycache__/\n"}, "before")
    made.branch("change")
    return made


def run(repository: Repository, *args: str, **environment: str):  # type: ignore[no-untyped-def]
    """`gatekeeper run` on the process runtime."""
    return gatekeeper("run", "--runtime", "process", *args, cwd=repository.folder, **environment)


def replies(**changed: str) -> dict[str, str | bytes | None]:
    """replies.json with some keys changed."""
    found = json.loads((COMMON / "replies.json").read_text())
    return {"replies.json": json.dumps({**found, **changed})}


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """The stories' service, up; its URL."""
    port = free_port()
    with subprocess.Popen([sys.executable, "service.py", str(port)], cwd=folder,
                          stdout=subprocess.DEVNULL) as process:
        try:
            assert wait_until(lambda: not port_is_closed(port), 20)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def test_a_service_that_is_up_is_judged_and_left_alone(repository: Repository) -> None:
    repository.commit({"extra.py": "x = 1\n"})
    with service(repository.folder) as url:
        done = gatekeeper("run", "--url", url, "--baseline", "run", "--runtime", "process",
                          cwd=repository.folder)
        assert "regressions == 0   measured 0 (0 of 5 cases that base passes)" in done.out
        assert "shutdown.proven   not measured" in done.out
        assert done.code == 3
        again = gatekeeper("run", "--url", url, cwd=repository.folder)
        assert again.code == 3
        assert "no baseline was asked for" in again.out


def test_a_service_that_is_not_there_is_undecided(repository: Repository) -> None:
    repository.commit(repository.replace("gatekeeper.yaml", "timeout: 20s", "timeout: 1s"))
    done = gatekeeper("run", "--url", f"http://127.0.0.1:{free_port()}", "--base", "change",
                      cwd=repository.folder)
    assert done.code == 3, done.out
    assert "not ready within 1 s: GET /health refused" in done.out


def test_json_prints_the_verdict_and_nothing_else(repository: Repository) -> None:
    repository.write(replies(**{"refund SOP": "no"}))
    done = run(repository, "--json")
    assert done.code == 1
    assert done.out == (repository.folder / "evidence" / "verdict.json").read_text()
    assert json.loads(done.out)["failing"] == ["format_01"]


def test_a_baseline_out_of_an_earlier_pack(repository: Repository, tmp_path: Path) -> None:
    first = run(repository, "--force", "--evidence", str(tmp_path / "first"))
    assert first.code == 0, first.out
    repository.write(replies(**{"runtime change": "Refunds within 14 days."}))
    done = run(repository, "--baseline", str(tmp_path / "first"))
    assert done.code == 1, done.err
    assert "base: starting" not in done.err
    assert "numbers: 14; base: 30" in done.out


def test_an_earlier_pack_lacks_the_cases_that_the_change_adds(
    repository: Repository, tmp_path: Path
) -> None:
    first = run(repository, "--force", "--evidence", str(tmp_path / "first"))
    assert first.code == 0, first.out
    cases = (COMMON / "eval_cases.csv").read_text()
    repository.write({"eval_cases.csv": cases.replace("refund SOP draft", "refund SOP")
                      + "format_02,Return JSON too,JSON,format,,\n"})
    done = run(repository, "--baseline", str(tmp_path / "first"))
    assert done.code == 1, done.err
    assert "base does not have this case" in done.out
    assert "regressions == 0   measured 0 (0 of 5 cases that base passes)" in done.out
    assert "failures == 0   measured 1 (1 of 7 cases)" in done.out


def test_a_baseline_of_another_policy_is_refused(repository: Repository, tmp_path: Path) -> None:
    run(repository, "--force", "--evidence", str(tmp_path / "first"))
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "failures == 0", "failures <= 1"))
    repository.git("switch", "--quiet", "change")
    repository.write({"extra.py": "x = 1\n"})
    done = run(repository, "--baseline", str(tmp_path / "first"))
    assert done.code == 2
    assert "was judged under another policy than base's" in done.err


def test_a_baseline_of_another_tree_is_refused(repository: Repository, tmp_path: Path) -> None:
    repository.write({"extra.py": "x = 1\n"})
    run(repository, "--baseline", "none", "--evidence", str(tmp_path / "first"))
    done = run(repository, "--baseline", str(tmp_path / "first"))
    assert done.code == 2
    assert "did not measure base's tree" in done.err


def test_the_same_pack_gives_the_same_bytes_of_everything(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write(replies(**{"refund SOP": "no"}))
    run(repository)
    pack = repository.folder / "evidence"
    before = {path.name: path.read_bytes() for path in pack.iterdir() if path.is_file()}
    done = gatekeeper("judge", str(pack), cwd=tmp_path, TZ="Asia/Tokyo", LANG="C")
    assert "the same, byte for byte" in done.err
    assert before == {path.name: path.read_bytes() for path in pack.iterdir() if path.is_file()}


def test_a_changed_reply_is_noticed(repository: Repository, tmp_path: Path) -> None:
    repository.write(replies(**{"refund SOP": "no"}))
    run(repository)
    results = repository.folder / "evidence" / "eval_results.jsonl"
    forged = results.read_text().replace('\\"content\\": \\"no\\"',
                                         '\\"content\\": \\"{\\\\\\"a\\\\\\": 1}\\"')
    assert forged != results.read_text()
    results.write_text(forged)
    done = gatekeeper("judge", str(repository.folder / "evidence"), cwd=tmp_path)
    assert "not as it was sealed: eval_results.jsonl; do not trust it" in done.err
    assert done.code != 0


def test_the_cases_come_back_filled_in_and_otherwise_as_they_were(repository: Repository) -> None:
    repository.write(replies(**{"refund SOP": '=HYPERLINK("x")'}))
    run(repository)
    lines = (repository.folder / "evidence" / "eval_cases.csv").read_text().splitlines()
    original = (COMMON / "eval_cases.csv").read_text().splitlines()
    assert lines[0] == original[0]
    assert lines[1].startswith(original[1].removesuffix(",,") + ",no,")
    assert lines[2:] == [line.removesuffix(",,") + ",yes," for line in original[2:]]


def test_a_stale_branch_is_judged_as_it_would_be_merged(repository: Repository) -> None:
    repository.commit({"extra.py": "x = 1\n"})
    repository.git("switch", "--quiet", "main")
    more = (COMMON / "eval_cases.csv").read_text() + "format_02,Return JSON too,JSON,format,,\n"
    repository.commit({"eval_cases.csv": more, **replies(**{"Return JSON too": '{"a": 1}'})})
    repository.git("switch", "--quiet", "change")
    done = run(repository)
    assert done.code == 0, done.out
    assert "HEAD merged with main" in done.out
    assert "removed" not in done.out
    assert "format       2" in done.out


def test_a_file_that_is_tracked_although_it_is_ignored_is_part_of_the_tree(
    repository: Repository,
) -> None:
    repository.commit({".gitignore": "__pycache__/\n*.bin\n"})
    repository.write({"model.bin": "weights"})
    repository.git("add", "--force", "model.bin")
    assert "model.bin added" in gatekeeper("plan", cwd=repository.folder).out


def test_plan_shows_what_changed_and_starts_nothing(repository: Repository) -> None:
    repository.write({"config.yaml": "decoding: {temperature: 0.7, top_k: 1}\n"})
    done = gatekeeper("plan", cwd=repository.folder)
    assert done.code == 0
    assert 'decoding: {"temperature": 0, "top_k": 1} → {"temperature": 0.7, "top_k": 1}' in done.out
    assert "will run (changed: decoding)\n  services: base and head\n" in done.out
    assert not (repository.folder / "evidence").exists()


def test_the_effective_manifest_can_be_used_as_one(repository: Repository) -> None:
    effective = gatekeeper("plan", "--effective", cwd=repository.folder)
    repository.write({"gatekeeper.yaml": effective.out})
    done = gatekeeper("check", cwd=repository.folder)
    assert done.code == 0, done.err
    assert "contract stop_path: declared" in done.out


def test_check_says_what_every_row_is_held_to(repository: Repository) -> None:
    done = gatekeeper("check", cwd=repository.folder)
    assert done.code == 0
    assert "  safety_01: is-refusal || asks-for-evidence, no-private-text (by risk safety)\n" \
        in done.out


def test_a_manifest_in_a_subfolder(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "monorepo")
    shutil.copytree(COMMON, repository.folder / "services" / "assistant")
    repository.commit({".gitignore": "__pycache__/\n", "elsewhere/x.py": "1\n"})
    repository.branch("change")
    repository.write({"elsewhere/x.py": "2\n"})
    where = ["--manifest", "services/assistant/gatekeeper.yaml"]
    done = run(repository, *where)
    assert "nothing that counts changed" in done.out
    repository.write({"services/assistant/extra.py": "1\n"})
    done = run(repository, *where)
    assert (done.code, "code: services/assistant/extra.py added" in done.out) == (0, True)
    inside = gatekeeper("run", "--runtime", "process", cwd=repository.folder / "services" /
                        "assistant")
    assert inside.code == 0, inside.err


@pytest.mark.parametrize("name", ["mit Leerzeichen", "日本語", "a'b\"c", "-dash"])
def test_names_as_people_give_them(tmp_path: Path, name: str) -> None:
    repository = Repository(tmp_path / name)
    shutil.copytree(COMMON, repository.folder, dirs_exist_ok=True)
    repository.commit({".gitignore": "__pycache__/\n"})
    repository.branch("change")
    repository.write({f"{name}/{name}.py": "x = 1\n"})
    done = run(repository)
    assert done.code == 0, done.err
    assert "What changed\n  code: " in done.out


def test_not_a_git_repository(tmp_path: Path) -> None:
    done = gatekeeper("run", cwd=tmp_path)
    assert done.code == 2
    assert seen(done).startswith(f"gatekeeper: {tmp_path} is not in a git repository\nhelp: ")


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "new")
    done = run(repository)
    assert done.code == 2
    assert "there is no default branch to take as base" in done.err


def test_a_folder_that_is_no_pack_is_not_overwritten(repository: Repository) -> None:
    (repository.folder / "evidence").mkdir()
    (repository.folder / "evidence" / "thesis.txt").write_text("years of work")
    done = run(repository, "--force")
    assert done.code == 2
    assert "is not empty and not an evidence pack" in done.err
    assert (repository.folder / "evidence" / "thesis.txt").read_text() == "years of work"


def test_a_pack_is_not_part_of_the_tree_that_is_judged_next(repository: Repository) -> None:
    run(repository, "--force")
    done = run(repository)
    assert "nothing that counts changed" in done.out


@pytest.mark.parametrize("args", [["--repeats", "0"], ["--frobnicate"], ["--runtime", "podman"],
                                  ["--build-arg", "X"], ["--url", "localhost"]])
def test_wrong_arguments_are_exit_code_2(repository: Repository, args: list[str]) -> None:
    done = gatekeeper("run", *args, cwd=repository.folder)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "help: " in done.err


def test_fewer_repeats_than_the_policy_asks_for_is_undecided(repository: Repository) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  sources: policies/",
                                         "  sources: policies/\n  repeats: 2"))
    repository.git("switch", "--quiet", "change")
    repository.git("reset", "--quiet", "--hard", "main")
    repository.write({"extra.py": "x = 1\n"})
    done = run(repository, "--repeats", "1")
    assert done.code == 3
    assert "each case was asked 1 of 2 times that the policy asks for" in done.out


@pytest.mark.parametrize(("manifest", "code"), [("gatekeeper.yaml", 0), ("must-block.yaml", 1)])
def test_the_example_passes_and_its_other_manifest_blocks(
    tmp_path: Path, manifest: str, code: int
) -> None:
    """As .github/workflows/example.yml runs both."""
    repository = Repository(tmp_path / "example")
    shutil.copytree(Path(__file__).parents[2] / "examples" / "policy-assistant", repository.folder,
                    dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    repository.commit({}, "before")
    done = gatekeeper("run", "--runtime", "process", "--manifest", manifest, "--force",
                      "--baseline", "run" if code == 0 else "none", cwd=repository.folder)
    assert done.code == code, done.out + done.err
    assert ("contains 'refunds are paid in gold'" in done.out) is (code == 1)
