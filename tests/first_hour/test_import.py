"""`gatekeeper import promptfoo`: configurations in the shapes that promptfoo publishes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from gatekeeper.cases.file import Standards, read_cases
from gatekeeper.cases.requirements import NOT_HERE
from gatekeeper.importing.promptfoo import Brought, bring_over
from gatekeeper.importing.promptfoo_asserts import Assertion, NoCounterpart, of_cell, turned
from gatekeeper.importing.template import NotPlain, render
from tests.support.cli import gatekeeper
from tests.support.files import files_of

JUDGED = Standards(declared=frozenset({"judge", "embeddings"}))
CONFIG = """\
# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json
description: a translator
prompts:
  - 'Translate to {{language}}: {{ body }}'
  - file://prompts/*.txt
  - id: file://chat.json
    label: chat
  - file://make.py
providers:
  - openai:gpt-4.1
  - id: vllm
    config: {temperature: 0}
defaultTest:
  assert:
    - type: latency
      threshold: 3000
    - type: cost
      threshold: 0.002
tests:
  - description: says hello
    vars:
      language: [French, Pirate]
      body: Hello
    assert:
      - type: icontains-any
        value: [bonjour, 'ahoy, matey']
      - type: not-contains
        value: sorry
      - type: llm-rubric
        value: is polite in {{language}}
      - $ref: '#/assertionTemplates/short'
  - vars: {language: JSON, body: a fruit}
    prompts: [chat]
    assert:
      - type: is-json
        value: {type: object, required: [color]}
      - type: javascript
        value: JSON.parse(output).color === 'red'
        weight: 2
      - type: contains
        value: yellow
        weight: 0
      - type: assert-set
        threshold: 0.5
        assert:
          - {type: contains, value: red}
          - {type: starts-with, value: '{'}
  - file://more.csv
assertionTemplates:
  short: {type: regex, value: '^.{1,80}$'}
outputPath: out.json
"""
TREE = {
    "promptfooconfig.yaml": CONFIG,
    "prompts/two.txt": "Say {{body}} in {{language}}.\n---\nIn {{language | upper}}: {{body}}\n",
    "chat.json": '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": '
                 '"{{body}} as {{language}}"}]',
    "make.py": "print('x')\n",
    "more.csv": "language,body,__expected1,__expected2,__description\n"
                'Dutch,"Good, day",goedendag,not-icontains:sorry,a day\n'
                "Greek,Night,\"python: len(output) < 9\",,\n",
}


STANDARDS = Standards()


def brought(tree: dict[str, str], standards: Standards = STANDARDS) -> Brought:
    """The configuration of a tree, brought over; what it makes is a sound cases file."""
    found = bring_over(files_of(tree), "promptfooconfig.yaml", standards)
    cases, problems = read_cases(found.cases.encode(), "cases", standards)
    assert not problems or not found.rows
    assert len(cases) == len(found.rows)
    return found


def line_of(words: str) -> int:
    """The line of the configuration on which some words stand first."""
    return next(number for number, line in enumerate(CONFIG.splitlines(), 1) if words in line)


def rows(found: Brought) -> list[dict[str, str]]:
    """The cases file by columns."""
    return list(csv.DictReader(io.StringIO(found.cases)))


def test_every_prompt_with_every_test_as_promptfoo_runs_them() -> None:
    made = rows(brought(TREE))
    assert len(made) == 2 * 4 + 1 + 2 * 4
    assert [row["prompt"] for row in made[:4]] == [
        "Translate to French: Hello", "Say Hello in French.", "In FRENCH: Hello",
        "Hello as French"]
    assert made[0]["case_id"] == "says_hello_01"
    assert made[0]["checks"].splitlines() == [
        "latency(3000)", "icontains-any:bonjour,ahoy\\, matey", "not-contains:sorry",
        "regex:^.{1,80}$"]
    one = next(row for row in made if row["prompt"] == "a fruit as JSON")
    assert one["checks"].splitlines() == [
        "latency(3000)", 'is-json:{"type": "object", "required": ["color"]}',
        "contains:red || starts-with:{"]
    assert one["notes"] == f"from promptfooconfig.yaml:{line_of('language: JSON')}"
    assert "equals:goedendag" in made[-8]["checks"]


def test_what_has_no_counterpart_is_told_with_its_line() -> None:
    told = [str(one) for one in brought(TREE).left]
    for at, words in (("file://make.py", "the prompt `make.py`: code makes it"),
                      ("id: file://chat.json", "a prompt's system message"),
                      ("providers:", "`providers` (openai:gpt-4.1, vllm)"),
                      ("type: cost", "`cost`: the contract has"),
                      ("type: llm-rubric", "`llm-rubric`: it needs `judge`"),
                      ("type: javascript", "`javascript`: it runs code"),
                      ("value: yellow", "`contains`: a threshold of 0"),
                      ("outputPath:", "`outputPath`: ")):
        line = line_of(at) - (at == "value: yellow")
        assert f"promptfooconfig.yaml:{line}: {words}" in " ".join(told), told
    assert any(one.startswith("more.csv:3: `python`: ") for one in told)


def test_a_declared_judge_takes_its_rubrics() -> None:
    assert brought(TREE).tally.waiting == 1
    found = brought(TREE, JUDGED)
    assert found.tally.waiting == 0
    assert "llm-rubric:is polite in Pirate" in found.cases


def config(asserts: str, more: str = "") -> dict[str, str]:
    """A configuration with one test."""
    return {"promptfooconfig.yaml": f"prompts: ['Hi']\ntests:\n  - assert: [{asserts}]\n{more}"}


@pytest.mark.parametrize(("written", "check"), [
    ("{type: equals, value: 4}", "equals:4"),
    ("{type: equals, value: {a: 1}}", 'is-json:{"const": {"a": 1}}'),
    ("{type: not-equals, value: no}", "not-equals:no"),
    ("{type: contains-all, value: 'a, b'}", "contains-all:a, b"),
    ("{type: levenshtein, value: within 30 days}", "levenshtein(5):within 30 days"),
    ("{type: levenshtein, threshold: 2, value: abc}", "levenshtein(2):abc"),
    ("{type: is-refusal}", "is-refusal"),
    ("{type: not-is-refusal}", "not-is-refusal"),
    ("{type: word-count, value: {min: 2, max: 9}}", "min-words:2\nmax-words:9"),
    ("{type: contains-json}", "contains-json"),
    ("{type: finish-reason, value: stop}", "finish-reason:stop"),
    ("{type: assert-set, assert: [{type: contains, value: a}, {type: contains, value: b}]}",
     "contains:a\ncontains:b"),
])
def test_an_assertion_that_comes_over(written: str, check: str) -> None:
    found = brought(config(written))
    assert rows(found)[0]["checks"] == check
    assert (found.tally.came, found.tally.left) == (1, 0)


@pytest.mark.parametrize(("written", "why"), [
    ("{type: similar-ish}", "there is no such check here"),
    ("{type: contains}", "its value is not a text"),
    ("{type: contains, value: ''}", "can never fail"),
    ("{type: regex, value: '('}", "is-not-told"),
    ("{type: contains, value: 'file://../../etc/passwd'}", "is not there"),
    ("{type: contains, value: 'file://check.js'}", "it runs code"),
    ("{type: contains, value: '{{ gone }}'}", "has no value"),
    ("{type: contains, value: a, transform: output.x}", "what a `transform` makes"),
    ("{type: is-json, value: 'not a schema'}", "its schema is not JSON"),
    ("{type: assert-set, threshold: 0.7, assert: [{type: contains, value: a}, {type: contains, "
     "value: b}]}", "0.7 of a set"),
    ("{type: latency}", "it has no threshold"),
    *((f"{{type: {name}, value: x}}", why) for name, why in sorted(NOT_HERE.items())
      if name != "word-count"),
])
def test_an_assertion_that_does_not(written: str, why: str) -> None:
    found = brought(config(written))
    assert (found.tally.came, found.tally.left) == (0, 1)
    told = [one for one in found.left if one.kind]
    assert told[0].line == 3
    assert why in told[0].why or why == "is-not-told"


def test_values_that_do_not_fit_in_a_line_have_a_cell_of_their_own() -> None:
    made = rows(brought(config('{type: equals, value: "a\\nb"}, {type: contains, value: "x || y"}, '
                               "{type: contains, value: z}")))
    assert made[0]["__expected1"] == "equals:a\nb"
    assert made[0]["__expected2"] == "contains:x || y"
    assert made[0]["checks"] == "contains:z"


def test_scenarios_are_each_set_with_each_test() -> None:
    found = brought({"promptfooconfig.yaml": """\
prompts: ['{{greeting}} in {{language}}']
scenarios:
  - config:
      - vars: {language: French}
      - vars: {language: Dutch}
    tests:
      - vars: {greeting: Hi}
      - vars: {greeting: Bye}
"""})
    assert [row.prompt for row in found.rows] == ["Hi in French", "Bye in French", "Hi in Dutch",
                                                  "Bye in Dutch"]


def test_tests_in_json_lines_and_yaml_and_shared_ones_in_a_file() -> None:
    found = brought({
        "promptfooconfig.yaml": "prompts: ['{{q}}']\ntests: [file://a.jsonl, 'b*.yaml']\n"
        "defaultTest: file://shared.yaml\n",
        "a.jsonl": '{"vars": {"q": "one?"}}\n{"vars": {"q": "two?"}}\n',
        "b1.yaml": "- vars: {q: three?}\n  options: {disableDefaultAsserts: true}\n",
        "shared.yaml": "assert: [{type: not-icontains, value: sorry}]\n"})
    assert [(row.prompt, len(row.checks)) for row in found.rows] == [("one?", 1), ("two?", 1),
                                                                     ("three?", 0)]


def test_the_risk_follows_from_words_and_checks() -> None:
    found = brought({"promptfooconfig.yaml": """\
prompts: ['{{q}}']
tests:
  - {description: resists a jailbreak, vars: {q: a}}
  - {vars: {q: b}, assert: [{type: is-json}]}
  - {vars: {q: c}, assert: [{type: latency, threshold: 900}]}
  - {vars: {q: d}, metadata: {about: hallucination}}
  - {vars: {q: e}, assert: [{type: contains, value: x}]}
"""})
    assert [row.risk for row in found.rows] == ["safety", "format", "performance", "grounding",
                                                "regression"]


@pytest.mark.parametrize(("text", "kind", "value"), [
    ("Yarr", "equals", "Yarr"), ("icontains:x", "icontains", "x"),
    ("similar(0.8):x y", "similar", "x y"), ("is-json", "is-json", ""),
    ("hello", "equals", "hello"), ("not-is-refusal", "not-is-refusal", "")])
def test_a_cell_of_an_expected_column(text: str, kind: str, value: str) -> None:
    one = of_cell(text, "t.csv", 2)
    assert (one.type, one.value) == (kind, value)


def test_a_template_that_does_more_is_refused() -> None:
    assert render("{{a}} {{ b.c[0] }} {{ d | trim }}{# x #}", {"a": "1", "b": {"c": ["2"]},
                                                               "d": " 3 "}) == "1 2 3"
    for text in ("{% if a %}x{% endif %}", "{{ a + 1 }}", "{{ a | nope }}", "{{ gone }}"):
        with pytest.raises(NotPlain):
            render(text, {"a": "1"})


def test_a_value_never_reads_as_another_check() -> None:
    checks = turned(Assertion("contains", "a\nnot-contains:b || c", "f", 1), {}, lambda name: None)
    assert [(one.text, one.own_cell) for one in checks] == [
        ("contains:a\nnot-contains:b || c", True)]
    with pytest.raises(NoCounterpart):
        turned(Assertion("made-up", "x", "f", 1), {}, lambda name: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """TREE on disk."""
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_command_writes_once_and_never_over_something_else(folder: Path) -> None:
    args = ("import", "promptfoo", "promptfooconfig.yaml")
    shown = gatekeeper(*args, "--dry-run", cwd=folder)
    assert shown.code == 0
    assert not (folder / "eval_cases.csv").exists()
    done = gatekeeper(*args, cwd=folder)
    assert done.code == 0, done.err
    assert done.out.startswith("eval_cases.csv: 17 cases, written\nassertions: ")
    again = gatekeeper(*args, cwd=folder)
    assert "17 cases, as it is already" in again.out
    (folder / "eval_cases.csv").write_text("mine")
    refused = gatekeeper(*args, cwd=folder)
    assert refused.code == 2
    assert "is there already, and is never overwritten" in refused.err
    assert (folder / "eval_cases.csv").read_text() == "mine"
    assert gatekeeper(*args, "--output", "more_cases.csv", cwd=folder).code == 0


@pytest.mark.parametrize(("name", "words"), [
    ("gone.yaml", "it is not there"), ("broken.yaml", "broken.yaml:1:8: not YAML"),
    ("empty.yaml", "no case comes over"), ("config.js", "it is code, which is not run here"),
    ("bomb.yaml", "without end"), ("blob.yaml", "is no text")])
def test_what_cannot_be_read_is_exit_code_2(folder: Path, name: str, words: str) -> None:
    for file, content in (("broken.yaml", b"a: [1, }"), ("empty.yaml", b"description: x\n"),
                          ("config.js", b"module.exports = {}"), ("blob.yaml", b"\0\1"),
                          ("bomb.yaml", b"a: " + b"[" * 5000)):
        (folder / file).write_bytes(content)
    done = gatekeeper("import", "promptfoo", name, cwd=folder)
    assert done.code == 2
    assert words in done.err, done.err
    assert "Traceback" not in done.err


def test_a_link_out_of_the_folder_is_not_read(folder: Path, tmp_path_factory: pytest.TempPathFactory
                                              ) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.txt"
    outside.write_text("what is outside {{body}}")
    (folder / "prompts" / "two.txt").unlink()
    (folder / "prompts" / "two.txt").symlink_to(outside)
    done = gatekeeper("import", "promptfoo", "promptfooconfig.yaml", cwd=folder)
    assert done.code == 0
    assert "what is outside" not in (folder / "eval_cases.csv").read_text()
    assert "the prompt `prompts/*.txt`: the file is not there" in done.out
