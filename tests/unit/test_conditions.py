"""The grammar of a condition, and what is refused because it would say nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.judging.conditions import Condition, read_condition, without_implied
from gatekeeper.judging.measures import MEASURES
from gatekeeper.manifest.document import Place
from gatekeeper.manifest.readers import Complaints
from tests.support.make import make_condition


def complaint(text: str) -> tuple[str, str]:
    """Message and help line of a condition that is refused."""
    complaints = Complaints("g.yaml")
    read = read_condition(text, Place(4, 17), complaints)
    assert not isinstance(read, Condition)
    problem, = complaints.problems
    assert (problem.file, problem.line, problem.column) == ("g.yaml", 4, 17)
    return problem.message, problem.hint


@pytest.mark.parametrize(
    ("text", "measure", "operator", "threshold"),
    [
        ("smoke.passed", "smoke.passed", "==", 1),
        ("failures == 0", "failures", "==", 0),
        ("failures==0", "failures", "==", 0),
        (" failures.safety <= 2 ", "failures.safety", "<=", 2),
        ("new_failures < 1", "new_failures", "<", 1),
        ("cases.count >= 5", "cases.count", ">=", 5),
        ("cases.count > 4", "cases.count", ">", 4),
        ("latency.p95 <= 500ms", "latency.p95", "<=", 0.5),
        ("latency.p50 < 1.5s", "latency.p50", "<", 1.5),
        ("loss.grounding <= 2%", "loss.grounding", "<=", 2),
        ("loss < 0.5%", "loss", "<", 0.5),
        ("ttft.p99 <= 300ms", "ttft.p99", "<=", 0.3),
        ("latency.ratio <= 1.2", "latency.ratio", "<=", 1.2),
        ("goodput >= 95%", "goodput", ">=", 95),
        ("goodput > 99.5%", "goodput", ">", 99.5),
        ("tokens_per_second.p50 >= 20", "tokens_per_second.p50", ">=", 20),
    ],
)
def test_a_condition_is_a_measure_or_a_measure_a_sign_and_a_number(
    text: str, measure: str, operator: str, threshold: float
) -> None:
    read = make_condition(text)
    assert (read.measure, read.operator, read.threshold, read.text) == (
        measure, operator, threshold, text.strip())


EXAMPLE = "write `measure` or `measure OP number`, for instance `failures.format == 0`"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "`` is not a condition", EXAMPLE),
        ("no failures", "`no failures` is not a condition", EXAMPLE),
        ("failures == 0 and errors == 0", "`failures == 0 and errors == 0` is not a condition",
         EXAMPLE),
        ("0 == failures", "unknown measure `0`", None),
        ("failures.fromat == 0", "unknown measure `failures.fromat`",
         "did you mean `failures.format`?"),
        ("regression == 0", "unknown measure `regression`", "did you mean `regressions`?"),
        ("失敗 == 0", "unknown measure `失敗`", None),
        ("smoke.passed == 1", "`smoke.passed` is a fact and takes no number",
         "write just `smoke.passed`"),
        ("failures", "`failures` needs a threshold", "write for instance `failures <= 0`"),
        ("latency.p95", "`latency.p95` needs a threshold",
         "write for instance `latency.p95 <= 500ms`"),
        ("failures >= 2", "`>=` does not fit `failures`, of which lower is tighter",
         "use one of ==, <=, <"),
        ("failures = 0", "`=` does not fit `failures`, of which lower is tighter",
         "use one of ==, <=, <"),
        ("cases.count == 3", "`==` does not fit `cases.count`, of which higher is tighter",
         "use one of >=, >"),
        ("loss <= 2", "`2` is not a share; write for instance 2%", ""),
        ("loss <= 2ms", "`2ms` is not a share; write for instance 2%", ""),
        ("loss", "`loss` needs a threshold", "write for instance `loss <= 2%`"),
        ("loss == 0%", "`==` does not fit `loss`, of which lower is tighter",
         "use one of <=, <"),
        ("loss <= 0%", "`loss <= 0%` can never open: no number of cases proves that nothing is "
         "lost", "write `regressions == 0`"),
        ("loss <= 100%", "`loss <= 100%` can never close", "the most there can be is 100%"),
        ("failures == 3", "`failures == 3` would close when there are fewer", "write `<= 3`"),
        ("failures < 0", "`failures < 0` can never open", "the least there can be is 0"),
        ("failures <= -1", "`failures <= -1` can never open", "the least there can be is 0"),
        ("cases.count >= 0", "`cases.count >= 0` can never close", "the least there can be is 0"),
        ("cases.count > -1", "`cases.count > -1` can never close", "the least there can be is 0"),
        ("failures <= many", "`many` is not a number", ""),
        ("failures <= 3%", "`3%` is not a number", ""),
        ("failures <= nan", "`failures <= nan` compares with no number", "write a number"),
        ("failures <= inf", "`failures <= inf` compares with no number", "write a number"),
        ("cases.count >= 1e400", "`cases.count >= 1e400` compares with no number",
         "write a number"),
        ("goodput >= 100%", "`goodput >= 100%` can never open", "no number of attempts proves that "
         "all are good; write for instance `>= 95%`"),
        ("goodput >= 0%", "`goodput >= 0%` can never close", "the least there can be is 0"),
        ("goodput >= 0.95", "`0.95` is not a share; write for instance 2%", ""),
        ("goodput", "`goodput` needs a threshold", "write for instance `goodput >= 95%`"),
        ("latency.ratio <= 120%", "`120%` is not a number", ""),
        ("latency.ratio <= 0", "`latency.ratio <= 0` can never open", "everything takes time"),
        ("latency.ratio", "`latency.ratio` needs a threshold",
         "write for instance `latency.ratio <= 1.2`"),
        ("latency.ratio >= 1", "`>=` does not fit `latency.ratio`, of which lower is tighter",
         "use one of ==, <=, <"),
        ("latency.p95 <= 2", "`2` has no unit; write 2s, one of ms, s, m, h", ""),
        ("latency.p95 <= soon", "`soon` is not a number with a unit; write for instance 30s", ""),
        ("latency.p95 < 0s", "`latency.p95 < 0s` can never open", "the least there can be is 0"),
        ("latency.p95 == 2s", "`latency.p95 == 2s` would close when there are fewer",
         "write `<= 2s`"),
    ],
)
def test_a_condition_that_says_nothing_is_refused(text: str, message: str, hint: str) -> None:
    said, helped = complaint(text)
    assert said == message
    assert hint is None or helped == hint


texts = st.one_of(
    st.builds("failures {} {}".format, st.sampled_from(["<=", "<"]),
              st.sampled_from(["0.5", "1", "1.5", "2", "3"])),
    st.sampled_from(["failures == 0", "failures <= 0", "smoke.passed", "contract.complete"]),
    st.builds("cases.count {} {}".format, st.sampled_from([">=", ">"]),
              st.sampled_from(["0.5", "1", "1.5", "2", "3"])),
    st.builds("latency.p95 {} {}".format, st.sampled_from(["<=", "<"]),
              st.sampled_from(["500ms", "1s", "1.5s", "2s"])),
)


@given(texts, texts)
def test_a_condition_implies_another_where_no_value_satisfies_it_alone(
    one: str, other: str
) -> None:
    first, second = make_condition(one), make_condition(other)
    values: list[float] = [0, 1] if first.threshold == 1 and " " not in one else \
        [n / 4 for n in range(20)] if "latency" in one else [*range(20)]
    expected = first.measure == second.measure and all(
        second.holds(value) for value in values if first.holds(value))
    assert first.implies(second) is expected


def test_a_share_of_all_says_nothing_of_the_share_of_a_risk() -> None:
    """All failures are no fewer than a risk's; a loss in one risk can hide among the others."""
    assert make_condition("failures <= 2").implies(make_condition("failures.safety <= 2"))
    assert not make_condition("loss <= 2%").implies(make_condition("loss.safety <= 2%"))
    assert make_condition("loss <= 2%").implies(make_condition("loss <= 3%"))


@given(texts)
def test_a_value_that_is_no_number_satisfies_nothing(text: str) -> None:
    assert not make_condition(text).holds(math.nan)


@given(st.text(max_size=20) | st.tuples(
    st.sampled_from(sorted(MEASURES)), st.sampled_from([" == ", "<", ">=", "=", " "]),
    st.sampled_from(["0", "1", "2s", "x", "-1", "nan", "²", ""])).map("".join))
def test_any_text_is_a_condition_or_one_complaint(text: str) -> None:
    complaints = Complaints("g.yaml")
    read = read_condition(text, Place(1, 1), complaints)
    assert len(complaints.problems) == (0 if isinstance(read, Condition) else 1)


@pytest.mark.parametrize(("texts", "kept"), [
    (["failures == 0", "failures.format == 0"], ["failures == 0"]),
    (["failures.format == 0", "failures == 0"], ["failures == 0"]),
    (["failures == 0", "failures == 0"], ["failures == 0"]),
    (["failures < 1", "failures == 0"], ["failures < 1"]),
    (["latency.p95 < 1s", "latency.p95 <= 1s"], ["latency.p95 < 1s"]),
    (["latency.p95 <= 2s", "latency.p95 < 1s"], ["latency.p95 < 1s"]),
    (["cases.count >= 5", "cases.count > 4"], ["cases.count >= 5"]),
    (["cases.count > 5", "cases.count >= 5"], ["cases.count > 5"]),
    (["loss <= 2%", "loss.format <= 2%"], ["loss <= 2%", "loss.format <= 2%"]),
    (["smoke.passed", "contract.complete", "smoke.passed"], ["smoke.passed", "contract.complete"]),
    (["failures == 0"], ["failures == 0"]), ([], []),
])
def test_what_another_condition_asks_for_already_is_dropped(
    texts: list[str], kept: list[str]
) -> None:
    conditions = [make_condition(text) for text in texts]
    assert [one.text for one in without_implied(conditions)] == kept
