"""Stories about time, in `timed/`: told as the others are, but the times are the story's own.

The run is a real one. Then `times.json` replaces what the clock said, so that no machine's mood is
in what a person must see, and the pack is judged again: side → case → milliseconds to the first
text and to the last byte, `else` for all others, and `overhead`, the client's own part.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.evidence.files import RESULTS, RUN, WARMUP
from gatekeeper.evidence.pack import Pack
from gatekeeper.report.write import write_reports
from tests.support.cli import gatekeeper, seen
from tests.support.story import STORIES, build

ALL = sorted(place.parent for place in STORIES.glob("timed/*/about.txt"))


def retime(folder: Path, times: dict[str, Any]) -> None:
    """Give every attempt of a pack the story's times, and judge and seal it anew."""
    lines = []
    for line in (folder / RESULTS).read_text().splitlines():
        attempt = json.loads(line)
        first, total = times[attempt["side"]].get(attempt["case"], times["else"])
        attempt["timing"] |= {"first_byte": 1.0, "first_token": first, "last_token": total - 1,
                              "total": total}
        lines.append(json.dumps(attempt))
    (folder / RESULTS).write_text("".join(f"{line}\n" for line in lines))
    record = json.loads((folder / RUN).read_text())
    (folder / RUN).write_text(json.dumps({**record, "overhead": times["overhead"]}))
    pack = Pack.open(folder)
    write_reports(pack)


@pytest.mark.parametrize("story", ALL, ids=lambda story: story.name)
def test_timed_story(story: Path, tmp_path: Path, update_golden: bool) -> None:
    repository = build(story, tmp_path / "repository")
    gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    retime(repository.folder / "evidence", json.loads((story / "times.json").read_text()))
    done = gatekeeper("judge", "evidence", cwd=repository.folder)
    shown = f"exit code {done.code}\n\n{seen(done)}"
    expected = story / "expected.txt"
    if update_golden:
        expected.write_text(shown, "utf-8")
    assert shown == expected.read_text("utf-8"), (story / "about.txt").read_text()


def test_a_streamed_run_leaves_its_stamps_and_its_warm_ups(tmp_path: Path) -> None:
    repository = build(STORIES / "stream-sound", tmp_path / "repository")
    assert gatekeeper("run", "--runtime", "process", cwd=repository.folder).code == 0
    folder = repository.folder / "evidence"
    attempts = [json.loads(line) for line in (folder / RESULTS).read_text().splitlines()]
    assert len(attempts) == 10
    for attempt in attempts:
        timing = attempt["timing"]
        assert 0 < timing["first_byte"] <= timing["first_token"] <= timing["last_token"]
        assert timing["last_token"] <= timing["total"]
        assert timing["pieces"] >= 2
        assert attempt["request"]["stream"] is True
        assert "data:" not in attempt["reply"]["body"]
    warm = [json.loads(line) for line in (folder / WARMUP).read_text().splitlines()]
    assert [one["case"] for one in warm] == ["warm-up"] * 4  # two connections a side
    record = json.loads((folder / RUN).read_text())
    assert record["overhead"]["samples"] == 16


def test_where_no_time_is_judged_nothing_is_warmed_up(tmp_path: Path) -> None:
    repository = build(STORIES / "stream-sound", tmp_path / "repository")
    gatekeeper("run", "--runtime", "process", "--case", "format_01", cwd=repository.folder)
    folder = repository.folder / "evidence"
    assert not (folder / WARMUP).exists()
    assert json.loads((folder / RUN).read_text())["overhead"] is None


def test_a_baseline_of_an_earlier_run_is_no_clock_to_hold_head_against(tmp_path: Path) -> None:
    repository = build(STORIES / "timed" / "ratio-undecided", tmp_path / "repository")
    gatekeeper("run", "--runtime", "process", "--evidence", "earlier", cwd=repository.folder)
    done = gatekeeper("run", "--runtime", "process", "--baseline", "earlier",
                      cwd=repository.folder)
    assert done.code == 3
    assert "base's times are those of an earlier run" in " ".join(done.out.split())


def test_a_pack_of_before_streaming_is_judged_as_it_was(tmp_path: Path) -> None:
    """Its attempts have no stamps but three, its record no overhead."""
    repository = build(STORIES / "json-key-missing", tmp_path / "repository")
    gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    folder = repository.folder / "evidence"
    before = json.loads((folder / "verdict.json").read_text())
    lines = []
    for line in (folder / RESULTS).read_text().splitlines():
        attempt = json.loads(line)
        attempt["timing"] = {name: attempt["timing"][name]
                             for name in ("started", "first_byte", "total")}
        lines.append(json.dumps(attempt))
    (folder / RESULTS).write_text("".join(f"{line}\n" for line in lines))
    record = json.loads((folder / RUN).read_text())
    del record["overhead"]
    (folder / RUN).write_text(json.dumps(record))
    (folder / WARMUP).unlink()
    after = json.loads(gatekeeper("judge", "--json", "evidence", cwd=repository.folder).out)
    assert after == before


@pytest.mark.parametrize("timing", [
    {"total": "soon"}, {"total": None}, {"total": float("nan")}, {"total": -1}, {"total": True},
    {"first_token": "soon"}, {"first_token": float("inf")}, {"pieces": []}, {"what": 1},
])
def test_a_stamp_that_is_no_time_is_damage_and_never_passes(
    tmp_path: Path, timing: dict[str, Any]
) -> None:
    repository = build(STORIES / "stream-sound", tmp_path / "repository")
    gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    place = repository.folder / "evidence" / RESULTS
    first, *rest = place.read_text().splitlines()
    attempt = json.loads(first)
    attempt["timing"] |= timing
    place.write_text("\n".join([json.dumps(attempt), *rest]) + "\n")
    done = gatekeeper("judge", "evidence", cwd=repository.folder)
    assert done.code == 2
    assert "is damaged" in done.err
    assert "Traceback" not in done.err
