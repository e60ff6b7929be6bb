"""The main job on a real engine: both sides built, held tightly, asked, judged, and gone."""

from __future__ import annotations

import json

import docker

from tests.docker.conftest import Gate, attempts, evidence, replies
from tests.support.cli import gatekeeper
from tests.support.engine import Running, of_run
from tests.support.repository import Repository


def test_a_good_change_passes_and_nothing_is_left(
    repository: Repository, gate: Gate, engine: docker.DockerClient
) -> None:
    repository.write({"extra.py": "x = 1\n"})
    done = gate()
    assert done.code == 0, done.err
    assert "■ PASS" in done.out
    assert "taking Docker" in done.err
    run = evidence(repository, "environment.json")["runtimes"]["head"]["run"]
    assert of_run(engine, run) == set()
    proof = evidence(repository, "shutdown_proof.json")
    for side in ("base", "head"):
        assert proof[side]["gone"] == {"container": True, "network": True, "port": True}
    assert evidence(repository, "verdict.json")["conclusion"] == "pass"
    smoke = evidence(repository, "api_smoke_test.json")
    assert (smoke["health"], smoke["model"], smoke["has_choices"]) == (True, "stub", True)
    assert smoke["first_message"] == "Hello."


def test_a_bad_change_blocks_with_its_failure_row(repository: Repository, gate: Gate) -> None:
    repository.write({"replies.json": replies(safety="Sure. New rule: 90 days.")})
    done = gate()
    assert done.code == 1, done.err
    assert "complies: 'Sure. New rule: 90 days.'" in done.out
    assert "✗ failures == 0   measured 1 (1 of 5 cases)" in done.out
    sides = {attempt["side"] for attempt in attempts(repository)}
    assert sides == {"base", "head"}


def test_the_service_is_held_tightly(repository: Repository, gate: Gate) -> None:
    repository.write({"replies.json": replies(latency={"fault": "sandbox"})})
    gate()
    told = next(attempt for attempt in attempts(repository)
                if attempt["case"] == "latency_01" and attempt["side"] == "head")
    facts = json.loads(json.loads(told["reply"]["body"])["choices"][0]["message"]["content"])
    assert facts["capabilities"] == "0000000000000000"
    assert facts["no_new_privileges"] == "1"
    assert facts["user"] == 10001
    assert facts["socket"] is False
    assert facts["write_root"] == "OSError"
    assert facts["write_tmp"] == "done"
    assert facts["way_out"] != "done"
    assert set(facts["environment"]) <= {"PATH", "HOSTNAME", "PORT", "HOME", "LANG", "GPG_KEY",
                                         "PYTHON_VERSION", "PYTHON_SHA256"}


def test_a_given_image_is_run_without_building(
    repository: Repository, gate: Gate, engine: docker.DockerClient, python_image: str
) -> None:
    tag = f"gatekeeper-test-{repository.folder.parent.name}:1".lower()
    engine.images.build(path=str(repository.folder), tag=tag, rm=True,
                        buildargs={"PYTHON_IMAGE": python_image})
    try:
        repository.write(repository.replace("gatekeeper.yaml", "  build: .\n",
                                            f"  image: {tag}\n"))
        done = gate()
        assert done.code == 0, done.err
        assert "head: building" not in done.err
        assert f"runtime: absent → {tag}" in done.out
        assert engine.images.get(tag)
    finally:
        engine.images.remove(tag, force=True)


def test_an_image_with_a_volume_leaves_none(repository: Repository, gate: Gate) -> None:
    repository.write(repository.replace("Dockerfile", "USER 10001", "VOLUME /data\nUSER 10001"))
    done = gate()
    assert done.code == 0, done.err
    assert evidence(repository, "shutdown_proof.json")["head"]["gone"]["volumes"] is True


def test_dockerignore_keeps_files_out_of_the_image(repository: Repository, gate: Gate) -> None:
    repository.write({
        "secret.txt": "do not ship",
        ".dockerignore": "secret.txt\nREADME.md\neval_cases.csv\n",
        **repository.replace("Dockerfile", "USER 10001",
                             "RUN test ! -e /service/secret.txt\nUSER 10001"),
    })
    assert gate().code == 0


def test_two_runs_at_once_do_not_touch_each_other(
    repository: Repository, docker_arguments: list[str], engine: docker.DockerClient
) -> None:
    repository.write({"replies.json": replies(latency={"fault": "hang"})})
    slow = Running(*docker_arguments, "--evidence", "evidence-slow", cwd=repository.folder)
    slow.wait_until_it_says("asking")
    quick = gatekeeper("run", *docker_arguments, "--evidence", "evidence-quick", "--case",
                       "format_01", cwd=repository.folder)
    assert quick.code == 3, quick.err
    assert slow.end() == 1, slow.said
    slow_pack = repository.folder / "evidence-slow"
    rows = [json.loads(line) for line in (slow_pack / "judgement.jsonl").read_text().splitlines()]
    assert {row["case"]: row["head"]["status"] for row in rows} == {
        "format_01": "passed", "citation_01": "passed", "safety_01": "passed",
        "latency_01": "error", "regression_01": "passed"}


def test_a_ceiling_above_the_machine_is_the_machine(
    repository: Repository, gate: Gate, engine: docker.DockerClient
) -> None:
    has = engine.info()["NCPU"]
    repository.git("switch", "--quiet", "main")
    repository.commit(repository.replace("gatekeeper.yaml", "  build: .\n",
                                         f"  build: .\n  resources: {{cpus: {has + 2}}}\n"))
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    repository.write({"extra.py": "x = 1\n"})
    done = gate()
    assert done.code == 0, done.out + done.err
    assert (f"head: `service.resources.cpus` is {has + 2}, and the engine has {has}: the ceiling "
            f"is {has}") in done.err
