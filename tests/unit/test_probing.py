"""What a probe's replies mean, without a service: every rule, and nothing crashes the reader."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import UsageError
from gatekeeper.formats.canonical import plain
from gatekeeper.manifest.contract import Contract, Limits, RequestShape, StopPath
from gatekeeper.manifest.secrets import Auth
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import Manifest
from gatekeeper.model import REPLY_ERRORS, Reply
from gatekeeper.outcome import CheckStatus, Finding
from gatekeeper.probing.lines import State, proven_lines
from gatekeeper.probing.probes import (
    FIRST,
    MAX_CHARS,
    UNKNOWN_MODEL,
    Lenient,
    Probe,
    Wish,
    filled,
    make_probes,
    normal_body,
)
from gatekeeper.probing.readings import ProbeFinding, read_probes
from gatekeeper.probing.sightings import (
    KEPT,
    NOT_KEPT,
    Probed,
    Seen,
    Sighting,
    bounded,
    read_probed,
)
from gatekeeper.service.contract import LINES, spelled_out

LIMITS = Limits(concurrency=3, context_length=100, timeout=2.0, max_tokens=50, latency_target=1.0)
HELD, BROKEN, MOOT, OPEN = (CheckStatus.HELD, CheckStatus.BROKEN, CheckStatus.MOOT,
                            CheckStatus.UNMEASURED)
STOPPED = Finding(HELD, "gone", "port, process gone")


def spelled(**given: Any) -> Contract:
    """A contract as it is called through."""
    made = Contract(**{"preset": "openai-chat", "limits": LIMITS, "rollback": "previous", **given})
    return spelled_out(Manifest(version=1, service=Service(command=("x",)), contract=made,
                                gates={}))


def answer(text: str = "Hi.", finish: str = "stop", tokens: int | None = 2) -> Reply:
    """A chat completion."""
    body: dict[str, Any] = {"choices": [{"message": {"content": text}, "finish_reason": finish}]}
    if tokens is not None:
        body["usage"] = {"completion_tokens": tokens}
    return Reply(200, json.dumps(body), "application/json")


def error(status: int = 400, message: str = "no") -> Reply:
    """An error in the declared form."""
    return Reply(status, json.dumps({"error": {"message": message}}), "application/json")


def fault(kind: str) -> Reply:
    """No whole reply."""
    return Reply(None, "", error=kind)


FINE = Seen(answer(), total_ms=5.0)


def sound(probe: Probe) -> Sighting:
    """What a service that keeps its contract makes of a probe."""
    if probe.wish in (Wish.REFUSED, Wish.TURNED_AWAY):
        return Sighting((Seen(error(401 if probe.key is not None else 400)),), FINE)
    if probe.name == "few-tokens":
        return Sighting((Seen(answer("a b", "length", probe.most)),))
    return Sighting((FINE,) * probe.times, FINE)


def outcomes(contract: Contract, more: dict[str, Sighting] | None = None) -> dict[str, Finding]:
    """Name of a probe -> what it comes to, for a sound service but for some probes."""
    probes = make_probes(contract, "stub")
    seen = {**{probe.name: sound(probe) for probe in probes}, **(more or {})}
    return {one.probe: one.finding for one in read_probes(contract, probes, Probed(seen, ""))}


def status(contract: Contract, name: str, sighting: Sighting) -> CheckStatus:
    """The fate of one probe."""
    return outcomes(contract, {name: sighting})[name].status


# What is sent


def test_what_is_sent_follows_from_the_contract() -> None:
    assert [probe.name for probe in make_probes(spelled(), "stub")] == [
        FIRST, "without-messages", "wrong-type-messages", "bad-json", "unknown-model",
        "unknown-route", "wrong-method", "few-tokens", "longest-answer", "declared-concurrency",
        "one-more", "beyond-context"]
    full = spelled(stream=True, auth=Auth("KEY"), request_shape=RequestShape(
        ("messages",), max_input_chars=1000))
    extra = {probe.name for probe in make_probes(full, "")} - {
        probe.name for probe in make_probes(spelled(), "")}
    assert extra == {"without-credentials", "wrong-credentials", "leaves-in-mid-stream",
                     "longest-input", "too-long-input"}


def test_a_model_that_nobody_lists_is_not_made_up() -> None:
    assert "unknown-model" not in {probe.name for probe in make_probes(spelled(), "")}
    probe, = (one for one in make_probes(spelled(), "stub") if one.name == "unknown-model")
    assert json.loads(probe.body() or b"")["model"] == UNKNOWN_MODEL


@pytest.mark.parametrize(("limits", "shape", "missing"), [
    (replace(LIMITS, concurrency=64), None, {"declared-concurrency", "one-more"}),
    (replace(LIMITS, concurrency=None), None, {"declared-concurrency", "one-more"}),
    (replace(LIMITS, context_length=10**6), None, {"beyond-context"}),
    (LIMITS, RequestShape(("messages",), max_input_chars=150), {"beyond-context"}),
    (LIMITS, RequestShape(("messages",), max_input_chars=MAX_CHARS),
     {"longest-input", "too-long-input"}),
    (replace(LIMITS, max_tokens=None), None, {"longest-answer"}),
])
def test_what_would_be_too_much_is_not_sent(
    limits: Limits, shape: RequestShape | None, missing: set[str]
) -> None:
    names = {probe.name for probe in make_probes(spelled(limits=limits, request_shape=shape), "")}
    assert not names & missing


def test_no_probe_asks_for_more_tokens_than_are_promised() -> None:
    contract = spelled(limits=replace(LIMITS, max_tokens=3))
    assert json.loads(normal_body(contract, ""))["max_tokens"] == 3
    few, = (one for one in make_probes(contract, "") if one.name == "few-tokens")
    assert few.most == 3


@given(st.integers(1, 5000))
def test_a_prompt_is_as_long_as_it_is_meant(chars: int) -> None:
    assert len(filled(chars)) == chars


def test_a_required_field_is_left_out_in_turn_and_sent_as_something_else() -> None:
    contract = spelled(preset="none", endpoint="/ask", rollback="",
                       request={"question": "{prompt}", "options": {"deep": True}, "k": 3},
                       request_shape=RequestShape(("question", "options", "user")))
    sent = {probe.name: json.loads(probe.body() or b"0")
            for probe in make_probes(contract, "") if probe.name.startswith(("without", "wrong-t"))}
    assert sent == {
        "without-question": {"options": {"deep": True}, "k": 3},
        "without-options": {"question": "Hello", "k": 3},
        "without-user": {"question": "Hello", "options": {"deep": True}, "k": 3},
        "wrong-type-question": {"question": {"gatekeeper": ["probe"]}, "options": {"deep": True},
                                "k": 3},
        "wrong-type-options": {"question": "Hello", "options": 42, "k": 3},
    }


# What it means


def test_a_sound_service_proves_every_line() -> None:
    for contract in (spelled(), spelled(auth=Auth("KEY"), request_shape=RequestShape(
            ("messages",), max_input_chars=1000))):
        found = read_probes(contract, make_probes(contract, "stub"), Probed(
            {probe.name: sound(probe) for probe in make_probes(contract, "stub")}, ""))
        assert {one.status for one in found} == {HELD}
        complete = replace(contract, stop_path=StopPath("a", "b", "c"))
        assert {line.state for line in proven_lines(complete, found, STOPPED)} == {State.PROVEN}


REFUSALS = [
    (error(400), HELD), (error(422), HELD), (error(429), HELD), (error(500), BROKEN),
    (error(503), BROKEN), (Reply(302, ""), OPEN), (fault("dropped"), BROKEN),
    (fault("timed-out"), BROKEN), (fault("not-http"), BROKEN), (fault("gate-fault"), OPEN),
]


@pytest.mark.parametrize(("reply", "expected"), [*REFUSALS, (answer(), BROKEN),
                                                 (Reply(200, ""), BROKEN)])
@pytest.mark.parametrize("name", ["without-messages", "bad-json"])
def test_what_is_no_request_is_refused(name: str, reply: Reply, expected: CheckStatus) -> None:
    assert status(spelled(), name, Sighting((Seen(reply),), FINE)) is expected


@pytest.mark.parametrize(("reply", "expected"), [*REFUSALS, (answer(), OPEN)])
@pytest.mark.parametrize("name", ["wrong-type-messages", "unknown-route", "wrong-method"])
def test_what_nobody_promised_to_refuse_may_be_answered(
    name: str, reply: Reply, expected: CheckStatus
) -> None:
    assert status(spelled(), name, Sighting((Seen(reply),), FINE)) is expected


def test_an_unknown_model_may_be_answered_and_a_method_not_implemented() -> None:
    assert status(spelled(), "unknown-model", Sighting((FINE,), FINE)) is MOOT
    assert status(spelled(), "wrong-method", Sighting((Seen(error(501)),), FINE)) is HELD
    assert status(spelled(), "bad-json", Sighting((Seen(error(501)),), FINE)) is BROKEN


def test_a_prompt_beyond_the_context_may_be_cut_and_may_take_long() -> None:
    for reply in (answer(), fault("timed-out")):
        assert status(spelled(), "beyond-context", Sighting((Seen(reply),), FINE)) is OPEN


@pytest.mark.parametrize("lost", [error(500), fault("refused"), fault("timed-out"), error(200)])
def test_whatever_comes_the_next_caller_is_answered(lost: Reply) -> None:
    for name in ("bad-json", "beyond-context", "unknown-model", "one-more"):
        probe, = (one for one in make_probes(spelled(), "stub") if one.name == name)
        found = outcomes(spelled(), {name: replace(sound(probe), after=Seen(lost))})[name]
        assert found.status is BROKEN
        assert "and then a normal request is not answered" in found.got


def test_what_gatekeeper_lacks_breaks_nothing() -> None:
    for probe in make_probes(spelled(), "stub"):
        ours = Sighting((Seen(fault("gate-fault")),) * probe.times, None)
        assert status(spelled(), probe.name, ours) is OPEN
        later = replace(sound(probe), after=Seen(fault("gate-fault")))
        assert status(spelled(), probe.name, later) in (OPEN, HELD)


def test_a_service_that_ends_is_broken_where_it_ended() -> None:
    found = outcomes(spelled(), {"bad-json": Sighting((Seen(fault("dropped")),), None, "exited")})
    assert (found["bad-json"].status, found["bad-json"].got) == (
        BROKEN, "the service ended: exited")


def test_a_normal_request_without_an_answer_is_for_the_smoke_test_to_say() -> None:
    assert status(spelled(), FIRST, Sighting((Seen(error(500)),))) is OPEN


@pytest.mark.parametrize(("reply", "expected"), [
    (answer("a b", "length", 8), HELD), (answer("a", "length", 9), BROKEN),
    (answer("a", "stop", 1), OPEN), (answer("a b", "length", None), OPEN),
    (answer("w " * 65, "stop", None), BROKEN), (error(400), BROKEN), (fault("timed-out"), OPEN),
    (fault(NOT_KEPT), OPEN),
])
def test_an_answer_is_cut_off_where_that_was_asked(reply: Reply, expected: CheckStatus) -> None:
    assert status(spelled(), "few-tokens", Sighting((Seen(reply),), FINE)) is expected


def test_an_answer_of_thinking_alone_counts_its_tokens() -> None:
    body = {"choices": [{"message": {"content": None}, "finish_reason": "length"}],
            "usage": {"completion_tokens": 8}}
    assert status(spelled(), "few-tokens", Sighting((Seen(Reply(200, json.dumps(body))),))) is HELD


@pytest.mark.parametrize(("replies", "expected"), [
    ((FINE,) * 3, HELD),
    ((FINE, FINE, Seen(error(503))), BROKEN),
    ((FINE, Seen(fault("dropped")), FINE), BROKEN),
    ((FINE, FINE), OPEN),  # not all of it was sent
])
def test_as_many_as_are_declared_are_answered(
    replies: tuple[Seen, ...], expected: CheckStatus
) -> None:
    assert status(spelled(), "declared-concurrency", Sighting(replies, FINE)) is expected


def test_one_more_may_be_told_to_wait() -> None:
    for code, expected in ((429, HELD), (503, HELD), (500, BROKEN), (400, BROKEN)):
        replies = (FINE, FINE, FINE, Seen(error(code)))
        assert status(spelled(), "one-more", Sighting(replies, FINE)) is expected


def test_one_after_another_is_no_proof_of_parallel_and_no_fault() -> None:
    slow = Seen(answer(), total_ms=1000.0)
    probes = make_probes(spelled(), "stub")
    every = {probe.name: replace(sound(probe), after=slow) for probe in probes}

    def of(*times: float) -> CheckStatus:
        replies = tuple(Seen(answer(), total_ms=one) for one in times)
        return outcomes(spelled(), {**every, "declared-concurrency": Sighting(replies, slow)})[
            "declared-concurrency"].status

    assert of(1000.0, 1100.0, 1200.0) is HELD
    assert of(1000.0, 2000.0, 3000.0) is OPEN


def test_the_form_of_errors_is_held_against_every_refusal_of_a_request() -> None:
    other = Sighting((Seen(Reply(422, '{"detail": []}')),), FINE)
    found = outcomes(spelled(), {"wrong-type-messages": other})["error-form"]
    assert (found.status, found.expected) == (BROKEN, "a message at /error/message")
    assert outcomes(spelled(), {"unknown-route": other})["error-form"].status is HELD
    proxy = Sighting((Seen(Reply(413, "<html>")),), FINE)
    assert outcomes(spelled(), {"beyond-context": proxy})["error-form"].status is HELD
    inside = Sighting((Seen(error(200)),), FINE)
    assert outcomes(spelled(), {"unknown-model": inside})["error-form"].status is BROKEN


def test_a_list_of_faults_is_a_message_too() -> None:
    contract = spelled(response_shape=replace(spelled().response_shape, error="/detail"))
    detail = Sighting((Seen(Reply(422, '{"detail": [{"msg": "Field required"}]}')),), FINE)
    names = ("without-messages", "wrong-type-messages", "bad-json", "unknown-model",
             "beyond-context")
    assert outcomes(contract, dict.fromkeys(names, detail))["error-form"].status is HELD


def test_a_stream_of_chat_ends_with_done() -> None:
    contract = spelled(stream=True)
    for done, expected in ((True, HELD), (False, BROKEN)):
        first = Sighting((Seen(answer(), done=done, pieces=1),))
        assert outcomes(contract, {FIRST: first})["answer-form"].status is expected
    silent = Sighting((Seen(answer(tokens=None), done=True),))
    assert outcomes(contract, {FIRST: silent})["answer-form"].status is OPEN


# Lines


def test_what_was_not_sent_proves_nothing_and_breaks_nothing() -> None:
    found = read_probes(spelled(), make_probes(spelled(), "stub"), Probed())
    assert {one.status for one in found} == {OPEN}
    states = {line.name: line.state for line in proven_lines(spelled(), found, STOPPED)}
    assert states == {**dict.fromkeys(LINES, State.DECLARED), "stop_path": State.UNKNOWN}


@given(st.lists(st.sampled_from(list(CheckStatus)), max_size=5), st.booleans())
def test_a_line_is_proven_by_nothing_less_than_everything(
    found: list[CheckStatus], declared: bool
) -> None:
    contract = spelled(limits=LIMITS if declared else Limits())
    findings = [ProbeFinding("p", "limits", "x", Finding(one, "", "")) for one in found]
    line, = (one for one in proven_lines(contract, findings, STOPPED) if one.name == "limits")
    assert (line.state is State.BROKEN) == (BROKEN in found)
    assert (line.state is State.PROVEN) == (
        declared and HELD in found and set(found) <= {HELD, MOOT})
    if not declared and BROKEN not in found:
        assert line.state is State.UNKNOWN


# The pack

REPLIES = st.builds(Reply, st.none() | st.integers(100, 599), st.text(max_size=40),
                    st.text(max_size=10), st.sampled_from(["", NOT_KEPT, *REPLY_ERRORS]),
                    st.text(max_size=10))
SEEN = st.builds(Seen, REPLIES, st.integers(0, 9).map(float), st.integers(0, 9).map(float),
                 st.booleans(), st.none() | st.integers(0, 9))
SIGHTINGS = st.builds(Sighting, st.lists(SEEN, max_size=4).map(tuple), st.none() | SEEN,
                      st.text(max_size=5))
NAMES = st.sampled_from([probe.name for probe in make_probes(spelled(stream=True, auth=Auth("K")),
                                                             "stub")])


@given(st.dictionaries(NAMES, SIGHTINGS), st.none() | st.booleans())
def test_whatever_a_service_says_is_read_and_written(
    seen: dict[str, Sighting], private: bool | None
) -> None:
    probed = Probed(seen, "why", private, "who")
    assert read_probed(json.loads(json.dumps(plain(probed)))) == probed
    contract = spelled(stream=True, auth=Auth("K"))
    for one in read_probes(contract, make_probes(contract, "stub"), probed):
        assert one.line in LINES
        assert one.finding.expected
        assert one.finding.got


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["seen", "replies", "after", "ended", "reply", "status",
                                         "body", "private", "reach", "not_sent", "x"]),
                        inner, max_size=4), max_leaves=20)


@given(JSON)
def test_a_damaged_pack_is_said_to_be_one(data: Any) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(read_probed(data), Probed)


@pytest.mark.parametrize("name", ["status", "body", "error"])
def test_a_reply_of_another_kind_is_damage(name: str) -> None:
    data = plain(Probed({FIRST: Sighting((FINE,))}, ""))
    data["seen"][FIRST]["replies"][0]["reply"][name] = [1]
    with pytest.raises(UsageError, match="damaged"):
        read_probed(data)


def test_a_long_reply_is_not_kept_and_says_so() -> None:
    seen = bounded(Seen(Reply(200, "x" * (KEPT + 1))))
    assert (seen.reply.error, seen.reply.body) == (NOT_KEPT, "")
    assert bounded(FINE) is FINE


def test_every_probe_that_may_be_answered_says_so() -> None:
    kinds = {probe.name: probe.lenient for probe in make_probes(spelled(), "stub")}
    assert kinds["unknown-model"] is Lenient.ALLOWED
    assert {name for name, kind in kinds.items() if kind is Lenient.UNTOLD} == {
        "wrong-type-messages", "unknown-route", "wrong-method", "beyond-context"}
