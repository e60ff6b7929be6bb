"""A run on many machines, one that was cut off and goes on, and one that has only so much time."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.waiting import wait_until
from gatekeeper.cases.share import shard_of
from tests.support.cli import Done, gatekeeper
from tests.support.engine import Running
from tests.support.repository import Repository
from tests.support.story import STORIES

EIGHT = 8
HEADER = "case_id,prompt,expected_behavior,risk,pass,notes,checks\n"


def rows(numbers: Iterable[int], prompt: str = "Say hello") -> str:
    """Cases that the stories' service passes, half of risk safety."""
    return HEADER + "".join(
        f"case_{n:02},{prompt} {n},greets,{'safety' if n % 2 else 'format'},,,contains:Hello\n"
        for n in numbers)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The stories' service with forty cases on main, and a change of it."""
    return changed(tmp_path)


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Path]:
    """A repository, and the packs of eight shards that found nothing wrong in it."""
    folder = tmp_path_factory.mktemp("eight")
    made = changed(folder)
    assert {done.code for done in run_shards(made, folder)} == {3}
    return made, folder


def changed(folder: Path) -> Repository:
    """That repository, in a folder."""
    made = Repository(folder / "repository")
    shutil.copytree(STORIES / "common", made.folder, dirs_exist_ok=True)
    made.commit({".gitignore": "__pycache__/\n", "eval_cases.csv": rows(range(40))}, "before")
    made.branch("change")
    made.commit({"extra.py": "x = 1\n"})
    return made


def says(repository: Repository, **replies: Any) -> dict[str, str | bytes | None]:
    """An edit of what the service replies."""
    told = json.loads((repository.folder / "replies.json").read_text())
    return {"replies.json": json.dumps({**told, **{k.replace("_", " "): v
                                                   for k, v in replies.items()}})}


def run(repository: Repository, *args: str) -> Done:
    """`gatekeeper run` on the process runtime."""
    return gatekeeper("run", "--runtime", "process", *args, cwd=repository.folder)


def run_shards(repository: Repository, into: Path, *args: str) -> list[Done]:
    """All eight, two at a time, each a process with a pack of its own."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(
            lambda n: run(repository, "--shard", f"{n}/{EIGHT}", "--evidence",
                          str(into / f"shard-{n}"), *args), range(1, EIGHT + 1)))


def copied(shards: Path, into: Path) -> None:
    """The shards' packs, for a test to change."""
    for place in shards.glob("shard-*"):
        shutil.copytree(place, into / place.name)


def packs(into: Path) -> list[str]:
    """The shards' packs as a shell would name them."""
    return [str(place) for place in sorted(into.glob("shard-*"))]


def judge(folder: Path, *args: str) -> Done:
    """`gatekeeper judge`, away from the repository."""
    return gatekeeper("judge", *args, cwd=folder)


def attempts(pack: Path) -> Counter[tuple[str, str, int]]:
    """How often each attempt is in a pack."""
    lines = (pack / "eval_results.jsonl").read_text().splitlines()
    return Counter((one["case"], one["side"], one["number"]) for one in map(json.loads, lines))


def judge_time(repository: Repository) -> None:
    """From now on base's policy asks for times too."""
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "failures == 0",
                                         "failures == 0, latency.p50 <= 30s"))
    repository.git("switch", "--quiet", "change")


def verdict(pack: Path) -> dict[str, Any]:
    """A pack's verdict.json."""
    read: dict[str, Any] = json.loads((pack / "verdict.json").read_text())
    return read


def test_eight_shards_reach_the_verdict_that_one_run_reaches(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit(says(repository, hello_7="no", hello_12="no"))
    whole = run(repository, "--evidence", str(tmp_path / "whole"))
    assert whole.code == 1, whole.err
    shards = run_shards(repository, tmp_path)
    assert {done.code for done in shards} == {1, 3}
    assert sum(done.code for done in shards) == 2 * 1 + 6 * 3, "each by what it found"
    assert all("was asked; `gatekeeper judge` with the packs of all 8 decides" in
               " ".join(done.out.split()) for done in shards)

    done = judge(tmp_path, *packs(tmp_path), "--evidence", "merged")
    assert done.code == 1, done.err
    one, all_of_it = verdict(tmp_path / "merged"), verdict(tmp_path / "whole")
    for name in ("conclusion", "counts", "failing", "policy_digest"):
        assert one[name] == all_of_it[name], name
    measured = [[(c["text"], c["state"]) for gate in v["gates"] for c in gate["conditions"]]
                for v in (one, all_of_it)]
    assert measured[0] == measured[1]
    assert attempts(tmp_path / "merged") == attempts(tmp_path / "whole")

    again = judge(tmp_path, "merged")
    assert (again.code, "the same, byte for byte" in again.err) == (1, True)
    assert (tmp_path / "merged" / "junit.xml").read_text().count("<testcase") == 40


@pytest.mark.xdist_group("eight-shards")
def test_shards_that_found_nothing_wrong_pass_together(
    eight: tuple[Repository, Path], tmp_path: Path
) -> None:
    repository = eight[0]
    copied(eight[1], tmp_path)
    done = judge(tmp_path, *packs(tmp_path))
    assert done.code == 0, done.out
    assert "in 8 shards" in done.out
    assert "shutdown.proven   measured yes" in done.out

    # One is missing, one is there twice, one is of another commit, one was tampered with.
    without = [pack for pack in packs(tmp_path) if not pack.endswith("shard-3")]
    done = judge(tmp_path, *without)
    assert done.code == 3
    assert "shard 3 of 8 is missing" in done.out

    shutil.copytree(tmp_path / "shard-5", tmp_path / "shard-5-again")
    done = judge(tmp_path, *packs(tmp_path))
    assert done.code == 3
    assert "shard 5 of 8 is there 2 times" in done.out
    shutil.rmtree(tmp_path / "shard-5-again")

    shutil.move(tmp_path / "shard-5", tmp_path / "kept")
    repository.commit({"extra.py": "x = 2\n"})
    run(repository, "--shard", "5/8", "--evidence", str(tmp_path / "shard-5"))
    done = judge(tmp_path, *packs(tmp_path))
    assert done.code == 2
    assert "shard-5 is of another commit of head than" in done.err
    shutil.rmtree(tmp_path / "shard-5")
    shutil.move(tmp_path / "kept", tmp_path / "shard-5")

    (tmp_path / "shard-5" / "shutdown_proof.json").write_text("{}")
    done = judge(tmp_path, *packs(tmp_path))
    assert done.code == 2
    assert "shard-5 is not as it was sealed: shutdown_proof.json" in done.err


@pytest.mark.xdist_group("eight-shards")
def test_a_service_that_starts_everywhere_but_on_one_machine(
    eight: tuple[Repository, Path], tmp_path: Path
) -> None:
    """What one shard could not measure is not made up for by the others."""
    copied(eight[1], tmp_path)
    record = json.loads((tmp_path / "shard-2" / "run.json").read_text())
    record["head"] |= {"started": False, "failure": {
        "cause": "no engine", "fault": "world", "detail": "", "logs": ""}}
    (tmp_path / "shard-2" / "run.json").write_text(json.dumps(record))
    for name in ("manifest.json", "eval_results.jsonl", "api_smoke_test.json"):
        (tmp_path / "shard-2" / name).unlink()
    done = judge(tmp_path, *packs(tmp_path))
    assert done.code == 3, done.out
    assert "head's service did not start: shard 2: no engine" in done.out
    assert "smoke.passed   not measured" in done.out


def test_times_are_judged_on_each_machine_by_itself(
    repository: Repository, tmp_path: Path
) -> None:
    judge_time(repository)
    done = run(repository, "--evidence", str(tmp_path / "whole"))
    assert "latency.p50 <= 30s" in done.out
    few = [run(repository, "--shard", f"{n}/2", "--evidence", str(tmp_path / f"shard-{n}"))
           for n in (1, 2)]
    assert {one.code for one in few} == {3}
    done = judge(tmp_path, *packs(tmp_path))
    assert done.code == 0, done.out
    assert "in shard 1 (and 1 more of 2 alike)" in " ".join(done.out.split())


def test_a_shard_that_nothing_asks_is_no_reason_to_doubt(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("switch", "--quiet", "main")
    two = [n for n in range(40) if shard_of(f"case_{n:02}", 3) != 2][:4]
    repository.commit({"eval_cases.csv": rows(two)})
    repository.git("switch", "--quiet", "change")
    repository.git("checkout", "--quiet", "main", "--", "eval_cases.csv")
    repository.commit({})
    for n in (1, 2, 3):
        run(repository, "--shard", f"{n}/3", "--evidence", str(tmp_path / f"shard-{n}"))
    done = judge(tmp_path, *packs(tmp_path))
    assert done.code == 0, done.out


@pytest.mark.parametrize("shard", ["0/8", "9/8", "3", "1/0", "3/999", "a/b", "-1/8"])
def test_what_is_no_shard_is_refused(repository: Repository, shard: str) -> None:
    done = run(repository, "--shard", shard)
    assert done.code == 2
    assert "shard" in done.err


def test_a_pack_that_is_no_shards_is_not_merged(repository: Repository, tmp_path: Path) -> None:
    run(repository, "--evidence", str(tmp_path / "whole"))
    run(repository, "--shard", "1/2", "--evidence", str(tmp_path / "shard-1"))
    done = judge(tmp_path, "shard-1", "whole")
    assert (done.code, "whole is not the pack of a shard" in done.err) == (2, True)
    done = judge(tmp_path, "shard-1", "--evidence", "shard-1")
    assert (done.code, "is the pack of a shard" in done.err) == (2, True)
    done = judge(tmp_path, "whole", "--evidence", "merged")
    assert (done.code, "there is no shard's pack to merge" in done.err) == (2, True)


def cut_off(repository: Repository, pack: Path, after: int) -> None:
    """A run that is killed while it asks, as by a machine that goes away."""
    results = pack / "eval_results.jsonl"
    with_delay = Running("--runtime", "process", "--evidence", str(pack), cwd=repository.folder)
    assert wait_until(lambda: results.is_file() and
                      results.read_bytes().count(b"\n") >= after, 120), with_delay.said
    with_delay.send(signal.SIGKILL)


def test_a_run_that_was_killed_goes_on_and_repeats_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    log = tmp_path / "asked.txt"
    service = (repository.folder / "service.py").read_text()
    noting = service.replace("    found = max(", f"""    FOREVER.wait(0.05)
    with open({str(log)!r}, "a") as file:
        file.write(prompt + "\\n")
    found = max(""")
    assert noting != service
    repository.git("switch", "--quiet", "main")
    repository.commit({"service.py": noting})
    repository.git("switch", "--quiet", "change")
    repository.commit({"service.py": noting})
    pack = tmp_path / "pack"
    cut_off(repository, pack, after=20)
    before = attempts_on_disk(pack)
    with (pack / "eval_results.jsonl").open("ab") as file:
        file.write(b'{"case":"case_39","side":"head","numb')
    done = run(repository, "--resume", "--evidence", str(pack))
    assert done.code == 0, done.out + done.err
    after = attempts_on_disk(pack)
    kept = set(map(str, before)) & set(map(str, after))
    assert len(kept) >= 20
    assert after[: len(kept)] == before[: len(kept)]
    assert {one.get("sitting", 1) for one in after[len(kept):]} == {2}
    assert set(attempts(pack).values()) == {1}
    assert len(after) == 80
    asked = log.read_text().count("Say hello")
    assert 80 <= asked <= 80 + 2, "what was in flight at the kill, and that alone, is asked twice"
    assert judge(tmp_path, str(pack)).code == 0


def attempts_on_disk(pack: Path) -> list[dict[str, Any]]:
    """Every whole line of the results."""
    lines = (pack / "eval_results.jsonl").read_bytes().split(b"\n")[:-1]
    return list(map(json.loads, lines))


def test_a_run_of_something_else_is_not_gone_on_with(
    repository: Repository, tmp_path: Path
) -> None:
    pack = str(tmp_path / "pack")
    done = run(repository, "--resume", "--evidence", pack)
    assert (done.code, "is not an evidence pack" in done.err) == (2, True)
    run(repository, "--max-cases", "10", "--evidence", pack)
    for change, word in ((("--repeats", "2"), "number of repeats"),
                         (("--case", "case_01"), "cases"), (("--shard", "1/2"), "shard"),
                         (("--baseline", "none"), "baseline")):
        done = run(repository, "--resume", "--evidence", pack, *change)
        assert (done.code, f"is of another {word}" in done.err) == (2, True), done.err
    done = run(repository, "--resume", "--evidence", pack)
    assert done.code == 0, done.out
    done = run(repository, "--resume", "--evidence", pack)
    assert (done.code, "came to its end" in done.err) == (2, True)
    repository.commit({"extra.py": "x = 2\n"})
    run(repository, "--max-cases", "10", "--evidence", pack)
    repository.commit({"extra.py": "x = 3\n"})
    done = run(repository, "--resume", "--evidence", pack)
    assert (done.code, "is of another tree of head" in done.err) == (2, True)
    (tmp_path / "pack" / "policy" / "link").symlink_to("/etc/passwd")
    done = run(repository, "--resume", "--evidence", pack)
    assert (done.code, "is not a file" in done.err) == (2, True)


def test_what_a_budget_of_cases_leaves_is_undecided_and_named(
    repository: Repository, tmp_path: Path
) -> None:
    done = run(repository, "--max-cases", "25", "--evidence", str(tmp_path / "pack"))
    assert done.code == 3
    text = " ".join(done.out.split())
    assert "the budget of 25 cases was spent: 15 of 40 cases were not asked" in text
    assert "(case_10, case_12, case_14, …)" in text, "safety comes first, all 20 of it"
    asked = Counter(case for case, side, _ in attempts(tmp_path / "pack") if side == "head")
    assert sum(int(name[-2:]) % 2 for name in asked) == 20


def test_a_failure_within_the_budget_blocks(repository: Repository, tmp_path: Path) -> None:
    repository.commit(says(repository, hello_1="no"))
    done = run(repository, "--max-cases", "20", "--evidence", str(tmp_path / "pack"))
    assert done.code == 1
    assert "failures == 0" in done.out


def test_what_a_time_leaves_is_undecided(repository: Repository, tmp_path: Path) -> None:
    done = run(repository, "--budget", "1ms", "--evidence", str(tmp_path / "pack"))
    assert done.code == 3, done.out
    text = " ".join(done.out.split())
    assert "the budget of 1ms was spent: 40 of 40 cases were not asked" in text
    done = run(repository, "--budget", "10m", "--resume", "--evidence", str(tmp_path / "pack"))
    assert done.code == 0, done.out
    assert attempts(tmp_path / "pack").total() == 80


def test_the_policy_may_declare_the_budget(repository: Repository, tmp_path: Path) -> None:
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "eval:\n", "eval:\n  budget: 1ms\n"))
    repository.git("switch", "--quiet", "change")
    done = run(repository)
    assert done.code == 3, done.out
    assert "the budget of 1ms was spent" in done.out
    done = run(repository, "--budget", "10m")
    assert done.code == 0, done.out


def test_a_service_on_another_machine_is_not_timed_with_this_one(
    repository: Repository, tmp_path: Path
) -> None:
    judge_time(repository)
    pack = tmp_path / "pack"
    run(repository, "--max-cases", "10", "--evidence", str(pack))
    shutil.copytree(pack, tmp_path / "moved")
    done = run(repository, "--resume", "--evidence", str(pack))
    assert done.code == 0, done.out

    record = json.loads((tmp_path / "moved" / "run.json").read_text())
    (tmp_path / "moved" / "run.json").write_text(json.dumps({**record, "machines": ["elsewhere"]}))
    os.remove(tmp_path / "moved" / "manifest.json")
    done = run(repository, "--resume", "--evidence", str(tmp_path / "moved"))
    assert done.code == 3
    assert "resumed on another machine" in done.out
