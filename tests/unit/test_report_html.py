"""What `report.html` is made of: its data, its bounds, and that all text in it stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model import Attempt, Reply, Risk, Side, Timing
from gatekeeper.neutral import for_html, for_script
from gatekeeper.outcome import CaseJudgement, CaseStatus, SideJudgement
from gatekeeper.report.html.case_data import (
    MAX_ATTEMPTS,
    MAX_TEXT,
    brief_data,
    counts_for,
    is_new,
    whole_data,
)
from gatekeeper.report.html.documents import MAX_DEPTH, MAX_ITEMS, shown_document
from gatekeeper.report.html.page import Room, frame
from gatekeeper.report.html.times import DRAWN, Timed
from tests.support.builders import (
    BLIND,
    NO_ANSWER,
    NOT_ASKED,
    PASSED,
    any_text,
    failed,
    hostile_text,
    judged,
)
from tests.support.report import CONTRACTS, attempt_of, embedded, judged_side, many, page_of, told

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | any_text | st.floats(allow_nan=False,
                                                                     allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12)


@given(json_values | hostile_text)
def test_whatever_is_embedded_is_read_back_as_it_was(value: object) -> None:
    text = for_script(value)
    assert json.loads(text) == value
    assert not set(text) & set("<>&\n")
    assert text.isascii()


@given(any_text | hostile_text, st.integers(1, 80))
def test_text_for_the_page_hides_nothing_and_is_bounded(text: str, limit: int) -> None:
    seen = for_html(text, limit)
    assert len(seen) <= limit
    assert all(char.isprintable() or char.isspace() for char in seen)
    assert not set(seen) & set("\r\x0b\x0c\x85\u2028\u2029")


@given(st.text(st.sampled_from("aé返 .\n\t"), max_size=30))
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert for_html(text) == text


@given(hostile_text)
def test_no_text_of_a_case_leaves_its_block(text: str) -> None:
    page = page_of(told(text, text, text + "x", prompt=text, got=text))
    quiet = page_of(told("a", "b", "c"))
    assert re.findall(r"<[/!a-z]+", page) == re.findall(r"<[/!a-z]+", quiet)
    (case,) = embedded(page)[1]
    assert case["id"] == for_html(text, 200)


def test_the_policy_names_this_style_and_this_script_and_nothing_else() -> None:
    page = page_of()
    policy = re.search(r'Policy" content="([^"]+)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert policy is not None
    assert style is not None
    assert script is not None

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy[1] == (
        f"default-src 'none'; style-src 'sha256-{digest(style[1])}'; script-src "
        f"'sha256-{digest(script[1])}'; base-uri 'none'; form-action 'none'")


def test_the_page_names_no_address_but_that_of_a_vocabulary() -> None:
    whole = "".join(frame("Pass"))
    assert set(re.findall(r"\w+://[^\s\"']+", whole)) == {"http://www.w3.org/2000/svg"}
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                "setAttribute(\"style", "fetch(", "XMLHttpRequest", "import(", "@import", "url("):
        assert way not in whole


def test_the_same_cases_give_the_same_bytes() -> None:
    assert page_of(*many(20)) == page_of(*many(20))


def test_a_case_has_everything_that_is_to_be_shown() -> None:
    case, attempts = told("days", "14 days", "30 days", attempts=2, prompt="How long?")
    data = whole_data(case, CONTRACTS, attempts)
    assert (data["id"], data["risk"], data["status"], data["since"]) == (
        "days", "format", "failed", "new")
    assert data["prompt"] == "How long?"
    assert data["held_to"] == ["is-json"]
    assert [reply["text"] for reply in data["replies"]] == ["14 days", "30 days"]
    assert [one["reply"] for one in data["head"]["attempts"]] == [0, 0]
    assert data["findings"][0] == [["answers", "held", "an answer", "one"],
                                   ["contains:day", "broken", "a day", "no day"]]
    assert data["new"] is True


def test_a_reply_without_an_answer_is_shown_as_it_came() -> None:
    case = judged("a", NO_ANSWER)
    attempt = Attempt("a", Side.HEAD, 1, {}, Reply(500, "<h1>Oops</h1>"), Timing(0, 1, 2))
    data = whole_data(case, CONTRACTS, {Side.HEAD: [attempt]})
    assert data["replies"] == [{"http": 500, "body": "<h1>Oops</h1>"}]
    assert data["head"]["reason"] == "HTTP 500"


def test_long_replies_are_cut_and_say_how_long_they_are() -> None:
    case, attempts = told("a", "x" * (MAX_TEXT + 1), "y" * MAX_TEXT)
    replies = whole_data(case, CONTRACTS, attempts)["replies"]
    assert replies[0]["text"] == ["x" * (MAX_TEXT - 1) + "…", MAX_TEXT + 1]
    assert replies[1]["text"] == "y" * MAX_TEXT


def test_of_many_attempts_those_that_did_not_pass_are_kept() -> None:
    side = judged_side(*[True] * 40, *[False] * 3)
    case = judged("a", side)
    attempts = {Side.HEAD: [attempt_of(Side.HEAD, "x", n) for n in range(1, 44)]}
    shown = whole_data(case, CONTRACTS, attempts)["head"]
    numbers = [one["n"] for one in shown["attempts"]]
    assert len(numbers) == MAX_ATTEMPTS
    assert numbers[-3:] == [41, 42, 43]
    assert numbers == sorted(numbers)
    assert (shown["asked"], shown["passed"]) == (43, 40)


@pytest.mark.parametrize(("head", "base", "expected"), [
    (PASSED, PASSED, []),
    (failed("x"), PASSED, ["failures", "new_failures", "loss", "goodput"]),
    (failed("x"), failed("x"), ["failures", "goodput"]),
    (failed("x"), None, ["failures", "new_failures", "goodput"]),
    (NO_ANSWER, PASSED, ["failures", "new_failures", "errors", "loss", "goodput"]),
    (NOT_ASKED, None, ["failures", "errors"]),
    (BLIND, None, ["failures"]),
])
def test_a_case_names_the_measures_that_count_it(
    head: SideJudgement, base: SideJudgement | None, expected: list[str]
) -> None:
    assert counts_for(judged("a", head, base)) == expected
    waived = judged("a", head, base, waived="until then")
    assert counts_for(waived) == []


@pytest.mark.parametrize(("case", "expected"), [
    (judged("a", failed("x"), PASSED), True),
    (judged("a", failed("x"), failed("x")), False),
    (judged("a", failed("x")), False),
    (judged("a", PASSED, PASSED), False),
    (judged("a", failed("x"), PASSED, waived="until then"), False),
])
def test_what_is_new_with_the_change(case: CaseJudgement, expected: bool) -> None:
    assert is_new(case) is expected
    assert brief_data(case).get("new", False) is expected


def test_a_case_that_only_head_has_and_loses_is_new() -> None:
    case = judged("a", failed("x"))
    assert is_new(replace(case, case=replace(case.case, head_only=True)))


def test_failures_are_whole_when_there_is_no_room_for_what_passed() -> None:
    run, cases = embedded(page_of(*many(50), room=Room(failing=10**6, passing=3_000)))
    whole = [one for one in cases if one.get("whole")]
    assert sum(one["status"] == "failed" for one in whole) == 5
    assert len(cases) == 50
    assert run["brief"] == 50 - len(whole)
    assert run["left_out"] == 0


def test_what_no_longer_fits_at_all_is_counted() -> None:
    room = Room(failing=0, passing=0, brief=2_000)
    run, cases = embedded(page_of(*many(50), room=room))
    assert run["left_out"] + len(cases) == 50
    assert 0 < len(cases) == run["brief"]
    assert sum(len(for_script(one)) + 1 for one in cases) <= 2_000


@given(st.integers(0, 4_000), st.integers(0, 4_000), st.integers(0, 4_000))
def test_the_page_never_takes_more_room_than_it_has(failing: int, passing: int, brief: int) -> None:
    _, cases = embedded(page_of(*many(12), room=Room(failing, passing, brief)))
    assert sum(len(for_script(one)) + 1 for one in cases) <= failing + passing + brief


def timed(count: int, repeats: int = 1) -> Timed:
    """Times of so many attempts of head: 1 ms, 2 ms, …"""
    found = Timed()
    for at in range(count):
        found.add(judged("a", judged_side(True, ms=float(at))), repeats)
    return found


def test_percentiles_are_told_only_where_there_are_attempts_enough() -> None:
    (data,) = timed(59).data({"total": 0.02})
    assert data["head"]["percentiles"] == [[50, 6, 30.0], [90, 29, 54.0], [95, 59, 57.0],
                                           [99, 299, None]]
    assert data["target"] == 20
    assert (data["head"]["least"], data["head"]["most"]) == (1, 59)
    assert data["base"] == {"count": 0, "points": []}
    assert timed(0).data({}) == []


def test_of_very_many_times_a_thousand_are_drawn_from_end_to_end() -> None:
    (data,) = timed(5_000).data({})
    points = data["head"]["points"]
    assert (len(points), points[0], points[-1]) == (DRAWN, 1, 5_000)
    assert points == sorted(points)
    assert data["head"]["count"] == 5_000


def test_times_are_of_what_was_due_and_of_cases_that_both_sides_have() -> None:
    found = Timed()
    found.add(judged("a", judged_side(True, True, True)), 2)
    own = judged("b", judged_side(True))
    found.add(replace(own, case=replace(own.case, head_only=True)), 1)
    assert found.data({})[0]["head"]["count"] == 2


@given(json_values)
def test_any_document_can_be_shown(value: object) -> None:
    assert json.loads(for_script(shown_document(value))) == shown_document(value)


def test_documents_are_bounded() -> None:
    deep: object = "end"
    for _ in range(500):
        deep = {"a": deep}
    text = for_script(shown_document({"deep": deep, "wide": list(range(10_000)),
                                      "numbers": [float("nan"), float("inf"), 2**70]}))
    assert text.count("{") == MAX_DEPTH
    assert f"{10_000 - MAX_ITEMS} more" in text
    assert '["nan","inf","1180591620717411303424"]' in text


@pytest.mark.parametrize("status", list(CaseStatus))
def test_the_page_has_a_sign_for_every_status(status: CaseStatus) -> None:
    assert re.search(rf"\b{status}: \"", frame("Pass")[2])


@pytest.mark.parametrize("word", [str(risk) for risk in Risk])
def test_the_page_knows_every_risk(word: str) -> None:
    assert f'"{word}"' in frame("Pass")[2]
