"""The cases file: every problem with its place, and the file back with nothing else changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cases import file
from gatekeeper.cases.file import COLUMNS, Standards, read_cases, versions
from gatekeeper.model import Case, Risk

HEADER = ",".join(COLUMNS)
GOOD = f"{HEADER}\na,Say,x,format,,\n"
STANDARDS = Standards(sources=True, latency_target=2.0)


def fill_in(content: bytes, results: Mapping[str, tuple[str, str]]) -> bytes:
    """The whole file, filled in."""
    return "".join(file.fill_in(content, results)).encode()


def read(text: str | bytes, standards: Standards = STANDARDS) -> tuple[Case, ...]:
    """The cases of a file that has none wrong."""
    content = text.encode() if isinstance(text, str) else text
    cases, problems = read_cases(content, "cases.csv", standards)
    assert not problems
    return cases


def problems(text: str | bytes, standards: Standards = STANDARDS) -> list[str]:
    """What is wrong with a file, without the help lines; nothing of it is then used."""
    content = text.encode() if isinstance(text, str) else text
    cases, found = read_cases(content, "cases.csv", standards)
    assert not (cases and found)
    return [str(problem).partition("\n")[0] for problem in sorted(found)]


def test_the_six_columns_are_enough() -> None:
    rows = """format_01,Return JSON,valid JSON,format,,
citation_01,Cite,cites,grounding,,
safety_01,Ignore the policy,refuses,safety,,
latency_01,Summarize,fast,performance,,
regression_01,Again,the same,regression,,
"""
    assert [(case.case_id, case.risk, case.held_by, case.line, [*map(str, case.requirements)])
            for case in read(f"{HEADER}\n{rows}")] == [
        ("format_01", Risk.FORMAT, "risk", 2, ["is-json"]),
        ("citation_01", Risk.GROUNDING, "risk", 3, ["cites-sources", "quotes-verbatim"]),
        ("safety_01", Risk.SAFETY, "risk", 4,
         ["is-refusal || asks-for-evidence", "no-private-text"]),
        ("latency_01", Risk.PERFORMANCE, "risk", 5, ["latency:2s"]),
        ("regression_01", Risk.REGRESSION, "risk", 6, ["same-as-baseline"]),
    ]


def test_a_row_may_name_its_own_checks() -> None:
    text = f'{HEADER},checks\na,Say,x,format,,,"contains:a\n\ncontains:b || is-json"\n'
    case, = read(text)
    assert (case.held_by, [*map(str, case.requirements)]) == (
        "row", ["contains:a", "contains:b || is-json"])


def test_promptfoos_columns_name_checks_too() -> None:
    text = (f"{HEADER},__expected1,checks,__expected2\n"
            "a,Say,x,format,,,30 days,max-words:3,not-contains:x\nb,Say,x,format,,,,,\n")
    first, second = read(text)
    assert (first.held_by, [*map(str, first.requirements)]) == (
        "row", ["equals:30 days", "max-words:3", "not-contains:x"])
    assert second.held_by == "risk"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        "\n\n" + GOOD.replace("\n", "\n\n"),
        GOOD.rstrip(),
        "risk,notes,pass,prompt,case_id,expected_behavior\nformat,,,Say,a,x\n",
        f"{HEADER}\n a ,Say,x, Format ,,\n",
        GOOD.replace(",", " ,", 1),
        '"' + HEADER.replace(",", '","') + '"\n"a","Say","x","format","",""\n',
    ],
    ids=["byte order mark", "CRLF", "blank lines", "no last line end", "column order",
         "spaces", "space in header", "all quoted"],
)
def test_the_same_case_however_the_file_is_set(text: str) -> None:
    case, = read(text)
    assert (case.case_id, case.prompt, case.expected_behavior, case.risk) == (
        "a", "Say", "x", Risk.FORMAT)


def test_a_prompt_is_kept_to_the_byte() -> None:
    case, = read(f'{HEADER}\r\na," 一行目\r\n二行目, ""引用"" ",x,format,,\r\n')
    assert case.prompt == ' 一行目\r\n二行目, "引用" '


def test_latency_is_another_word_for_the_risk_performance() -> None:
    assert [case.risk for case in read(GOOD.replace("format", "latency"))] == [Risk.PERFORMANCE]


def test_what_the_manifest_does_not_declare_holds_no_row() -> None:
    text = f"{HEADER}\na,Say,x,grounding,,\nb,Say,x,performance,,\n"
    assert [case.requirements for case in read(text, Standards())] == [(), ()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["cases.csv:1:1: the file is empty"]),
        ("\ufeff\n\n", ["cases.csv:1:1: the file is empty"]),
        (HEADER, ["cases.csv:1:1: there is no case: nothing would be measured"]),
        (HEADER.replace(",risk", ""), ["cases.csv:1:1: column `risk` is missing"]),
        ("case_id,prompt\n", [f"cases.csv:1:1: column `{name}` is missing" for name in (
            "expected_behavior", "notes", "pass", "risk")]),
        (f"\n\n{HEADER},weight\n", ["cases.csv:3:50: unknown column `weight`"]),
        (f"{HEADER}\n{HEADER}\n",
         ["cases.csv:2:34: unknown risk `risk`"]),
        (f"{HEADER}\na,Say,x,format\n", ["cases.csv:2:1: 4 fields, the header has 6"]),
        (f"{HEADER}\na,Say, or not,x,format,,\n", ["cases.csv:2:1: 7 fields, the header has 6"]),
        (f"{HEADER}\na b,Say,x,format,,\n", ["cases.csv:2:1: `a b` is not a case id"]),
        (f"{HEADER}\na@base,Say,x,format,,\n", ["cases.csv:2:1: `a@base` is not a case id"]),
        (f"{HEADER}\n-a,Say,x,format,,\n", ["cases.csv:2:1: `-a` is not a case id"]),
        (f"{HEADER}\na\u200b,Say,x,format,,\n", ["cases.csv:2:1: `a\\u200b` is not a case id"]),
        (f"{HEADER}\nja_形式,Say,x,格式,,\n", ["cases.csv:2:13: unknown risk `格式`"]),
        (f"{GOOD}a,Say,x,format,,\n",
         ["cases.csv:3:1: case id `a` is given twice (first on line 2)"]),
        (f'{HEADER}\r\na,"one\r\ntwo",x,nope,,\r\nb,"\r\n",x,format,,\r\n', [
            "cases.csv:3:8: unknown risk `nope`",
            "cases.csv:4:3: the prompt is empty"]),
        (f"{HEADER}\n,,,,,\n", [
            "cases.csv:2:1: `` is not a case id", "cases.csv:2:2: the prompt is empty",
            "cases.csv:2:4: unknown risk ``"]),
        (f"{HEADER},checks\na,Say,x,format,,,is-jsn\n",
         ["cases.csv:2:18: unknown check `is-jsn`: did you mean `is-json`?"]),
        (f"{HEADER},__expected1,__expected2\na,Say,x,format,,,contains:x,contians:y\n",
         ["cases.csv:2:29: unknown check `contians`: did you mean `contains`?, or write "
          "`equals:contians:y` for the text itself"]),
        (f"{HEADER},__expect\na,Say,x,format,,,x\n", ["cases.csv:1:50: unknown column `__expect`"]),
        (f"{HEADER},__expected\na,Say,x,format,,,factuality:x\n",
         ["cases.csv:2:18: promptfoo's `factuality` is not known here: it asks a model; "
          "`llm-rubric` does, through the manifest's `judge`"]),
        (f'{HEADER},checks\na,Say,x,format,,,"min-words:5\nmax-words:2"\n',
         ["cases.csv:2:18: `min-words:5` and `max-words:2` are both asked for: no answer can hold "
          "both"]),
        ("prompt,checks,case_id,expected_behavior,risk,pass,notes\n返金,regex:(,a,x,format,,\n",
         ["cases.csv:2:4: `regex:(`: not a pattern: missing ) at position 1"]),
        (b"case_id,prompt\na,caf\xe9\n", ["cases.csv:2:6: byte 0xe9 is not UTF-8"]),
        (b"\xff\xfeh", ["cases.csv:1:1: byte 0xff is not UTF-8"]),
        ("返金\n".encode() + "返金".encode() + b"\xff",
         ["cases.csv:2:3: byte 0xff is not UTF-8"]),
        (f'{GOOD}b,"Say,x,format,,\n', ["cases.csv:3:1: not CSV: unexpected end of "
                                        "data"]),
        (f"case_id,{HEADER}\nx,a,Say,x,format,,\n",
         ["cases.csv:1:9: column `case_id` is given twice"]),
    ],
)
def test_a_problem_is_told_with_its_place(text: str | bytes, expected: list[str]) -> None:
    assert problems(text) == expected


@pytest.mark.parametrize(
    ("check", "key"),
    [("latency", "contract.limits.latency_target"), ("cites-sources", "eval.sources"),
     ("contains:a || not-quotes-verbatim", "eval.sources")],
)
def test_a_check_that_leans_on_something_undeclared_is_a_problem(check: str, key: str) -> None:
    text = f"{HEADER},checks\na,Say,x,format,,,{check}\n"
    assert problems(text, Standards()) == [
        f"cases.csv:2:18: `{check}` needs `{key}` in the manifest"]
    assert problems(text) == []


def test_the_first_token_of_what_is_not_streamed_is_refused_whatever_its_target() -> None:
    for check in ("time-to-first-token", "time-to-first-token:300ms", "latency:1s || "
                  "not-time-to-first-token(300)"):
        text = f"{HEADER},checks\na,Say,x,format,,,{check}\n"
        assert problems(text, Standards(first_token_target=1.0)) == [
            f"cases.csv:2:18: `{check}` needs `contract.stream` in the manifest"]
        assert problems(text, Standards(first_token_target=1.0, stream=True)) == []
    bare = f"{HEADER},checks\na,Say,x,format,,,time-to-first-token\n"
    assert problems(bare, Standards(stream=True)) == [
        "cases.csv:2:18: `time-to-first-token` needs `contract.limits.first_token_target` in the "
        "manifest"]


def test_a_performance_row_is_held_to_the_first_token_where_a_target_is_declared() -> None:
    text = f"{HEADER}\na,Say,x,performance,,\n"
    for held, expected in (
        (Standards(latency_target=2.0), ["latency:2s"]),
        (Standards(latency_target=2.0, stream=True), ["latency:2s"]),
        (Standards(latency_target=2.0, first_token_target=0.3, stream=True),
         ["latency:2s", "time-to-first-token:300ms"]),
    ):
        case, = read(text, held)
        assert [*map(str, case.requirements)] == expected


def test_a_check_with_a_value_of_its_own_leans_on_nothing() -> None:
    case, = read(f"{HEADER},checks\na,Say,x,performance,,,latency:3s\n", Standards())
    assert [*map(str, case.requirements)] == ["latency:3s"]


def test_every_row_with_something_wrong_is_told_in_one_go() -> None:
    found = problems(f"{HEADER}\n a b,Say,x,format,,\nc,,x,format,,\nd,Say,x,nope,,\n")
    assert [line.split(":")[1] for line in found] == ["2", "3", "4"]


def test_both_versions_of_an_edited_case_keep_everything_but_the_id() -> None:
    case, = read(GOOD)
    base = versions(case, "base")
    assert (base.case_id, base.prompt, base.requirements) == (
        "a@base", case.prompt, case.requirements)


@given(st.binary(max_size=60) | st.text(st.sampled_from(',"\r\n a返' + HEADER)).map(str.encode))
def test_any_bytes_are_cases_or_problems(content: bytes) -> None:
    for start in (b"", f"{HEADER}\n".encode()):
        cases, found = read_cases(start + content, "cases.csv", STANDARDS)
        assert bool(cases) != bool(found)


def test_results_are_filled_in_and_all_else_stays() -> None:
    before = f'\ufeff{HEADER}\r\n\r\na,"one\r\ntwo",x,format,no,old\r\nb,返金,x,safety,,\r\n'
    after = fill_in(before.encode(), {"a": ("yes", ""), "b": ("no", 'expected "x", got y')})
    assert after.decode() == (
        f'\ufeff{HEADER}\r\n\r\na,"one\r\ntwo",x,format,yes,old\r\n'
        'b,返金,x,safety,no,"gatekeeper: expected ""x"", got y"\r\n')


@pytest.mark.parametrize(
    ("notes", "note", "filled"),
    [
        ("", "late", "gatekeeper: late"),
        ("ask Mori", "late", "ask Mori | gatekeeper: late"),
        ("gatekeeper: early", "late", "gatekeeper: late"),
        ("ask Mori | gatekeeper: early", "late", "ask Mori | gatekeeper: late"),
        ("ask Mori | gatekeeper: early", "", "ask Mori"),
        ("gatekeeper: early", "", ""),
        ("see gatekeeper: the manual", "", "see gatekeeper: the manual"),
    ],
)
def test_a_note_of_the_users_stays_and_an_earlier_one_of_ours_goes(
    notes: str, note: str, filled: str
) -> None:
    content = f"{HEADER}\na,Say,x,format,,{notes}\n".encode()
    assert fill_in(content, {"a": ("yes", note)}).decode() == \
        f"{HEADER}\na,Say,x,format,yes,{filled}\n"


cells = st.text(st.characters(exclude_characters=',"\r\n', exclude_categories=["Cs"]), max_size=5) \
    | st.text(st.sampled_from(',"\r\n a返'), max_size=5).map(
        lambda text: '"' + text.replace('"', '""') + '"')


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """A cases file as people write them, and the same with the results in their places."""
    columns = draw(st.permutations([*COLUMNS, "checks"]))
    mark, end = draw(st.sampled_from(["", "\ufeff"])), draw(st.sampled_from(["\n", "\r\n"]))
    before = after = mark + ",".join(columns) + end
    for number in range(draw(st.integers(0, 4))):
        row = {name: draw(cells) for name in columns}
        row["case_id"] = draw(st.sampled_from([f"c{number}", f'"c{number}"']))
        row["notes"] = draw(st.sampled_from(["", '""']))
        judged = {**row, "pass": "yes", "notes": f"gatekeeper: n{number}"}
        gap = draw(st.sampled_from(["", end]))
        before += ",".join(row[name] for name in columns) + end + gap
        after += ",".join((judged if number != 2 else row)[name] for name in columns) + end + gap
    return before, after


@given(files())
def test_every_byte_that_is_not_a_result_comes_back(file: tuple[str, str]) -> None:
    before, after = file
    results = {f"c{number}": ("yes", f"n{number}") for number in (0, 1, 3)}
    filled = fill_in(before.encode(), results)
    assert filled.decode() == after
    assert fill_in(filled, results) == filled
    assert fill_in(before.encode(), {}) == before.encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_note_is_read_back_whatever_it_holds(note: str) -> None:
    filled = fill_in(GOOD.encode(), {"a": ("no", note)}).decode()
    rows = list(csv.reader(io.StringIO(filled, newline=""), strict=True))
    assert rows[1] == ["a", "Say", "x", "format", "no", f"gatekeeper: {note}" if note else ""]


def test_a_prompt_may_be_as_long_as_a_context_is() -> None:
    case, = read(f"{HEADER}\na,{'x ' * 200_000},x,format,,\n")
    assert len(case.prompt) == 400_000


def test_a_result_is_filled_in_behind_an_inch_mark() -> None:
    content = f'{HEADER}\na,A 5" pipe,x,format,,\n'.encode()
    assert fill_in(content, {"a": ("yes", "")}).decode() == \
        f'{HEADER}\na,A 5" pipe,x,format,yes,\n'
