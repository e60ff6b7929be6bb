"""What is asked again, what is not, and that the verdict is the same from the pack."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.support.cli import gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES, build


def measured(story: str, folder: Path, before: str = "", after: str = "") -> Repository:
    """A story's repository after its run; a text of its manifest replaced on both sides."""
    repository = build(STORIES / story, folder / "repository")
    if before:
        place = repository.folder / "gatekeeper.yaml"
        text = place.read_text("utf-8")
        assert before in text
        repository.git("stash", "--include-untracked", "--quiet")
        repository.git("switch", "--quiet", "main")
        repository.commit({"gatekeeper.yaml": text.replace(before, after)})
        repository.git("switch", "--quiet", "change")
        repository.git("merge", "--quiet", "main")
        repository.git("stash", "pop", "--quiet")
    gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    return repository


def asked(repository: Repository) -> Counter[tuple[str, str]]:
    """Case and side -> attempts in the pack."""
    lines = (repository.folder / "evidence/eval_results.jsonl").read_text().splitlines()
    return Counter((line["case"], line["side"]) for line in map(json.loads, lines))


def test_under_a_majority_of_three_two_that_agree_are_enough(tmp_path: Path) -> None:
    repository = measured("repeats-majority", tmp_path)
    found = asked(repository)
    assert found == {
        ("format_01", "base"): 2, ("format_01", "head"): 3,
        ("citation_01", "base"): 2, ("citation_01", "head"): 2,
        ("safety_01", "base"): 2, ("safety_01", "head"): 2,
        ("latency_01", "base"): 2, ("latency_01", "head"): 2,
        ("regression_01", "base"): 3,  # head's reply may be like any of base's
        ("regression_01", "head"): 2,
    }
    record = json.loads((repository.folder / "evidence/run.json").read_text())
    assert record["stopping"] == \
        "a case was asked again only while that could still change its result"


def test_a_percentile_still_gets_the_samples_of_head(tmp_path: Path) -> None:
    repository = measured("repeats-majority", tmp_path, "repeats: 3\n  reducer: majority",
                          "repeats: 12\n  reducer: majority")
    assert asked(repository)["safety_01", "head"] == 7
    repository = measured("repeats-majority", tmp_path / "p95", "failures == 0,",
                          "latency.p50 <= 20s,")
    found = asked(repository)
    assert {found[case, "head"] for case, _ in found} == {3}
    assert found["safety_01", "base"] == 2


def test_the_verdict_is_the_same_from_the_pack_and_from_one_of_before(tmp_path: Path) -> None:
    """A record that says nothing of risks and stopping is one that gatekeeper wrote earlier."""
    repository = measured("repeats-by-risk", tmp_path)
    verdict = (repository.folder / "evidence/verdict.json").read_text()
    done = gatekeeper("judge", "--json", "evidence", cwd=repository.folder)
    assert (done.out, done.code) == (verdict, 1)
    place = repository.folder / "evidence/run.json"
    record = json.loads(place.read_text())
    assert record["risk_repeats"] == {"safety": 4, "format": 3}
    place.write_text(json.dumps({name: value for name, value in record.items()
                                 if name not in ("stopping",)}))
    done = gatekeeper("judge", "--json", "evidence", cwd=repository.folder)
    assert done.out == verdict
    assert "not as it was sealed" in done.err


def test_more_repeats_than_the_policy_asks_for_are_no_way_round_at_least(tmp_path: Path) -> None:
    repository = build(STORIES / "repeats-by-risk", tmp_path / "repository")
    done = gatekeeper("run", "--runtime", "process", "--repeats", "6", cwd=repository.folder)
    assert "each case was asked 6 times, and of more attempts at-least-k asks less" in done.out
