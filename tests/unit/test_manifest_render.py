"""A manifest with everything spelled out is a manifest that says the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.formats.canonical import digest
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.render import render_effective
from gatekeeper.manifest.types import Manifest
from gatekeeper.service.contract import spelled_out

SMALL = """version: 1
service: {build: .}
contract: {preset: openai-chat, rollback: previous-release}
cases: cases/格式.csv
gates: {share: [contract.complete, failures.safety == 0, latency.p95 <= 1.5s]}
watch: {model: ["config.yaml#/model"]}
"""
LARGE = """version: 1
service:
  image: "assistant:1@sha256:0"
  command: [python, -m, "svc: x", "{port}"]
  port: 9000
  environment: {A: "no", B: "1", C: "", D: "a: b # c", E: "日本語\\nzwei"}
  resources: {memory: 1500m, cpus: 0.5, processes: 64}
  sandbox: {read_only: false, tmpfs: {/tmp: 64m, /var/run: 512k}}
  egress: open
  ready: {path: /ok, timeout: 90s}
  stop: {grace: 250ms}
contract:
  endpoint: /ask
  request: {q: "{prompt}", n: 1, deep: [{x: true, y: null}], "on": 1.5}
  request_shape: {required: [q], optional: [n], max_input_chars: 100}
  response_shape: {content: /a/0, evidence: /b, finish_reason: /c, error: /d}
  limits: {concurrency: 2, context_length: 10, timeout: 1h, max_tokens: 5, latency_target: 480ms}
  stop_path: {stop: a, disable: b, rollback: c}
eval: {cases: e.csv, sources: policies/, repeats: 3, confirmations: 0, concurrency: 7,
       checks: {format: ["is-json || contains:a b", "not-levenshtein(2):text"], safety: []}}
judge: {url: "https://j/v1", model: "m: 1", votes: 5, timeout: 90s, concurrency: 1, max_calls: 7,
        request: {temperature: 0, stop: [], seed: null}, auth: {secret: J_KEY, header: api-key}}
embeddings: {url: "http://e:1", model: e, auth: {secret: E_KEY}}
own_checks: {image: "python@sha256:0", memory: 96m, processes: 8, timeout: 1500ms}
gates:
  share: {until: [failures <= 3, smoke.passed], blocks: [merge]}
  later: {until: [cases.count >= 1], blocks: [release]}
"""


def read(text: str) -> Manifest:
    """A manifest with nothing wrong."""
    manifest, found = parse_manifest(text, "g.yaml")
    assert manifest is not None, found
    return manifest


def spelled(manifest: Manifest) -> str:
    """Everything it means, as one digest."""
    cases = manifest.cases or manifest.eval.cases
    return digest([manifest.service, spelled_out(manifest), manifest.gates, manifest.watch, cases,
                   manifest.eval.repeats, manifest.eval.confirmations, manifest.eval.concurrency,
                   manifest.eval.warmup, manifest.eval.sources, manifest.judge, manifest.embeddings,
                   manifest.own_checks])


STREAMED = SMALL.replace("openai-chat", "openai-chat, stream: true, limits: "
                         "{latency_target: 2s, first_token_target: 300ms}")


@pytest.mark.parametrize("text", [
    SMALL,
    STREAMED,
    LARGE,
    LARGE.replace('C: "", ', "").replace(", y: null", ""),
], ids=["small", "streamed", "large", "large without empty values"])
def test_it_reads_back_to_the_same(text: str) -> None:
    manifest = read(text)
    again = read(render_effective(manifest, spelled_out(manifest)))
    assert spelled(again) == spelled(manifest)


def test_nothing_is_left_implied() -> None:
    manifest = read(SMALL)
    shown = render_effective(manifest, spelled_out(manifest))
    for line in ("endpoint: /v1/chat/completions", "content: /choices/0/message/content",
                 "rollback: previous-release", "stop: docker stop {container}", "memory: 2g",
                 "timeout: 2m", "grace: 10s", "/tmp: 64m", "cases: cases/格式.csv", "repeats: 1",
                 "- is-refusal || asks-for-evidence", "- latency.p95 <= 1.5s", "- release"):
        assert f"{line}\n" in shown


def test_own_checks_of_a_risk_take_the_place_of_the_defaults() -> None:
    manifest = read(LARGE)
    again = read(render_effective(manifest, spelled_out(manifest)))
    assert again.eval.checks["format"] == manifest.eval.checks["format"]
    assert again.eval.checks["safety"] == ()


names = st.text(st.characters(min_codepoint=33, max_codepoint=0x30FF, exclude_categories=["Cc"]),
                min_size=1, max_size=8)
variables = names.filter(lambda name: "=" not in name)


@given(st.dictionaries(variables, names, max_size=3))
@settings(max_examples=50)
def test_any_variable_reads_back_as_it_was(environment: dict[str, str]) -> None:
    small = read(SMALL)
    manifest = replace(small, service=replace(small.service, environment=environment))
    again = read(render_effective(manifest, spelled_out(manifest)))
    assert again.service.environment == environment
