"""Whatever lies in a repository, init and import come to an end and what is drafted is sound."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.cases.file import Standards
from gatekeeper.errors import FilesNeedMending
from gatekeeper.importing.promptfoo import bring_over
from gatekeeper.manifest.document import Items, Scalar, parse_yaml
from gatekeeper.policy.declared import read_declared
from gatekeeper.starting.yaml_lines import scalar
from tests.support.files import drafted, files_of

PIECES = (
    "FROM vllm/vllm-openai:v1", "CMD [\"vllm\", \"serve\", \"m\", \"--port\", \"99999\"]",
    "EXPOSE x",
    "CMD uvicorn app.main:app --port $PORT", "HEALTHCHECK CMD curl http://x/\"'`", "ENTRYPOINT [",
    "services:", "  api:", "    build: ..", "    command: [--model, *a]", "    ports: [\"a:b\"]",
    "    environment: {A B: c, VLLM_URL: http://api:1/, KEY: sk}", "    image: ollama/ollama",
    "app = FastAPI()", "@app.post('/ask')", "class Q(BaseModel):", "    question: str",
    "def ask(q: Q) "
    "-> Q:", "openapi: 3.0.0", "paths: {/chat: {post: {requestBody: {$ref: '#/paths'}}}}",
    "Never say \"no\" # or: [x] {y}.", "Answer in JSON with the keys a, b.", "In at most 0 words.",
    "Cite.", "model: \"a: b # c\"", "temperature: 0", "max_tokens: 0", "timeout: 1e9", "<<: *x",
    "a: &a [*a, *a]", "prompts: ['{{q}}', file://../../x]", "tests: [{vars: {q: [1, 2]}, assert: "
    "[{type: regex, value: '('}, {type: contains, value: \"a\\nb || c\"}]}]", "defaultTest: 3",
    "# UNKNOWN: x", "## Limits", "PARAMETER num_ctx 0", "\u202e\x07", "=cmd()", "\U0001f600",
)
NAMES = ("Dockerfile", "docker-compose.yml", "app/main.py", "prompts/system.txt", "README.md",
         "config/model.yaml", "config/model.toml", "openapi.yaml", "promptfooconfig.yaml",
         "Modelfile", "serve.sh", "tests/test_eval.py", "policies/a b.md", "adapters/x: y/z.json",
         "requirements.txt", "models/\u202em.gguf", "prompts/{a, b}#c.txt")
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=30)),
                 max_size=8).map("\n".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=st.dictionaries(st.sampled_from(NAMES), texts, max_size=9))
def test_what_is_drafted_is_sound(tree: dict[str, str]) -> None:
    drafts = drafted(tree)
    new = {one.path: one.content for one in drafts.new}
    declared = read_declared("gatekeeper.yaml", lambda path: new[path].encode()
                             if path in new else None)
    assert declared.manifest.gates
    for line in new["gatekeeper.yaml"].splitlines():
        assert line.isprintable()


@settings(max_examples=150, deadline=None)
@given(tree=st.dictionaries(st.sampled_from(("prompts.txt", "t.csv", "t.yaml")), texts),
       config=texts)
def test_a_configuration_is_brought_over_or_refused(tree: dict[str, str], config: str) -> None:
    try:
        brought = bring_over(files_of({**tree, "p.yaml": config}), "p.yaml", Standards())
    except FilesNeedMending:
        return
    assert len(brought.rows) == max(0, len(brought.cases.splitlines()) - 1) or brought.rows


@given(st.one_of(st.text(max_size=40), st.sampled_from(PIECES)))
def test_a_scalar_reads_back_as_itself(text: str) -> None:
    for written in (f"[{scalar(text)}, 1]", f"k: {scalar(text)}"):
        value: Any = yaml.safe_load(written)
        assert (value[0] if isinstance(value, list) else value["k"]) == text
    node, problems = parse_yaml(f"[{scalar(text)}]", "")
    assert not problems
    assert isinstance(node, Items)
    assert [one.text for one in node.nodes if isinstance(one, Scalar)] == [text]


@pytest.mark.parametrize("bomb", [
    "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}, *{chr(97 + i)}, "
        f"*{chr(97 + i)}, *{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(12)),
    "[" * 20_000, "{a: " * 20_000, "&a [*a]", "services: {api: &x {<<: *x, build: .}}",
    "services:\n" + "".join(f"  s{i}: {{build: ., depends_on: [s{i}]}}\n" for i in range(3000)),
], ids=["aliases", "deep-lists", "deep-maps", "itself", "merges-itself", "many"])
@pytest.mark.parametrize("name", ["docker-compose.yml", "config/model.yaml", "openapi.json"])
def test_a_bomb_is_nothing_found(name: str, bomb: str) -> None:
    drafts = drafted({name: bomb})
    assert [one.path for one in drafts.new][:2] == ["gatekeeper.yaml", "eval_cases.csv"]


@pytest.mark.parametrize("text", ["<!--" * 20_000, "\n" * 50_000, "Q: " * 20_000,
                                  "APIRouter(" * 9_000,
                                  "LLMTestCase(input=" * 9_000, "keys " * 20_000, "\\\n" * 20_000],
                         ids=["comments", "lines", "turns", "routers", "cases", "keys", "joined"])
@pytest.mark.parametrize("name", ["prompts/system.txt", "app/main.py", "README.md", "Dockerfile",
                                  "serve.sh", "test_eval.py"])
def test_long_repetitions_come_to_an_end(name: str, text: str) -> None:
    assert drafted({name: text}).new
