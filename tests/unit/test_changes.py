"""What changed, by kind and with values."""

from __future__ import annotations

import pytest

from gatekeeper.model import Side
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import resolve
from gatekeeper.ports import DiffEntry
from gatekeeper.trees.changes import classify

MANIFEST = """
version: 1
service: {build: .}
contract: {preset: openai-chat}
gates: {share: [failures == 0]}
watch:
  model: [config.yaml#/model]
  quantization: [config.yaml#/quantization, "config.toml#/quantization"]
  prompt: [prompts/**]
  adapter: [adapters/*.json]
  runtime: [Dockerfile, requirements*.txt]
"""
CASES = "case_id,prompt,expected_behavior,risk,pass,notes\na,Say,x,format,,\n"
Files = dict[str, str]


def declared(files: Files) -> Declared:
    """A side with the manifest and cases above unless its files say otherwise."""
    whole = {"gatekeeper.yaml": MANIFEST, "eval_cases.csv": CASES, **files}
    return read_declared("gatekeeper.yaml",
                         lambda name: whole[name].encode() if name in whole else None)


def changes(before: Files, after: Files) -> list[str]:
    """Every change between two sets of files, as a person reads it."""
    base, head = declared(before), declared(after)
    paths = sorted(before.keys() | after.keys())
    entries = [
        DiffEntry(path, "D" if path not in after else "A" if path not in before else "M")
        for path in paths if before.get(path) != after.get(path)
    ]

    def read(side: Side, path: str) -> bytes | None:
        files = before if side is Side.BASE else after
        return files[path].encode() if path in files else None

    edits = resolve(base, head).edits
    return [str(change) for change in classify(entries, base, head, edits, read)]


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("a value", "config.yaml:quantization: int8", "quantization: int2",
         ["quantization: int8 → int2 (config.yaml#/quantization)"]),
        ("a comment", "config.yaml:model: a # x", "model: a # y", []),
        ("quotes", "config.yaml:model: a", "model: 'a'", []),
        ("key order", "config.yaml:{model: a, top: 1}", "{top: 1, model: a}", []),
        ("a type", "config.yaml:model: 1", "model: '1'", ["model: 1 → '1' (config.yaml#/model)"]),
        ("true is not 1", "config.yaml:model: true", "model: 1",
         ["model: true → 1 (config.yaml#/model)"]),
        ("a key gone", "config.yaml:model: a", "top: 1",
         ["model: a → absent (config.yaml#/model)",
          "code: config.yaml other keys edited: top: absent → 1"]),
        ("another key", "config.yaml:{model: a, seed: 1}", "{model: a, seed: 2}",
         ["code: config.yaml other keys edited: seed: 1 → 2"]),
        ("TOML", 'config.toml:quantization = "int8" # a', 'quantization="int4"',
         ["quantization: int8 → int4 (config.toml#/quantization)"]),
        ("a prompt", "prompts/a/b.txt:kind", "strict", ["prompt: prompts/a/b.txt edited"]),
        ("a watched JSON by value", 'adapters/a.json:{"a": 1}', '{ "a":1 }', []),
        ("a watched JSON", 'adapters/a.json:{"a": 1}', '{"a": 2}',
         ["adapter: adapters/a.json edited"]),
        ("code", "app.py:x = 1", "x = 2", ["code: app.py edited"]),
        ("unwatched YAML counts to the byte", "other.yaml:a: 1", "a: 1 # x",
         ["code: other.yaml edited"]),
    ],
)
def test_an_edit(name: str, before: str, after: str, expected: list[str]) -> None:
    path, _, content = before.partition(":")
    assert changes({path: content}, {path: after}) == expected


def test_a_file_that_cannot_be_parsed_on_one_side_has_changed() -> None:
    found = changes({"config.yaml": "model: a"}, {"config.yaml": "model: ["})
    assert [line.partition(" cannot")[0] for line in found] == [
        "model: config.yaml", "quantization: config.yaml"]


def test_aliases_without_end_are_not_walked() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))
    found = changes({"config.yaml": "model: a"}, {"config.yaml": bomb})
    assert "holds more than" in found[0]


def test_a_renamed_adapter_is_a_change() -> None:
    assert changes({"adapters/a.json": "{}"}, {"adapters/b.json": "{}"}) == [
        "adapter: adapters/a.json removed", "adapter: adapters/b.json added"]


def test_what_dockerignore_leaves_out_on_both_sides_does_not_count() -> None:
    same = {".dockerignore": "docs\n*.md\n"}
    assert changes({**same, "docs/a.txt": "1"}, {**same, "docs/a.txt": "2", "b.md": "x"}) == []


def test_a_file_cannot_be_hidden_by_ignoring_it_in_the_same_change() -> None:
    found = changes({"app.py": "1"}, {"app.py": "2", ".dockerignore": "app.py\n"})
    assert "code: app.py edited" in found


def test_watch_is_the_union_of_both_sides() -> None:
    narrowed = MANIFEST.replace("  prompt: [prompts/**]\n", "")
    found = changes({"prompts/a.txt": "1"}, {"prompts/a.txt": "2", "gatekeeper.yaml": narrowed})
    assert "prompt: prompts/a.txt edited" in found
    assert any("watch.prompt no longer names prompts/**" in line for line in found)


def test_policy_changes_have_kinds_of_their_own() -> None:
    looser = MANIFEST.replace("failures == 0", "smoke.passed").replace(
        "openai-chat}", "openai-chat, rollback: previous}")
    more = CASES + "b,Say more,x,format,,\n"
    assert changes({}, {"gatekeeper.yaml": looser, "eval_cases.csv": more}) == [
        "cases: eval_cases.csv case b is added (tighter)",
        "gates: gatekeeper.yaml gate share no longer asks for failures == 0 (looser)",
        "gates: gatekeeper.yaml gate share also asks for smoke.passed (tighter)",
        "contract: gatekeeper.yaml contract.stop_path.rollback: absent → previous (tighter)",
    ]


def test_the_services_own_keys_are_runtime() -> None:
    head = MANIFEST.replace("{build: .}", "{build: ., port: 9000}")
    assert changes({}, {"gatekeeper.yaml": head}) == [
        "runtime: 8000 → 9000 (gatekeeper.yaml#/service/port)"]


UNWATCHED = MANIFEST.replace("  runtime: [Dockerfile, requirements*.txt]\n", "")
ALLOW_LIST = "*\n!service.py\n"


@pytest.mark.parametrize("path", ["Dockerfile", ".dockerignore"])
def test_what_every_build_is_made_of_counts_whatever_is_ignored(path: str) -> None:
    files = {"gatekeeper.yaml": UNWATCHED, ".dockerignore": ALLOW_LIST, "Dockerfile": "FROM a\n"}
    assert changes(files, {**files, path: files[path] + "# more\n"}) == [f"code: {path} edited"]
    assert changes(files, {**files, "notes.md": "left out\n"}) == []


def test_a_service_that_only_has_a_command_reads_what_docker_would_ignore() -> None:
    manifest = MANIFEST.replace("{build: .}", "{command: [python, service.py]}")
    files = {"gatekeeper.yaml": manifest, ".dockerignore": "replies.json\n", "replies.json": "{}"}
    assert changes(files, {**files, "replies.json": "[]"}) == ["code: replies.json edited"]


@pytest.mark.parametrize("ignored", ["", "policies\n"])
def test_what_grounding_is_held_against_is_of_kind_rag(ignored: str) -> None:
    files = {"gatekeeper.yaml": f"{MANIFEST}eval: {{sources: policies}}\n",
             ".dockerignore": ignored, "policies/refund.md": "30 days"}
    assert changes(files, {**files, "policies/refund.md": "14 days"}) == [
        "rag: policies/refund.md edited"]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("config.toml", "quantization = 40", "quantization = 40.0"),
        ("config.toml", "quantization = 4", "\ufeffquantization = 4"),
        ("config.yaml", "quantization: no", "quantization: false"),
        ("config.yaml", "quantization: 1e-3", "quantization: '1e-3'"),
        ("config.yaml", "quantization: a", "quantization: b\nquantization: a"),
    ],
)
def test_what_another_parser_could_read_otherwise_has_changed(
    path: str, before: str, after: str
) -> None:
    assert any("quantization" in line for line in changes({path: before}, {path: after}))


def test_a_key_that_is_a_number_is_reached() -> None:
    manifest = MANIFEST.replace("adapters/*.json", "config.yaml#/adapters/1")
    before = {"gatekeeper.yaml": manifest, "config.yaml": "adapters: {1: a.bin}"}
    after = {**before, "config.yaml": "adapters: {1: b.bin}"}
    assert changes(before, after) == ["adapter: a.bin → b.bin (config.yaml#/adapters/1)"]
