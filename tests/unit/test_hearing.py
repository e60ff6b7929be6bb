"""Others are asked about stored replies: what comes of it is kept, whatever they do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.http import HttpConnection
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.evidence.files import TESTIMONY
from gatekeeper.evidence.pack import Pack
from gatekeeper.formats.canonical import to_line
from gatekeeper.judging.case_judging import Bench
from gatekeeper.manifest.witnesses import OwnChecks
from gatekeeper.model import Answer, Attempt, Reply, Side, Timing
from gatekeeper.policy.declared import read_declared
from gatekeeper.policy.resolve import Origin, Policy, resolve
from gatekeeper.ports import Ran
from gatekeeper.redaction import Redactor
from gatekeeper.witnesses.endpoint import IN_A_ROW, in_parallel
from gatekeeper.witnesses.heard import heard_in
from gatekeeper.witnesses.hearing import Hearing, Reach
from gatekeeper.witnesses.testimony import Witnesses
from tests.support.openai import Endpoint, Refused, endpoint

KEY = "sk-secret-of-the-judge"
MANIFEST = """version: 1
service: {{build: .}}
contract: {{preset: openai-chat}}
judge: {{url: "{url}", model: judge-1, timeout: {timeout}, max_calls: {calls}, {more}
  auth: {{secret: JUDGE_KEY}}}}
embeddings: {{url: "{url}", model: judge-1, timeout: {timeout}, max_calls: {calls}}}
gates: {{share: [failures == 0]}}
"""
HEADER = "case_id,prompt,expected_behavior,risk,pass,notes,checks\n"
OWN = b"def polite(reply):\n    return {}\n"


@dataclass
class Silent:
    """A progress that remembers."""

    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def tick(self, text: str) -> None:
        pass


def nobody(own: OwnChecks, given: bytes) -> Ran:
    """No engine."""
    raise CouldNotMeasure("no Docker engine: /nowhere does not exist")


class Room:
    """A pack with one reply a side to each row, and a policy that asks others about them."""

    def __init__(self, folder: Path, url: str, *checks: str, calls: int = 99, timeout: str = "5s",
                 more: str = "") -> None:
        rows = "".join(f'c{n},Say,names a period,safety,,,"{check}"\n'
                       for n, check in enumerate(checks))
        files = {"gatekeeper.yaml": MANIFEST.format(url=url, timeout=timeout, calls=calls,
                                                    more=more).encode(),
                 "eval_cases.csv": (HEADER + rows).encode(), "tone.py": OWN}
        declared = read_declared("gatekeeper.yaml", files.get)
        self.policy: Policy = resolve(declared, declared)
        self.pack = Pack.create(folder)
        self.progress = Silent()
        self.reach = Reach(
            connect=lambda url, headers: HttpConnection(url, dict(headers)),
            secret={"JUDGE_KEY": KEY}.get, redactor=lambda secret: Redactor((secret,)),  # type: ignore[arg-type]
            run_own=nobody)
        body = json.dumps({"choices": [{"message": {"content": "30 days"}}]})
        with self.pack.appending() as writer:
            for case in self.policy.cases:
                for side in Side:
                    writer.append(Attempt(case.case_id, side, 1, {}, Reply(200, body),
                                          Timing(0, 1, 1)))

    @property
    def bench(self) -> Bench:
        """What judging would have at this moment."""
        manifest = self.policy.manifest
        return Bench(self.policy.contracts, 1, witnesses=Witnesses(
            manifest.judge, manifest.embeddings, manifest.own_checks, self.policy.own_files,
            heard_in(self.pack)))

    def hear(self) -> list[dict[str, Any]]:
        """Ask, once more; every line of the record."""
        if not hasattr(self, "hearing"):
            self.hearing = Hearing(self.pack, self.policy, self.reach, Redactor(), self.progress)
        self.hearing.hear(self.policy.cases, lambda: self.bench)
        lines = self.pack.read(TESTIMONY).splitlines()
        return [json.loads(line) for line in lines]


Make = Callable[..., Room]


@pytest.fixture
def room(tmp_path: Path) -> Make:
    """Makes the room."""
    return lambda *args, **more: Room(tmp_path / "evidence", *args, **more)


def test_each_reply_is_judged_by_every_vote_once(room: Make) -> None:
    with endpoint({"says": {"": ["PASS", "FAIL"]}, "key": KEY}) as judge:
        here = room(judge.url, "llm-rubric")
        lines = here.hear()
        assert here.hear() == lines, "nothing is asked again"
    assert not judge.refused
    assert len(judge.requests) == 6
    assert judge.replies == ["30 days"] * 6
    assert [(line["side"], line["by"], len(line["said"]), line["failed"]) for line in
            sorted(lines, key=lambda line: str(line["side"]))] == \
        [("base", "judge-1", 3, []), ("head", "judge-1", 3, [])]
    assert lines[0]["check"] == "llm-rubric:names a period"
    assert here.progress.said == ["asking judge-1 about 2 replies"]


def test_what_the_policy_adds_to_a_request_is_sent(room: Make) -> None:
    with endpoint({"says": {"": "PASS"}}) as judge:
        room(judge.url, "llm-rubric", more="request: {temperature: 0, seed: 7}, votes: 1,").hear()
    (path, request), _ = judge.requests
    assert path == "/v1/chat/completions"
    assert {name: request[name] for name in ("temperature", "seed", "model")} == \
        {"temperature": 0, "seed": 7, "model": "judge-1"}


FAULTS = {
    "http-500": "judge-1: HTTP 500: 'the server is overloaded'",
    "unauthorized": "judge-1: HTTP 401: 'no such key'",
    "drop": "judge-1: the connection was dropped",
    "html": "judge-1: HTTP 200 with not JSON",
    "no-choices": "judge-1: HTTP 200 without text",
    "null-content": "judge-1: HTTP 200 without text",
    "latin1": "judge-1: the reply is not UTF-8",
    "hang": "judge-1: no whole reply in time",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_endpoint_that_fails_has_said_nothing(room: Make, fault: str) -> None:
    with endpoint({"says": {"": {"fault": fault}}}) as judge:
        lines = room(judge.url, "llm-rubric", timeout="300ms", more="votes: 2,").hear()
    assert [line["said"] for line in lines] == [[], []]
    for line in lines:
        assert len(line["failed"]) == 2
        assert all(why.startswith(FAULTS[fault]) for why in line["failed"]), line


@pytest.mark.parametrize("fault", FAULTS)
def test_embeddings_that_fail_have_said_nothing(room: Make, fault: str) -> None:
    with endpoint({"vectors": {"": {"fault": fault}}}) as judge:
        lines = room(judge.url, "similar(0.8):a month", timeout="300ms").hear()
    assert [line["said"] for line in lines] == [[], []]
    assert all(len(line["failed"]) == 1 for line in lines)


@pytest.mark.parametrize("vector", [[], [0, 0], ["1", 2], [1], [None, 1], {"a": 1}, "12", None])
def test_embeddings_that_are_none_have_said_nothing(room: Make, vector: object) -> None:
    with endpoint({"vectors": {"a month": [1, 0], "": vector}}) as judge:
        lines = room(judge.url, "similar(0.8):a month").hear()
    assert [line["said"] for line in lines] == [[], []]
    assert all("embedding" in line["failed"][0] or "HTTP" in line["failed"][0] for line in lines)


def test_embeddings_are_compared_and_only_the_likeness_is_kept(room: Make) -> None:
    with endpoint({"vectors": {"a month": [3, 0], "30 days": [3, 4]}}) as judge:
        lines = room(judge.url, "similar(0.8):a month").hear()
    assert [line["said"] for line in lines] == [["0.600000"], ["0.600000"]]
    assert not judge.refused


def test_an_endpoint_that_stays_silent_is_given_up(room: Make) -> None:
    with endpoint({"says": {"": {"fault": "http-500"}}}) as judge:
        here = room(judge.url, *["llm-rubric"] * 8, more="concurrency: 1,")
        lines = here.hear()
    assert len(judge.requests) == IN_A_ROW
    assert len(lines) == 16
    assert any(f"judge-1: not asked: {IN_A_ROW} calls in a row had no answer" in line["failed"]
               for line in lines)


def test_calls_are_bounded_by_the_budget(room: Make) -> None:
    with endpoint({"says": {"": "PASS"}}) as judge:
        lines = room(judge.url, *["llm-rubric"] * 5, calls=7).hear()
    assert len(judge.requests) == 6
    assert sorted(len(line["said"]) for line in lines) == [0] * 8 + [3, 3]
    spent = {why for line in lines for why in line["failed"]}
    assert spent == {"judge-1 was not asked: the 7 calls of `judge.max_calls` are spent"}


def test_without_its_key_an_endpoint_is_not_asked(room: Make) -> None:
    with endpoint({"says": {"": "PASS"}}) as judge:
        here = room(judge.url, "llm-rubric")
        here.reach = replace(here.reach, secret=lambda name: "")
        lines = here.hear()
    assert not judge.requests
    assert {why for line in lines for why in line["failed"]} == {
        "the secret JUDGE_KEY is not in the environment; GitHub gives none to a fork's run"}


def test_a_key_that_no_header_can_carry_is_not_sent(room: Make) -> None:
    with endpoint({"says": {"": "PASS"}}) as judge:
        here = room(judge.url, "llm-rubric")
        here.reach = replace(here.reach, secret=lambda name: f"{KEY}\r\nX-Evil: 1")
        lines = here.hear()
    assert not judge.requests
    assert "is not one line of plain text" in str(lines)
    assert KEY not in here.pack.read(TESTIMONY).decode()


def test_a_key_that_is_echoed_is_not_kept(room: Make) -> None:
    echo = json.dumps({"pass": True, "reason": f"your key is {KEY}"})
    with endpoint({"says": {"": [echo, {"fault": "http-500"}]}, "key": "another"}) as judge:
        here = room(judge.url, "llm-rubric", more="votes: 1,")
        lines = here.hear()
        assert "Incorrect API key" in str(lines), "the endpoint echoes what it was given"
    kept = here.pack.read(TESTIMONY).decode()
    assert KEY not in kept
    assert "redacted" in str(lines)
    assert "redacted" in kept


def test_a_long_answer_is_cut_and_no_vote(room: Make) -> None:
    with endpoint({"says": {"": json.dumps({"pass": True, "reason": "x" * 9000})}}) as judge:
        here = room(judge.url, "llm-rubric", more="votes: 1,")
        lines = here.hear()
    assert {len(line["said"][0]) for line in lines} == {4097}
    said = here.bench.witnesses.on(here.policy.cases[0], Side.HEAD, 1, Answer("30 days"))
    assert said["llm-rubric:names a period"].due == 1


@pytest.mark.parametrize(("origin", "fork", "why"), [
    (Origin.UNREADABLE, False, "nobody has accepted whom head's asks"),
    (Origin.ADOPTED, True, "whom a fork asks is nobody's choice here"),
])
def test_a_policy_that_nobody_accepted_names_nobody_to_ask(
    room: Make, origin: Origin, fork: bool, why: str
) -> None:
    with endpoint({"says": {"": "PASS"}}) as judge:
        here = room(judge.url, "llm-rubric", "python:tone.py:polite")
        here.policy = replace(here.policy, origin=origin)
        here.reach = replace(here.reach, fork=fork)
        lines = here.hear()
    assert not judge.requests
    assert len(lines) == 4
    assert all(why in line["failed"][0] for line in lines)


def own_lines(here: Room, answer: Callable[[list[dict[str, Any]]], Ran]) -> list[dict[str, Any]]:
    """What is kept of an own check that answers so to the items it is given."""

    def run(own: OwnChecks, given: bytes) -> Ran:
        job, *items = map(json.loads, given.splitlines())
        assert job == {"path": "tone.py", "function": "polite", "source": OWN.decode(),
                       "count": len(items)}
        return answer(items)

    here.reach = replace(here.reach, run_own=run)
    return here.hear()


def told(items: list[dict[str, Any]], **said: Any) -> bytes:
    """One answer a line."""
    named = ("case", "side", "number")
    return "".join(to_line({**{name: one[name] for name in named}, **said})
                   for one in items).encode()


GOOD: Mapping[str, Any] = {"passed": True, "expected": "kind", "got": "30 days"}


def test_an_own_check_is_given_every_reply_at_once(room: Make) -> None:
    seen: list[dict[str, Any]] = []

    def answer(items: list[dict[str, Any]]) -> Ran:
        seen.extend(items)
        return Ran(told(items, **GOOD))

    lines = own_lines(room("http://judge", "python:tone.py:polite"), answer)
    assert [json.loads(line["said"][0]) for line in lines] == [GOOD, GOOD]
    assert seen[0] == {"case": "c0", "side": "base", "number": 1, "risk": "safety",
                       "prompt": "Say", "expected_behavior": "names a period", "text": "30 days",
                       "finish_reason": "", "citations": []}
    assert lines[0]["by"] == "tone.py:polite in python:3.12-slim"


@pytest.mark.parametrize(("answer", "why"), [
    (lambda items: Ran(b"", "took longer than 60 s and was stopped"),
     "tone.py:polite took longer than 60 s and was stopped"),
    (lambda items: Ran(b"garbage\n", "ended with exit code 1", "Traceback\nKeyError: 'x'"),
     "tone.py:polite ended with exit code 1: Traceback KeyError: 'x'"),
    (lambda items: Ran(b""), "tone.py:polite ended without an answer that could be read"),
    (lambda items: Ran(told(items, **GOOD) * 2), "tone.py:polite answered 2 times about one reply"),
    (lambda items: Ran(told(items, error="ValueError: no")),
     "tone.py:polite raised ValueError: no"),
])
def test_an_own_check_that_fails_has_said_nothing(
    room: Make, answer: Callable[[list[dict[str, Any]]], Ran], why: str
) -> None:
    lines = own_lines(room("http://judge", "python:tone.py:polite"), answer)
    assert [(line["said"], line["failed"]) for line in lines] == [([], [why])] * 2


def test_a_reply_that_an_own_check_passes_over_has_no_answer(room: Make) -> None:
    lines = own_lines(room("http://judge", "python:tone.py:polite"),
                      lambda items: Ran(told(items[:1], **GOOD), "ended with exit code 3"))
    assert [len(line["said"]) for line in lines] == [1, 0]
    assert lines[1]["failed"] == ["tone.py:polite ended with exit code 3"]


def test_what_an_own_check_says_is_redacted_and_bounded(room: Make) -> None:
    token = "ghp_" + "a" * 36
    said = {**GOOD, "got": f"{token} " + "x" * 9000}
    lines = own_lines(room("http://judge", "python:tone.py:polite"),
                      lambda items: Ran(told(items, **said)))
    got = json.loads(lines[0]["said"][0])["got"]
    assert got.startswith("⟦redacted:github-token⟧")
    assert len(got) == 1000


def test_no_engine_is_told_in_a_sentence(room: Make) -> None:
    lines = room("http://judge", "python:tone.py:polite").hear()
    why, = lines[0]["failed"]
    assert why == ("own checks run in a container, and cannot be run here: no Docker engine: "
                   "/nowhere does not exist")


def test_a_file_that_only_head_has_is_not_run(room: Make) -> None:
    here = room("http://judge", "python:tone.py:polite")
    here.policy = replace(here.policy, own_files={})
    lines = here.hear()
    assert lines[0]["failed"] == ["tone.py is not among base's own checks; head's is run once its "
                                  "policy is accepted"]


def test_rows_that_ask_nobody_leave_no_record(room: Make) -> None:
    here = room("http://judge", "is-json")

    def bench() -> Bench:
        raise AssertionError("there is nothing to look for")

    Hearing(here.pack, here.policy, here.reach, Redactor(), here.progress).hear(
        here.policy.cases, bench)
    assert not (here.pack.folder / TESTIMONY).exists()


def test_what_a_worker_raises_reaches_the_main_thread() -> None:
    class Fake:
        def exchange(self, *args: object) -> None: ...
        def close(self) -> None: ...

    def work(connection: object, task: int) -> int:
        if task == 3:
            raise KeyboardInterrupt
        return task * 2

    assert sorted(in_parallel([1, 2], 4, Fake, work)) == [(1, 2), (2, 4)]  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        list(in_parallel([1, 2, 3], 2, Fake, work))  # type: ignore[arg-type]


def test_the_endpoint_of_these_tests_refuses_what_the_api_refuses() -> None:
    made = Endpoint({"says": {"": "PASS"}})
    for body in (b"{}", b'{"model": "judge-1"}', b'{"model": "judge-1", "messages": []}'):
        with pytest.raises((KeyError, Refused)):
            made.answer("/v1/chat/completions", {"Content-Type": "application/json"}, body)
