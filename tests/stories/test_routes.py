"""Where a model ran: what that owes, what may not be claimed, and gates of cost and learning."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Done, gatekeeper
from tests.support.repository import Repository
from tests.support.story import STORIES

NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": ["serve()"]}], "nbformat": 4})
COLAB = """route:
  kind: colab
  notebook: colab/serve.ipynb
  runtime_type: T4 GPU
  outputs: colab/outputs
  reset_risk: after some hours all is gone
"""
GPU = """route:
  kind: rented-gpu
  instance: 1x A100
  ports: []
  access: tunnel
"""


def service(folder: Path, manifest: str, files: dict[str, Any] | None = None) -> Repository:
    """The stories' service whose manifest says more, and a branch that changes its code."""
    made = Repository(folder)
    shutil.copytree(STORIES / "common", made.folder, dirs_exist_ok=True)
    text = (made.folder / "gatekeeper.yaml").read_text() + "\n" + manifest
    made.commit({".gitignore": "__pycache__/\n", "gatekeeper.yaml": text, **(files or {})}, "main")
    made.branch("change")
    return made


def run(repository: Repository, *args: str) -> Done:
    """`gatekeeper run` on the process runtime."""
    return gatekeeper("run", "--runtime", "process", *args, cwd=repository.folder)


def test_colab_owes_what_it_does_not_show(tmp_path: Path) -> None:
    repository = service(tmp_path / "one", "route: colab\n")
    repository.commit({"extra.py": "x = 1\n"})
    done = run(repository)
    assert done.code == 1
    for text in ("notebook copy: `route.notebook` is not declared",
                 "runtime type: `route.runtime_type` is not declared",
                 "outputs copied back: `route.outputs` is not declared",
                 "reset risk: `route.reset_risk` is not declared"):
        assert f"the route colab owes {text}" in " ".join(done.out.split())


def test_colab_that_shows_everything_passes_and_with_no_notebook_does_not(tmp_path: Path) -> None:
    shown = {"colab/serve.ipynb": NOTEBOOK, "colab/outputs/log.txt": "served\n"}
    repository = service(tmp_path / "one", COLAB, shown)
    repository.commit({"extra.py": "x = 1\n"})
    assert run(repository).code == 0
    repository.commit({"colab/serve.ipynb": "{}", "extra.py": "x = 2\n"})
    done = run(repository)
    assert done.code == 1
    assert "colab/serve.ipynb is no notebook of this tree" in " ".join(done.out.split())
    assert gatekeeper("verify", "evidence", cwd=repository.folder).code == 0


def test_words_alone_are_no_change_but_a_claim_in_them_is_read(tmp_path: Path) -> None:
    gated = "route: local-cpu\n"
    repository = service(tmp_path / "one", gated, {"README.md": "# Assistant\n"})
    text = (repository.folder / "gatekeeper.yaml").read_text()
    repository.git("switch", "--quiet", "main")
    repository.commit({"gatekeeper.yaml": text.replace(
        "shutdown.proven]", "shutdown.proven, claims.outside_route == 0]")}, "gate")
    repository.branch("words")
    repository.commit({"README.md": "# Assistant\n\nNot tested for production latency.\n"})
    quiet = run(repository)
    assert (quiet.code, "nothing was started" in quiet.out) == (0, True)
    repository.commit({"README.md": "# Assistant\n\nIt is\nproduction-ready.\n"})
    done = run(repository)
    assert done.code == 1
    assert "README.md claims what the route cannot know" in done.err
    assert "✗ claims.outside_route == 0   measured 1 (README.md:3)" in done.out
    assert "README.md:3: claims production latency (the machine is not the one that will serve)" \
        in " ".join(done.out.split())


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A service whose format case failed when its prompt was changed, and again when its decoding
    was; the packs of both runs lie in ../packs."""
    folder = tmp_path_factory.mktemp("learned")
    gates = """history: ../packs
watch:
  prompt: [prompts/**]
  decoding: [config.yaml#/decoding]
  adapter: [adapters/**]
gates:
  share: [smoke.passed]
  gpu-hour: {blocks: [gpu], until: [cases.count >= 5, stop_time.declared, shutdown.proven]}
  fine-tune:
    blocks: ["change:adapter"]
    until: [tried.prompt, tried.decoding, failures.repeated >= 1]
"""
    repository = service(folder / "repository", "", {"prompts/a.txt": "Be brief.\n"})
    text = (repository.folder / "gatekeeper.yaml").read_text()
    repository.git("switch", "--quiet", "main")
    repository.commit({"gatekeeper.yaml": text.partition("watch:")[0]
                       + "eval: {sources: policies/}\n" + gates}, "gates")
    (folder / "packs").mkdir()
    bad = json.loads((STORIES / "common" / "replies.json").read_text())
    bad["refund SOP"] = "no JSON at all"
    changes: list[dict[str, Any]] = [
        {"prompts/a.txt": "Write JSON.\n", "replies.json": json.dumps(bad)},
        {"config.yaml": "decoding: {temperature: 0.7}\n", "replies.json": json.dumps(bad)}]
    for number, change in enumerate(changes):
        repository.git("switch", "--quiet", "--create", f"try-{number}", "main")
        repository.commit(change)
        done = run(repository, "--evidence", str(folder / "packs" / f"run-{number}"))
        assert "format_01" in done.out, done.out + done.err
    return repository


def gate(repository: Repository, name: str, *args: str) -> Done:
    """`gatekeeper gate`."""
    return gatekeeper("gate", name, *args, cwd=repository.folder)


def test_a_change_of_the_adapter_is_held_to_what_was_tried(learned: Repository) -> None:
    learned.git("switch", "--quiet", "--create", "adapter", "main")
    learned.commit({"adapters/a.bin": "weights"})
    done = run(learned)
    assert done.code == 0, done.out + done.err
    assert "fine-tune: open\n" in done.out
    assert "failures.repeated >= 1   measured 1 (format_01; in 2 earlier runs)" in done.out
    assert gatekeeper("verify", "evidence", cwd=learned.folder).code == 0
    # What judges does not lean on the store being there still.
    shutil.move(learned.folder.parent / "packs", learned.folder.parent / "away")
    try:
        assert gatekeeper("judge", "evidence", cwd=learned.folder).code == 0
        again = run(learned)
        assert again.code == 1
        assert "gate fine-tune is closed: tried.prompt" in " ".join(again.out.split())
        assert "there is no folder ../packs" in " ".join(again.out.split())
    finally:
        shutil.move(learned.folder.parent / "away", learned.folder.parent / "packs")


def test_another_change_is_not_held_to_it(learned: Repository) -> None:
    learned.git("switch", "--quiet", "--create", "code", "main")
    learned.commit({"extra.py": "x = 1\n"})
    done = run(learned)
    assert done.code == 0
    assert "fine-tune: open  (does not block this event)" in done.out


def test_a_pack_that_was_altered_does_not_count(learned: Repository, tmp_path: Path) -> None:
    learned.git("switch", "--quiet", "main")
    assert gate(learned, "fine-tune").code == 0
    place = learned.folder.parent / "packs" / "run-0" / "eval_results.jsonl"
    kept = place.read_bytes()
    place.write_bytes(kept.replace(b"no JSON", b"so JSON"))
    try:
        done = gate(learned, "fine-tune")
    finally:
        place.write_bytes(kept)
    assert done.code == 1
    assert "does not count: run-0: it is not as it was sealed: eval_results.jsonl" in done.out


def test_an_hour_of_a_gpu_wants_a_stop_time(learned: Repository) -> None:
    learned.git("switch", "--quiet", "--create", "gpu", "main")
    done = gate(learned, "gpu-hour")
    assert done.code == 1
    assert "✓ cases.count >= 5   measured 5 (5 written)" in done.out
    assert "✗ stop_time.declared   measured no (`route.stop_by` is not declared)" in done.out
    assert "✓ shutdown.proven   measured yes (no GPU run among 2 earlier ones: nothing is owed)" \
        in done.out
    text = (learned.folder / "gatekeeper.yaml").read_text()
    learned.commit({"gatekeeper.yaml": f"{text}{GPU}  stop_by: 2999-01-31T18:00Z\n"})
    assert gate(learned, "gpu-hour").code == 0
    over = text + GPU + "  stop_by: 2020-01-31T18:00Z\n"
    learned.commit({"gatekeeper.yaml": over})
    done = gate(learned, "gpu-hour")
    assert done.code == 1
    assert "2020-01-31T18:00:00Z is over" in done.out
    assert gate(learned, "gpu-our").code == 2


def test_a_rented_gpu_owes_its_shutdown(learned: Repository) -> None:
    learned.git("switch", "--quiet", "--create", "rented", "main")
    text = (learned.folder / "gatekeeper.yaml").read_text()
    learned.commit({"gatekeeper.yaml": text + GPU + "  shutdown: proof.json\n", "extra.py": "y\n",
                    "proof.json": '{"instance": "i-1", "state": "running", "at": "2026-01-01"}'})
    # A service that gatekeeper did not start and stop: nothing else proves that it is gone.
    done = run(learned, "--url", "http://127.0.0.1:9")
    assert done.code == 1
    assert "the route rented-gpu owes shutdown proof: proof.json is no proof: its `state` is " \
        "none of stopped, terminated, deleted, destroyed" in " ".join(done.out.split())
    # One that it started and stopped is its own proof.
    assert run(learned).code == 0
