"""What is said in several places is said the same: inputs, outputs, exit codes, tables, links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gatekeeper.arguments.shared import EPILOG
from gatekeeper.checks.table import CHECKS
from gatekeeper.errors import ExitCode
from gatekeeper.github.inputs import INPUTS
from gatekeeper.judging.measures import MEASURES
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.report.outputs import OUTPUTS
from tests.support.cli import gatekeeper

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
README = (ROOT / "README.md").read_text()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_action_yml_and_inputs_say_the_same() -> None:
    declared = {name: (flat(one["description"]), one.get("default", ""))
                for name, one in ACTION["inputs"].items()}
    assert declared == {one.name: (one.doc, one.default) for one in INPUTS}


def test_action_yml_and_outputs_say_the_same() -> None:
    declared = {name: flat(one["description"]) for name, one in ACTION["outputs"].items()}
    assert declared == OUTPUTS


@pytest.mark.parametrize("one", INPUTS, ids=lambda one: one.name)
def test_the_readme_lists_the_input(one: object) -> None:
    assert f"| `{one.name}` | {one.doc} |" in README  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_readme_lists_the_output(name: str) -> None:
    assert f"| `{name}` | {OUTPUTS[name]} |" in README


@pytest.mark.parametrize("code", ExitCode, ids=str)
def test_an_exit_code_is_documented_everywhere(code: ExitCode) -> None:
    word = code.name.lower()
    for text in (EPILOG, (ROOT / "docs" / "exit-codes.md").read_text(), README):
        assert re.search(rf"\b{int(code)}\b.*\b{word}\b", text), text


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_has_its_page_entry(name: str) -> None:
    text = (ROOT / "docs" / "checks.md").read_text()
    assert f"### `{name}`" in text
    assert CHECKS[name].doc in text
    proves, _, does_not = CHECKS[name].proves.partition("; not ")
    assert f"A pass proves: {proves}.\n\nIt does not prove: {does_not}\n" in text
    assert does_not


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_has_its_row(name: str) -> None:
    measure = MEASURES[name]
    row = f"| `{name}` | {measure.domain} | {measure.side} | {measure.tighter} | {measure.doc} | " \
          f"{measure.unmeasured} |"
    assert row in (ROOT / "docs" / "measures.md").read_text()


def test_the_actions_help_lists_its_inputs_and_outputs(tmp_path: Path) -> None:
    told = flat(gatekeeper("action", "--help", cwd=tmp_path).out)
    for name, doc in [*((one.name, one.doc) for one in INPUTS), *OUTPUTS.items()]:
        assert f" {name} {doc}" in told


@pytest.mark.parametrize("command", ["", "run", "check", "plan", "judge", "protect", "doctor",
                                     "action", "release", "rollback"])
def test_help_is_worth_reading(command: str, tmp_path: Path) -> None:
    done = gatekeeper(*([command] if command else []), "--help", cwd=tmp_path)
    assert done.code == 0
    assert len(done.out.splitlines()) > 4


@pytest.mark.parametrize("named", sorted(set(re.findall(
    r"`([a-z_/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text()))))
def test_a_module_that_the_architecture_names_is_there(named: str) -> None:
    assert (ROOT / "gatekeeper" / named).exists() or (ROOT / named).exists()


def test_the_reference_pages_are_what_the_code_says() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_readmes_manifest_and_cases_are_sound(tmp_path: Path) -> None:
    manifest, cases = re.findall(r"```(?:yaml|csv)?\n((?:version|case_id).*?)```", README,
                                 re.DOTALL)
    (tmp_path / "gatekeeper.yaml").write_text(manifest)
    (tmp_path / "eval_cases.csv").write_text(cases)
    done = gatekeeper("check", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "contract stop_path: declared" in done.out
    assert "unverified" not in done.out


def test_the_action_names_a_dockerfile_that_starts_it() -> None:
    post = "/usr/local/bin/gatekeeper-tidy"
    assert ACTION["runs"] == {"using": "docker", "image": "Dockerfile", "post-entrypoint": post}
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["python", "-I", "-u", "-m", "gatekeeper", "action"]' in dockerfile
    assert f"exec python -I -u -m gatekeeper tidy\\n' > {post}" in dockerfile


@pytest.mark.parametrize("place", ["Dockerfile", "examples/policy-assistant/Dockerfile",
                                   "tests/stories/common/Dockerfile"])
def test_a_dockerfile_takes_its_base_from_an_argument(place: str) -> None:
    lines = [line for line in (ROOT / place).read_text().splitlines()
             if line and not line.startswith("#")]
    assert lines[0] == "ARG PYTHON_IMAGE=python:3.12-slim"
    assert {line.partition(" AS ")[0] for line in lines if line.startswith("FROM ")} == {
        "FROM ${PYTHON_IMAGE}"}


@pytest.mark.parametrize("manifest", [
    block for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/services.md").read_text(),
                                  re.DOTALL) if block.startswith("version: 1")
], ids=lambda block: block.split("\n")[2].split(":")[0].strip())
def test_a_manifest_of_the_docs_is_one(manifest: str) -> None:
    assert parse_manifest(manifest, "gatekeeper.yaml")[1] == []
