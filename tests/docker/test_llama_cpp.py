"""The example with a real model server: llama.cpp, with a model that was trained for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.docker.conftest import Gate, evidence
from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository

EXAMPLE = Path(__file__).parents[2] / "examples" / "llama-cpp"
pytestmark = pytest.mark.xdist_group("llama")
"""One after another: the layers with the server in them are built once."""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The example on main, and a branch to change it on."""
    made = Repository(tmp_path / "repository")
    shutil.copytree(EXAMPLE, made.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("served.gguf", "__pycache__"))
    made.commit({}, "before")
    made.branch("change")
    return made


def verdict(repository: Repository) -> Any:
    return evidence(repository, "verdict.json")


def test_a_sound_change_passes_and_is_known_for_what_it_is(
    repository: Repository, gate: Gate
) -> None:
    repository.write(repository.replace("config/model.toml", "top_k = 40", "top_k = 20"))
    done = gate()
    assert done.code == 0, done.out + done.err
    environment = evidence(repository, "environment.json")["services"]["head"]
    assert (environment["model"], environment["models"]) == ("helpdesk-1", ["helpdesk-1"])
    assert [one["holds"] for one in environment["identity"]] == [True] * 7
    assert environment["image"].startswith("sha256:")
    # At temperature 0 the best token is taken, of however many.
    assert verdict(repository)["remarks"] == [
        "the change of decoding has no effect on any reply: base and head answer 19 cases and 8 "
        "sentinels word for word alike; is it applied?"]
    proof = evidence(repository, "shutdown_proof.json")["head"]
    assert (proof["exit_code"], proof["killed"], proof["proven"]) == (0, False, True)
    assert proof["in_flight"]["cut_off"] == 0
    assert judged_again(repository).out.encode() == \
        (repository.folder / "evidence" / "verdict.json").read_bytes()


def judged_again(repository: Repository) -> Done:
    return gatekeeper("judge", "--json", "evidence", cwd=repository.folder)


@pytest.mark.thorough
def test_a_prompt_that_asks_for_manners_costs_an_answer(
    repository: Repository, gate: Gate
) -> None:
    repository.write({"prompts/system.txt": "Be polite."})
    done = gate()
    assert done.code == 1, done.out + done.err
    assert verdict(repository)["failing"] == ["answer_04"]
    assert verdict(repository)["remarks"] == []


@pytest.mark.thorough
def test_quantized_harder_it_forgets_one_price(repository: Repository, gate: Gate) -> None:
    repository.write(repository.replace("config/model.toml", '"Q8_0"', '"Q4_0"'))
    done = gate()
    assert done.code == 1, done.out + done.err
    assert verdict(repository)["failing"] == ["answer_04"]
    assert "quantization: Q8_0 → Q4_0" in done.out
    assert "/v1/models#/data/0/meta/ftype is Q4_0" in done.out
    assert "regressions == 0   measured 1 (1 of 19 cases that base passes)" in done.out


@pytest.mark.thorough
def test_a_model_that_was_taught_wrong_facts_is_blocked(
    repository: Repository, gate: Gate
) -> None:
    repository.write(repository.replace("config/model.toml", '"helpdesk-1"', '"helpdesk-2"'))
    done = gate()
    assert done.code == 1, done.out + done.err
    assert {"answer_02", "answer_05"} <= {*verdict(repository)["failing"]}
    assert "Shipping is free from 50 euro." in done.out


@pytest.mark.thorough
def test_a_quantization_that_is_not_applied_is_found_out(
    repository: Repository, gate: Gate
) -> None:
    repository.write({
        **repository.replace("config/model.toml", '"Q8_0"', '"Q4_0"'),
        **repository.replace("prepare.py", 'chosen["quantization"]', '"Q8_0"'),
    })
    done = gate()
    assert done.code == 1, done.out + done.err
    shown = " ".join(done.out.split())
    assert ("head's service is not what its tree declares: /v1/models#/data/0/meta/ftype says "
            "`Q8_0`, config/model.toml#/quantization says `Q4_0`") in shown
    assert "the change of quantization has no effect on any reply" in shown
    assert json.loads(judged_again(repository).out)["conclusion"] == "block"
