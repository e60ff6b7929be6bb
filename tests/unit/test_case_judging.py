"""One case, judged from its stored attempts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatekeeper.cases.reducers import ALL, Rule
from gatekeeper.cases.sampling import Sampling
from gatekeeper.judging.case_judging import Absence, Bench, judge_case
from gatekeeper.judging.tally import Tally
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.model import Attempt, Fault, Reply, Risk, Side, Timing
from gatekeeper.outcome import CaseStatus
from gatekeeper.service.contract import spelled_out
from tests.support.make import make_case

MANIFEST = """
version: 1
service: {build: .}
contract: {preset: openai-chat, limits: {latency_target: 1s}}
gates: {share: [failures == 0]}
"""


def bench(repeats: int = 1, reducer: str = ALL, **changed: object) -> Bench:
    """A bench with a baseline, for one repeat if not told otherwise."""
    manifest, problems = parse_manifest(MANIFEST, "gatekeeper.yaml")
    assert manifest is not None, problems
    made = Bench(dict.fromkeys(Side, spelled_out(manifest)),
                 dict.fromkeys(Risk, Rule(repeats, reducer)))
    return replace(made, **changed)  # type: ignore[arg-type]


def reply(text: str) -> Reply:
    """A chat completion, or an HTTP 500 for `!500`."""
    if text == "!500":
        return Reply(500, '{"error": {"message": "out of luck"}}')
    if text == "!ours":
        return Reply(None, "", error="gate-fault", detail="disk full")
    message = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return Reply(200, json.dumps({"choices": [message]}))


def said(side: Side, *texts: str, total: float = 10.0) -> tuple[Attempt, ...]:
    """One attempt a text."""
    return tuple(
        Attempt("c1", side, number, {}, reply(text), Timing(0.0, 1.0, total))
        for number, text in enumerate(texts, start=1)
    )


def head(*texts: str) -> tuple[Attempt, ...]:
    return said(Side.HEAD, *texts)


def base(*texts: str) -> tuple[Attempt, ...]:
    return said(Side.BASE, *texts)


GOOD, BAD = '{"a": 1}', "not JSON"


@pytest.mark.parametrize(
    ("texts", "repeats", "status"),
    [
        ([GOOD], 1, CaseStatus.PASSED),
        ([BAD], 1, CaseStatus.FAILED),
        (["!500"], 1, CaseStatus.ERROR),
        ([], 1, CaseStatus.SKIPPED),
        ([GOOD, BAD, GOOD], 3, CaseStatus.FAILED),
        ([GOOD, "!500", BAD], 3, CaseStatus.FAILED),
        ([GOOD, "!500"], 2, CaseStatus.ERROR),
        ([GOOD], 3, CaseStatus.SKIPPED),
        ([BAD], 3, CaseStatus.FAILED),
    ],
)
def test_every_attempt_counts(texts: list[str], repeats: int, status: CaseStatus) -> None:
    judged = judge_case(bench(repeats=repeats), make_case(), head(*texts), ())
    assert judged.head.status is status


def test_an_error_says_what_the_service_said() -> None:
    judged = judge_case(bench(), make_case(), head("!500"), ())
    assert judged.head.reason == "HTTP 500: 'out of luck'"
    assert judged.head.fault is Fault.CHANGE


def test_our_own_fault_is_the_worlds() -> None:
    assert judge_case(bench(), make_case(), head("!ours"), ()).head.fault is Fault.WORLD


def test_an_empty_answer_fails_whatever_the_row_asks() -> None:
    case = make_case("c1", Risk.PERFORMANCE, "latency")
    assert judge_case(bench(), case, head(" "), ()).head.status is CaseStatus.FAILED


def test_a_row_held_to_nothing_is_unverified() -> None:
    case = replace(make_case(), requirements=())
    assert judge_case(bench(), case, head(GOOD), ()).head.status is CaseStatus.UNVERIFIED


@pytest.mark.parametrize(
    ("heads", "bases", "flipped", "unconfirmed"),
    [
        ([BAD], [GOOD], True, False),
        ([GOOD], [GOOD], False, False),
        ([BAD], [BAD], False, False),
        ([BAD, BAD, BAD], [GOOD, GOOD, GOOD], True, False),
        ([BAD, GOOD, GOOD], [GOOD, GOOD, GOOD], False, True),
        ([BAD, GOOD, BAD], [GOOD, GOOD, GOOD], True, False),
        ([BAD, BAD, BAD], [GOOD, BAD, GOOD], False, False),
        (["!500", "!500", "!500"], [GOOD, GOOD, GOOD], True, False),
        (["!ours"], [GOOD], False, False),
        ([BAD], ["!500"], False, False),
    ],
)
def test_a_flip_is_confirmed(
    heads: list[str], bases: list[str], flipped: bool, unconfirmed: bool
) -> None:
    judged = judge_case(bench(), make_case(), head(*heads), base(*bases))
    assert (judged.flipped, judged.unconfirmed) == (flipped, unconfirmed)


@pytest.mark.parametrize(
    ("reducer", "texts", "status"),
    [
        ("majority", [GOOD, BAD, GOOD], CaseStatus.PASSED),
        ("majority", [GOOD, GOOD], CaseStatus.PASSED),
        ("majority", [BAD, GOOD, BAD], CaseStatus.FAILED),
        ("majority", ["!500", "!500"], CaseStatus.ERROR),
        ("majority", ["!500", BAD], CaseStatus.FAILED),
        ("majority", [GOOD, BAD], CaseStatus.SKIPPED),
        ("majority", [GOOD, BAD, "!ours"], CaseStatus.ERROR),
        ("at-least-1", [BAD, BAD, GOOD], CaseStatus.PASSED),
        ("at-least-1", [BAD, BAD], CaseStatus.SKIPPED),
        ("all", [GOOD, "!ours", BAD], CaseStatus.FAILED),
        ("all", [GOOD, "!ours", GOOD], CaseStatus.ERROR),
    ],
)
def test_a_reducer_says_how_many_must_pass(
    reducer: str, texts: list[str], status: CaseStatus
) -> None:
    judged = judge_case(bench(3, reducer), make_case(), head(*texts), ())
    assert judged.head.status is status


def test_a_loss_is_the_services_also_where_the_world_took_another_attempt() -> None:
    judged = judge_case(bench(2), make_case(), head("!ours", "!500"), ())
    assert (judged.head.status, judged.head.fault) == (CaseStatus.ERROR, Fault.CHANGE)


@pytest.mark.parametrize(
    ("heads", "bases", "flipped", "unconfirmed"),
    [
        ([BAD, BAD, "", BAD], [GOOD, GOOD, "", GOOD], True, False),
        ([BAD, GOOD, BAD, GOOD, GOOD], [GOOD, GOOD, "", GOOD, GOOD], False, True),
        ([BAD, GOOD, BAD, GOOD, BAD], [GOOD, GOOD, "", GOOD, GOOD], True, False),
        ([BAD, GOOD, BAD, BAD], [GOOD, BAD, GOOD, BAD, GOOD], False, False),
        ([BAD, GOOD, GOOD], [GOOD, GOOD], False, False),
    ],
)
def test_a_flip_is_confirmed_by_the_same_reducer(
    heads: list[str], bases: list[str], flipped: bool, unconfirmed: bool
) -> None:
    """Attempts 4 and 5 are extra ones; an empty text was not asked."""
    asked = tuple(one for one, text in zip(head(*heads), heads, strict=True) if text)
    others = tuple(one for one, text in zip(base(*bases), bases, strict=True) if text)
    judged = judge_case(bench(3, "majority"), make_case(), asked, others)
    assert (judged.flipped, judged.unconfirmed) == (flipped, unconfirmed)


def test_a_case_is_asked_again_only_while_it_may_be_a_flip() -> None:
    one = bench()
    sampling = Sampling(one.rules, 2, {})

    def due(heads: list[str], bases: list[str]) -> dict[Side, range]:
        return sampling.due(judge_case(one, make_case(), head(*heads), base(*bases)))

    assert due([BAD], [GOOD]) == {Side.HEAD: range(2, 3), Side.BASE: range(2, 3)}
    assert due([GOOD], [GOOD]) == {}
    assert due([BAD], [BAD]) == {}
    assert due([BAD, BAD], [GOOD, GOOD]) == {Side.BASE: range(3, 4)}
    assert due([BAD, BAD], [GOOD, GOOD, GOOD]) == {}
    assert due([BAD, GOOD], [GOOD, GOOD, GOOD]) == {Side.HEAD: range(3, 4)}
    assert due([BAD, GOOD, GOOD], [GOOD, GOOD, GOOD]) == {}
    assert due([BAD, BAD], [GOOD, BAD]) == {}
    assert due([BAD, GOOD, GOOD], [GOOD, GOOD]) == {}  # nothing base says can make it a regression
    assert due([BAD, GOOD], [GOOD, BAD]) == {}


def test_a_side_is_asked_until_its_own_result_is_settled() -> None:
    one = bench(3, "majority")
    sampling = Sampling(one.rules, 0, {})

    def due(heads: list[str], bases: list[str]) -> dict[Side, range]:
        return sampling.due(judge_case(one, make_case(), head(*heads), base(*bases)))

    assert due([GOOD, BAD], [GOOD, GOOD]) == {Side.HEAD: range(3, 4)}
    assert due([GOOD, GOOD], [GOOD, BAD]) == {Side.BASE: range(3, 4)}
    assert due([BAD, GOOD, BAD], [GOOD, GOOD]) == {}
    assert sampling.looks
    full = replace(sampling, in_full={Side.HEAD: "latency.p95"})
    judged = judge_case(one, make_case(), head(GOOD), base(GOOD, GOOD))
    assert full.due(judged) == {Side.HEAD: range(2, 4)}
    assert not Sampling(bench().rules, 0, {}).looks
    assert Sampling(bench().rules, 0, {}).words.startswith("every case was asked once")


def test_under_a_majority_of_three_extra_attempts_one_loss_of_base_settles_nothing() -> None:
    one = bench(1, "majority")
    judged = judge_case(one, make_case(), head(BAD, BAD, BAD), base(GOOD, BAD))
    assert Sampling(one.rules, 3, {}).due(judged) == {Side.BASE: range(3, 4)}


SAME = make_case("c1", Risk.REGRESSION, "same-as-baseline")


def test_head_is_held_against_any_of_bases_answers() -> None:
    judged = judge_case(bench(repeats=2), SAME, head("30 days", "30 days"),
                        base("14 days", "30 days"))
    assert judged.head.status is CaseStatus.PASSED


def test_on_adoption_there_is_rightly_nothing_to_compare_with() -> None:
    judged = judge_case(bench(no_baseline="first adoption"), SAME, head("30 days"), ())
    assert judged.head.status is CaseStatus.PASSED
    assert judged.base is None


def test_a_missing_baseline_is_not_passed() -> None:
    judged = judge_case(bench(unmeasured_baseline="base could not be measured"), SAME,
                        head("30 days"), ())
    assert judged.head.status is CaseStatus.UNMEASURED
    assert judged.head.reason == "base could not be measured"
    assert judged.head.fault is Fault.WORLD


def test_where_base_gave_no_answer_by_its_own_fault_there_is_nothing_to_lose() -> None:
    judged = judge_case(bench(), SAME, head("30 days"), base("!500"))
    assert judged.head.status is CaseStatus.PASSED
    assert not judged.flipped


def test_when_head_did_not_start_base_is_only_not_asked() -> None:
    gone = Absence("head's service did not start", Fault.CHANGE)
    judged = judge_case(bench(head_absent=gone, base_absent=gone), make_case(), (), ())
    assert judged.base is not None
    assert (judged.head.status, judged.base.status) == (CaseStatus.SKIPPED, CaseStatus.SKIPPED)


@pytest.mark.parametrize(("died", "known"), [("", True), ("exited (exit code 137)", False)])
def test_what_a_base_that_was_killed_did_not_answer_is_not_known(died: str, known: bool) -> None:
    """Killed from outside, a base must not make room for a head that fails."""
    refused = replace(base("!500")[0], reply=Reply(None, "", error="refused", detail="gone"))
    judged = judge_case(bench(base_died=died), make_case(), head(BAD), (refused,))
    assert judged.base is not None
    assert (judged.base.is_loss, judged.base.is_unknown) == (known, not known)
    tally = Tally()
    tally.add(judged)
    assert tally.undecided_pairs.total() == (0 if known else 1)
