"""The manifest: what it may say, and everything wrong with it at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.service import Build
from gatekeeper.manifest.types import Manifest

MANIFEST = """version: 1
service: {build: .}
contract: {preset: openai-chat}
gates: {share: [failures == 0]}
"""


def read(text: str) -> Manifest:
    """A manifest with nothing wrong."""
    manifest, found = parse_manifest(text, "g.yaml")
    assert manifest is not None, found
    return manifest


def problems(text: str) -> list[str]:
    """What is wrong with a manifest, without the help lines; nothing of it is then used."""
    manifest, found = parse_manifest(text, "g.yaml")
    assert (manifest is None) == bool(found)
    return [str(problem).partition("\n")[0] for problem in sorted(found)]


def helps(text: str) -> list[str]:
    """The help lines of a manifest's problems."""
    return [problem.hint for problem in sorted(parse_manifest(text, "g.yaml")[1])]


def with_line(line: str) -> str:
    """The manifest with one line more, its fifth."""
    return f"{MANIFEST}{line}\n"


def with_service(inside: str) -> str:
    """The manifest with another service, on its second line."""
    return MANIFEST.replace("{build: .}", inside)


def test_a_small_manifest_leaves_the_rest_to_defaults() -> None:
    manifest = read(MANIFEST)
    service = manifest.service
    assert service.build == Build(".", "Dockerfile", {})
    assert (service.port, service.egress, service.ready.path) == (8000, "none", "/health")
    assert (service.ready.timeout, service.stop.grace) == (120.0, 10.0)
    assert (service.resources.memory, service.resources.cpus) == (2 * 1024**3, 2.0)
    assert service.sandbox.read_only
    assert (manifest.eval.cases, manifest.eval.repeats) == ("eval_cases.csv", 1)
    assert [condition.text for condition in manifest.gates["share"].until] == ["failures == 0"]
    assert manifest.gates["share"].blocks == ("merge", "release")


def test_units_are_read_where_they_stand() -> None:
    manifest = read(MANIFEST.replace("openai-chat", "openai-chat, limits: {timeout: 1m, "
                                     "latency_target: 500ms}").replace(
        "{build: .}", "{build: ., resources: {memory: 512m}, sandbox: {tmpfs: {/x: 1k}}}"))
    assert (manifest.contract.limits.timeout, manifest.contract.limits.latency_target) == (60, 0.5)
    assert manifest.service.resources.memory == 512 * 1024**2
    assert manifest.service.sandbox.tmpfs == {"/x": 1024}


def test_one_thing_may_stand_for_a_list_of_one() -> None:
    manifest = read(MANIFEST.replace("[failures == 0]", "failures == 0") + "watch: {prompt: p/**}")
    assert len(manifest.gates["share"].until) == 1
    assert manifest.watch == {"prompt": ("p/**",)}


def test_what_yaml_takes_for_a_boolean_is_text_where_text_is_wanted() -> None:
    manifest = read(with_service("{build: ., environment: {A: no, B: on, C: 010, D: 1.0}}")
                    + "watch: {prompt: [no, off]}\n")
    assert manifest.service.environment == {"A": "no", "B": "on", "C": "010", "D": "1.0"}
    assert manifest.watch == {"prompt": ("no", "off")}


@pytest.mark.parametrize(("word", "value"), [("no", False), ("off", False), ("False", False),
                                             ("yes", True), ("on", True), ("TRUE", True)])
def test_a_boolean_is_every_word_that_yaml_has_for_it(word: str, value: bool) -> None:
    manifest = read(with_service(f"{{build: ., sandbox: {{read_only: {word}}}}}"))
    assert manifest.service.sandbox.read_only is value


def test_the_same_manifest_however_it_is_set() -> None:
    for text in ("\ufeff" + MANIFEST, MANIFEST.replace("\n", "\r\n"), f"---\n{MANIFEST}",
                 "".join(reversed(MANIFEST.splitlines(keepends=True)))):
        manifest = read(text)
        assert (manifest.version, manifest.service) == (1, read(MANIFEST).service)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["g.yaml:1:1: the file is empty"]),
        ("- a\n", ["g.yaml:1:1: expected a mapping, got a list"]),
        ("just text\n", ["g.yaml:1:1: expected a mapping, got `just text`"]),
        ("version: 1\n", [f"g.yaml:1:1: `{key}` is missing"
                          for key in ("contract", "gates", "service")]),
        (MANIFEST.replace("version: 1", "version: 2"), ["g.yaml:1:10: `2` is outside 1 to 1"]),
        (MANIFEST.replace("version: 1", "version: '1'"),
         ["g.yaml:1:10: expected a whole number, got `1`"]),
        (with_service("{}"), ["g.yaml:2:1: nothing says how to start the service"]),
        (with_service("{build: {contxt: .}}"), ["g.yaml:2:19: unknown key `contxt`"]),
        (with_service("{build: [.]}"), ["g.yaml:2:18: expected text, got a list"]),
        (with_service("{build: /etc}"), ["g.yaml:2:11: `/etc` leaves the manifest's folder"]),
        (with_service("{build: a/../../b}"),
         ["g.yaml:2:11: `a/../../b` leaves the manifest's folder"]),
        (with_service("{build: ., port: 0}"), ["g.yaml:2:27: `0` is outside 1 to 65535"]),
        (with_service("{build: ., port: -1}"), ["g.yaml:2:27: `-1` is outside 1 to 65535"]),
        (with_service("{build: ., port: 0x50}"),
         ["g.yaml:2:27: expected a whole number, got `0x50`"]),
        (with_service("{build: ., egress: yes}"), ["g.yaml:2:29: unknown word `yes`"]),
        (with_service("{build: ., resources: {cpus: .nan}}"),
         ["g.yaml:2:39: `.nan` is outside 0.1 to 1024"]),
        (with_service("{build: ., resources: {memory: 512}}"),
         ["g.yaml:2:41: `512` has no unit; write 512g, one of k, m, g"]),
        (with_service("{build: ., stop: {grace: soon}}"),
         ["g.yaml:2:35: `soon` is not a number with a unit; write for instance 30s"]),
        (with_service("{build: ., environment: {A: ~, B: [x]}}"),
         ["g.yaml:2:38: expected text, got `~`", "g.yaml:2:44: expected text, got a list"]),
        (with_service("{build: ., sandbox: {read_only: 1}}"),
         ["g.yaml:2:42: expected true or false, got `1`"]),
        (MANIFEST.replace("openai-chat", "openai"), ["g.yaml:3:20: unknown word `openai`"]),
        (MANIFEST.replace("{preset: openai-chat}", "{}"), [
            "g.yaml:3:1: `contract.endpoint` is missing: nothing can be asked",
            "g.yaml:3:1: `contract.request` is missing: nothing can be asked",
            "g.yaml:3:1: `contract.response_shape.content` is missing: no answer can be read"]),
        (MANIFEST.replace("openai-chat", "openai-chat, response_shape: {evidence: notes}"),
         ["g.yaml:3:50: `notes` is not a JSON pointer"]),
        (MANIFEST.replace("openai-chat", "openai-chat, rollback: a, stop_path: {rollback: b}"),
         ["g.yaml:3:33: `rollback` and `stop_path.rollback` are both given"]),
        (MANIFEST.replace("[failures == 0]", "[]"),
         ["g.yaml:4:9: gate `share` has no condition: it can never close"]),
        (MANIFEST.replace("{share: [failures == 0]}", "{}"),
         ["g.yaml:4:1: no gate blocks `merge`: nothing is asked of a change"]),
        (MANIFEST.replace("[failures == 0]", "{until: failures == 0, blocks: release}"),
         ["g.yaml:4:1: no gate blocks `merge`: nothing is asked of a change"]),
        (MANIFEST.replace("[failures == 0]", "{until: failures == 0, blocks: [mrege]}"),
         ["g.yaml:4:48: unknown word `mrege`"]),
        (MANIFEST.replace("failures == 0", "failures: 0"),
         ["g.yaml:4:17: expected text, got a mapping"]),
        (with_line("watch: {promt: x}"), ["g.yaml:5:9: unknown key `promt`"]),
        (with_line("watch: {prompt: ../x}"), ["g.yaml:5:9: `../x` leaves the manifest's folder"]),
        (with_line("watch: {model: 'a.yaml#b'}"),
         ["g.yaml:5:9: `a.yaml#b`: a pointer starts with `/`"]),
        (with_line("watch: {model: 'a.txt#/b'}"),
         ["g.yaml:5:9: `a.txt` is not YAML, JSON or TOML"]),
        (with_line("cases: a.csv\neval: {cases: b.csv}"),
         ["g.yaml:5:1: `cases: a.csv` and `eval.cases: b.csv` contradict each other"]),
        (with_line("eval: {sources: /etc}"),
         ["g.yaml:5:8: `/etc` leaves the manifest's folder"]),
        (with_line("eval: {repeats: 1_000}"),
         ["g.yaml:5:17: expected a whole number, got `1_000`"]),
        (with_line("eval: {checks: {format: [is-json, is-jsn]}}"),
         ["g.yaml:5:35: unknown check `is-jsn`: did you mean `is-json`?"]),
        (with_line("eval: {checks: {style: is-json}}"), ["g.yaml:5:17: unknown key `style`"]),
        (with_line("version: 1"), ["g.yaml:5:1: `version` is given twice (first on line 1)"]),
        (with_line("<<: {a: 1}"), ["g.yaml:5:1: unknown key `<<`"]),
    ],
)
def test_a_problem_is_told_with_its_place(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


def test_everything_wrong_is_told_at_once() -> None:
    text = """servise: {}
version: one
service:
  build: .
  prot: 80
  ready: {timeout: 30}
contract: {preset: openai-chat, limits: {latency_target: soon, max_tokens: 0}}
gates:
  share: [failures.fromat == 0, smoke.pased]
  later: []
watch: {promt: a, model: a.txt#b}
"""
    assert [line.split(": ")[0] for line in problems(text)] == [
        "g.yaml:1:1", "g.yaml:2:10", "g.yaml:5:3", "g.yaml:6:20", "g.yaml:7:58", "g.yaml:7:76",
        "g.yaml:9:11", "g.yaml:9:33", "g.yaml:11:9"]


def test_what_follows_from_a_problem_is_not_complained_about() -> None:
    assert problems(with_service("{biuld: .}")) == ["g.yaml:2:11: unknown key `biuld`"]
    assert problems(MANIFEST.replace("failures == 0", "failurs == 0")) == [
        "g.yaml:4:17: unknown measure `failurs`"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (with_line("evall: {}"), "did you mean `eval`?"),
        (with_service("{biuld: .}"), "did you mean `build`?"),
        (with_service("{build: ., egress: non}"), "did you mean `none`?"),
        (MANIFEST.replace("openai-chat", "openai"), "did you mean `openai-chat`?"),
        (MANIFEST.replace("failures == 0", "failures.saftey == 0"),
         "did you mean `failures.safety`?"),
        (with_line("watch: {xyz: a}"), "one of: adapter, decoding, model, prompt, quantization, "
         "rag, runtime"),
        (MANIFEST.replace("gates: {share: [failures == 0]}", ""),
         "What must hold before a merge."),
        (with_line("watch: {model: 'a.yaml#b'}"), "write `a.yaml#/b`"),
    ],
)
def test_the_help_line_says_what_to_write(text: str, hint: str) -> None:
    assert helps(text) == [hint]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("watch: {prompt: 'a/../../x'}", id="a path that climbs out in its middle"),
        pytest.param("watch: {prompt: '[z-a]'}", id="a character class that is none"),
        pytest.param("watch: {prompt: ''}", id="a glob that matches nothing"),
        pytest.param("watch: {prompt: 'a/../x'}", id="a path that no file has"),
        pytest.param("watch: {prompt: '[!_]*'}", id="a negation that is none"),
        pytest.param("eval: {concurrency: 1025}", id="more at a time than there may be"),
        pytest.param('eval: {sources: "a\\0b"}', id="a character that nothing takes"),
        pytest.param("eval: {checks: {format: is-json || not-is-json}}", id="what always holds"),
        pytest.param("eval: {checks: {performance: latency}}", id="a check without its target"),
        pytest.param("eval: {checks: {grounding: cites-sources}}", id="a check without sources"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_starts(line: str) -> None:
    assert [problem.line for problem in parse_manifest(with_line(line), "g.yaml")[1]] == [5]


@pytest.mark.parametrize("text", [
    with_service("{build: ., resources: {memory: 0g}}"),
    with_service("{build: ., ready: {timeout: 0s}}"),
    MANIFEST.replace("openai-chat", "openai-chat, limits: {timeout: 0s}"),
    MANIFEST.replace("openai-chat", "openai-chat, limits: {latency_target: 0ms}"),
    MANIFEST.replace("openai-chat", "openai-chat, limits: {timeout: 99999999999h}"),
    MANIFEST.replace("openai-chat", "openai-chat, limits: {concurrency: 100000}"),
    MANIFEST.replace("openai-chat", f"openai-chat, limits: {{max_tokens: {'9' * 5000}}}"),
    MANIFEST.replace("openai-chat", "openai-chat, request: {q: '{prompt}', t: .inf}"),
    with_service("{build: ., sandbox: {tmpfs: {/x: 0k}}}"),
    with_service(f"{{build: ., resources: {{memory: {'9' * 5000}g}}}}"),
], ids=["memory", "ready", "timeout", "latency target", "for ever", "a crowd", "digits", "endless",
        "tmpfs", "size"])
def test_nothing_and_no_end_is_no_time_and_no_ceiling(text: str) -> None:
    assert len(problems(text)) == 1


@pytest.mark.parametrize("text", [
    with_service("{build: ., ready: {path: health}}"),
    MANIFEST.replace("openai-chat", "openai-chat, endpoint: v1/chat"),
    MANIFEST.replace("openai-chat", "openai-chat, endpoint: /v1/a chat"),
    with_service("{build: ., sandbox: {tmpfs: {tmp: 1k}}}"),
])
def test_a_path_of_the_service_starts_with_a_slash(text: str) -> None:
    assert len(problems(text)) == 1


@pytest.mark.parametrize("inside", [
    "{build: ., environment: {A=B: x}}", "{build: ., environment: {'': x}}",
    "{build: {args: {'A=': x}}}", '{build: ., environment: {"A\\0": x}}',
    '{build: ., environment: {A: "x\\0"}}',
])
def test_a_name_that_no_variable_can_have_is_refused(inside: str) -> None:
    assert len(problems(with_service(inside))) == 1


def test_a_key_with_nothing_behind_it_is_told_as_that() -> None:
    assert problems(with_line("watch:  # to come")) == [
        "g.yaml:5:7: expected a mapping, got nothing"]


lines = st.lists(st.sampled_from([
    "version: 1", "version: no", "service: {build: .}", "service: [x]", "service:", "  build: .",
    "  port: 1", "contract: {preset: openai-chat}", "contract:", "  preset: none", "  limits: 3",
    "gates: {share: [failures == 0]}", "gates:", "  share: [x, {a: b}]", "  share: {until: 3}",
    "watch: {prompt: [a, [b]], model: 'x#y'}", "eval: {checks: {format: {a: b}}}", "cases: [a]",
    "eval: {repeats: 1e3, cases: ~}", "- x", "? y", "{a: b}", "&a b: *a", "",
]), max_size=9).map("\n".join)


@given(lines)
def test_any_text_is_a_manifest_or_problems_that_point_into_it(text: str) -> None:
    manifest, found = parse_manifest(text, "g.yaml")
    assert (manifest is None) == bool(found)
    for problem in found:
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.column >= 1


# The drill


@pytest.mark.parametrize(("drill", "complaint"), [
    ("{failure: hangs}", "unknown word `hangs`"),
    ("{failure: []}", "a drill without a failure breaks nothing"),
    ("{first_checks: port}", "`failure` is missing"),
    ("{failure: killed, fallback: {}}", "a fallback is one of image, build and url, and this is "
     "none of them"),
    ("{failure: killed, fallback: {image: a, build: .}}", "and this is image and build"),
    ("{failure: killed, fallback: {image: a, model: b}}", "`model` and `auth` belong to a `url`"),
    ("{failure: killed, fallback: {url: \"ftp://h\"}}", "`ftp://h` is not a URL"),
    ("{failure: slow}", "`slow` would not be noticed within 10s: the contract allows a reply any "
     "time"),
    ("{failure: killed, notice: 10}", "has no unit"),
    ("{failure: killed, fallback: {build: ../small}}", "`../small` leaves the manifest's folder"),
    ("{failure: killed, wrong: [a]}", "expected a mapping"),
])
def test_a_drill_that_cannot_be_run_is_refused(drill: str, complaint: str) -> None:
    assert any(complaint in one for one in problems(with_line(f"drill: {drill}")))


def test_a_drill_says_the_rest_by_default() -> None:
    drill = read(with_line("drill: {failure: [killed, killed, hung], fallback: {build: small}}")
                 ).drill
    assert drill is not None
    assert (drill.failure, drill.notice) == (("killed", "hung"), 10.0)
    assert drill.first_checks[:2] == ("process", "logs")
    assert drill.fallback is not None
    assert drill.fallback.build == Build("small")
