"""One case again: `gatekeeper replay`, and what `--verbose` tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gatekeeper.adapters.processes import free_port
from tests.stories.test_desk import replies, run, service
from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES, build

REQUEST = re.compile(r"^ *\d+\.\ds  (GET|POST) http://127\.0\.0\.1:\d+(\S+) (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose pack blocks: format_01 says something else than JSON."""
    repository = build(STORIES / "json-key-missing", tmp_path_factory.mktemp("blocked") / "r")
    repository.write(replies(**{"refund SOP": "no\x1b[2J\u202e JSON"}))
    assert run(repository).code == 1
    return repository


def replay(repository: Repository, *args: str) -> Done:
    """`gatekeeper replay` of the repository's pack."""
    return gatekeeper("replay", "evidence", *args, cwd=repository.folder)


def bytes_of(pack: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in pack.rglob("*") if path.is_file()}


def test_a_case_is_shown_with_both_replies_and_every_check(blocked: Repository) -> None:
    done = replay(blocked, "format_01")
    assert done.code == 1
    assert done.out.startswith("format_01  format  failed, new\n\nprompt\n  Return valid JSON")
    assert re.search(r"^base, in the pack +head, in the pack$", done.out, re.MULTILINE)
    assert re.search(r"^passed \(attempt 1.*failed \(attempt 1", done.out, re.MULTILINE)
    assert re.search(r"✗ required-keys:[^ ]+.* expected JSON", done.out)
    assert done.out.endswith("  gatekeeper replay evidence format_01 --url URL\n")
    assert "  gatekeeper run --case format_01\n" in done.out


def test_what_a_model_said_does_nothing_to_the_terminal(blocked: Repository) -> None:
    done = replay(blocked, "format_01")
    assert "no\\x1b[2J\\u202e JSON" in done.out
    assert "\x1b" not in done.out + done.err


def test_a_case_that_passed_is_exit_code_0(blocked: Repository) -> None:
    done = replay(blocked, "safety_01")
    assert (done.code, done.err) == (0, "")


def test_a_service_that_is_up_is_asked_the_same_and_judged_by_the_packs_policy(
    blocked: Repository,
) -> None:
    before = bytes_of(blocked.folder / "evidence")
    mended = build(STORIES / "json-key-missing", blocked.folder.parent / "mended")
    good = '{"title": "t", "steps": [], "sources": []}'
    mended.write(replies(**{"refund SOP": good}))
    with service(mended.folder) as url:
        done = replay(blocked, "format_01", "--url", url)
    assert done.code == 0, done.out
    assert re.search(r"^head, in the pack +asked again at http://127", done.out, re.MULTILINE)
    assert good in done.out
    assert done.out.endswith("in the pack: failed; asked again: passed\n\n")
    assert bytes_of(blocked.folder / "evidence") == before


def test_a_service_that_answers_as_badly_is_exit_code_1(blocked: Repository) -> None:
    with service(blocked.folder) as url:
        done = replay(blocked, "format_01", "--url", url)
    assert done.code == 1
    assert "in the pack: failed; asked again: failed" in done.out


def test_a_service_that_is_not_there_is_undecided(blocked: Repository) -> None:
    done = replay(blocked, "format_01", "--url", f"http://127.0.0.1:{free_port()}")
    assert done.code == 3
    assert "cannot be asked: not ready within 10 s" in done.err


def test_a_case_that_is_not_there_is_told_with_the_nearest(blocked: Repository) -> None:
    done = replay(blocked, "fromat_01")
    assert done.code == 2
    assert "fromat_01: there is no such case in this pack\nhelp: did you mean `format_01`?" \
        in done.err


def test_a_case_of_a_pack_that_was_changed_is_not_passed(
    blocked: Repository, tmp_path: Path
) -> None:
    pack = tmp_path / "evidence"
    for name, content in bytes_of(blocked.folder / "evidence").items():
        place = pack / Path(name).relative_to(blocked.folder / "evidence")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (pack / "report.html").write_text("")
    done = gatekeeper("replay", str(pack), "safety_01", cwd=tmp_path)
    assert done.code == 3
    assert "not as it was sealed: report.html; do not trust it" in done.err


def test_a_damaged_attempt_is_told(blocked: Repository, tmp_path: Path) -> None:
    repository = build(STORIES / "json-key-missing", tmp_path / "r")
    run(repository)
    place = repository.folder / "evidence" / "eval_results.jsonl"
    damaged = [json.dumps({**json.loads(line), "reply": 5}) for line in
               place.read_text().splitlines()]
    place.write_text("\n".join(damaged) + "\n")
    done = replay(repository, "format_01")
    assert done.code == 2
    assert "Traceback" not in done.err


def test_verbose_tells_every_request_and_nothing_of_what_is_in_it(tmp_path: Path) -> None:
    repository = build(STORIES / "json-key-missing", tmp_path / "r")
    done = run(repository, "--verbose")
    told = REQUEST.findall(done.err)
    asked = [words for method, path, words in told
             if (method, path) == ("POST", "/v1/chat/completions")]
    results = (repository.folder / "evidence" / "eval_results.jsonl").read_text().splitlines()
    answered = [words for words in asked if words.startswith("200, ")]
    assert len(answered) >= len(results)  # smoke, warm-up and probes beside them
    assert all(re.fullmatch(r"200, \d+\.\d ms, \d+ bytes", words) for words in answered)
    assert ("GET", "/health") in {(method, path) for method, path, _ in told}
    assert "refund" not in done.err


def test_without_verbose_no_request_is_told(blocked: Repository) -> None:
    assert not REQUEST.findall(run(blocked, "--evidence", "again").err)


def test_the_page_is_in_the_pack_and_sealed_with_it(blocked: Repository) -> None:
    pack = blocked.folder / "evidence"
    page = (pack / "report.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "<title>gatekeeper: Blocked</title>" in page
    assert "report.html" in json.loads((pack / "manifest.json").read_text())["files"]
