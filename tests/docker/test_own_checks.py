"""Own checks on a real engine: a container that can reach nothing, write nothing, and not outlast
its limits; and what a person sees of what they say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

import docker
import pytest

from gatekeeper.adapters.docker_cleanup import LABEL_RUN
from gatekeeper.adapters.reaper import Reaper
from gatekeeper.adapters.sandbox import MAX_OUTPUT, run_own_check
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.evidence.files import TESTIMONY
from gatekeeper.manifest.witnesses import OwnChecks
from gatekeeper.ports import Ran
from gatekeeper.witnesses.own_checks import Entry, given_to, read_out
from tests.docker.conftest import Gate
from tests.support.cli import gatekeeper
from tests.support.repository import Repository

Check = Callable[..., Ran]


@pytest.fixture
def check(engine: docker.DockerClient, python_image: str) -> Check:
    """Runs the body of a check on some replies, and looks that nothing of it is left."""

    def run(body: str, replies: int = 1, **limits: Any) -> Ran:
        lines = "\n".join("    " + line for line in body.splitlines())
        source = f"def f(reply):\n{lines}\n".encode()
        items = [{"case": f"c{n}", "side": "head", "number": 1, "text": f"text {n}"}
                 for n in range(replies)]
        mark, reaper = token_hex(6), Reaper()
        try:
            own = OwnChecks(**{"image": python_image, **limits})
            return run_own_check(mark, reaper, own, given_to(Entry("c.py", "f"), source, items))
        finally:
            reaper.release()
            reaper.close()
            left = engine.containers.list(all=True, filters={"label": f"{LABEL_RUN}={mark}"})
            assert not left

    return run


def facts(ran: Ran) -> Any:
    """What a check found out, as its `got` says."""
    answer, = next(iter(read_out(ran.out).values()))
    return json.loads(answer["got"])


TRY = """import json, os, socket
def attempt(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"
"""


def test_it_reaches_nobody(check: Check) -> None:
    found = facts(check(TRY + """
found = {
    "name": attempt(lambda: socket.getaddrinfo("example.com", 80)),
    "address": attempt(lambda: socket.create_connection(("192.0.2.1", 80), 2)),
    "gateway": attempt(lambda: socket.create_connection(("172.17.0.1", 80), 2)),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "socket": os.path.exists("/var/run/docker.sock"),
}
return {"passed": True, "expected": "x", "got": json.dumps(found)}"""))
    assert found == {"name": "gaierror", "address": "OSError", "gateway": "OSError",
                     "interfaces": ["lo"], "socket": False}


def test_it_writes_nothing_and_may_do_nothing(check: Check) -> None:
    found = facts(check(TRY + """
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
places = [place for place in ("/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/home", os.getcwd())
          if attempt(lambda: open(os.path.join(place, "mark"), "w").close()) == "done"]
found = {
    "writable": places,
    "user": os.getuid(),
    "capabilities": status["CapEff"].strip(),
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "root": attempt(lambda: os.setuid(0)),
    "secrets": [name for name in os.environ if "KEY" in name or "TOKEN" in name],
}
return {"passed": True, "expected": "x", "got": json.dumps(found)}"""))
    found["secrets"] = [name for name in found["secrets"] if name != "GPG_KEY"]  # the image's own
    assert found == {"writable": [], "user": 65534, "capabilities": "0" * 16,
                     "no_new_privileges": "1", "root": "PermissionError", "secrets": []}


def test_a_check_that_does_not_end_is_stopped(check: Check) -> None:
    ran = check("while True: pass", timeout=1.5)
    assert (ran.out, ran.ended) == (b"", "took longer than 1.5 s and was stopped")


def test_a_check_that_sleeps_through_a_signal_is_stopped(check: Check) -> None:
    ran = check("import signal, time\nsignal.signal(15, signal.SIG_IGN)\ntime.sleep(600)",
                timeout=1.5)
    assert ran.ended == "took longer than 1.5 s and was stopped"


def test_memory_is_bounded(check: Check) -> None:
    ran = check("x = bytearray(10**9)\nfor at in range(0, 10**9, 4096): x[at] = 1",
                memory=64 * 1024**2)
    assert ran.ended == "was killed for memory: raise `own_checks.memory` or use less"


def test_processes_are_bounded(check: Check) -> None:
    ran = check("""import json, os
started = 0
try:
    while True:
        if not os.fork():
            import time
            time.sleep(600)
        started += 1
except OSError as error:
    return {"passed": True, "expected": "x", "got": json.dumps([started, type(error).__name__])}""",
                processes=16)
    started, why = facts(ran)
    assert why == "BlockingIOError"
    assert started < 16
    assert ran.ended == ""


@pytest.mark.parametrize("stream", ["sys.stderr", "sys.__stdout__"])
def test_output_is_bounded(check: Check, stream: str) -> None:
    ran = check(f"import sys\nwhile True: {stream}.write('x' * 65536)")
    assert ran.ended == f"wrote more than {MAX_OUTPUT} bytes and was stopped"
    assert len(ran.out) <= MAX_OUTPUT
    assert len(ran.last_words) <= 2000


def test_what_was_answered_before_a_crash_is_kept(check: Check) -> None:
    ran = check("import os, sys\nif reply['case'] == 'c2':\n    sys.stderr.write('out of luck')\n"
                "    sys.stderr.flush()\n    os._exit(3)\n"
                "return {'passed': True, 'expected': 'x', 'got': 'y'}", replies=4)
    assert [case for case, _, _ in read_out(ran.out)] == ["c0", "c1"]
    assert (ran.ended, ran.last_words) == ("ended with exit code 3", "out of luck")


def test_many_replies_go_through_at_once(check: Check) -> None:
    ran = check("return {'passed': True, 'expected': 'x', 'got': reply['text'] * 40}",
                replies=3000)
    assert len(read_out(ran.out)) == 3000
    assert ran.ended == ""


def test_an_image_that_is_nowhere_is_told(check: Check) -> None:
    with pytest.raises(CouldNotMeasure, match="is not on the engine and cannot be pulled"):
        check("return {}", image="localhost:1/nobody/nothing:none")


def test_an_image_without_python_is_told(check: Check, engine: docker.DockerClient,
                                         python_image: str) -> None:
    made = engine.containers.create(python_image, labels={"io.gatekeeper.test": "own-checks"})
    try:
        image = made.commit("gatekeeper-test-without-python", "1",
                            changes='ENV PATH="/nowhere"')
        ran = check("return {}", image=str(image.id))
        assert ran.ended == "ended with exit code 127"
        assert "python3" in ran.last_words
    finally:
        made.remove(force=True)
        engine.images.remove("gatekeeper-test-without-python:1", force=True)


# What a person sees

TONE = '''"""Whether a reply is polite."""

from __future__ import annotations


def polite(reply: dict) -> dict:
    """No shouting."""
    text = reply["text"]
    shouted = [word for word in text.split() if word.isupper() and len(word) > 3]
    return {"passed": not shouted, "expected": "no shouting",
            "got": f"shouted: {', '.join(shouted)}" if shouted else "none"}
'''
ROW = "tone_01,Answer with source snippets from policy notes,is polite,grounding,,," \
      "python:checks/tone.py:polite\n"


@pytest.fixture
def polite(repository: Repository, python_image: str) -> Repository:
    """The stories' service with a row that an own check of main's decides."""
    header = "case_id,prompt,expected_behavior,risk,pass,notes,checks\n"
    repository.git("switch", "--quiet", "main")
    text = (repository.folder / "gatekeeper.yaml").read_text()
    repository.commit({
        "gatekeeper.yaml": text.replace("gates:", f"own_checks: {{image: \"{python_image}\", "
                                        "timeout: 20s}\ngates:"),
        "eval_cases.csv": header + ROW, "checks/tone.py": TONE,
    })
    repository.git("switch", "--quiet", "--force-create", "change", "main")
    return repository


def said(folder: Path) -> dict[str, Any]:
    """Side -> the line of its first reply."""
    lines = map(json.loads, (folder / "evidence" / TESTIMONY).read_text().splitlines())
    return {line["side"]: line for line in lines if line["number"] == 1}


def shout(repository: Repository) -> dict[str, str | bytes | None]:
    """Head's service shouts."""
    found = json.loads((repository.folder / "replies.json").read_text())
    return {"replies.json": json.dumps({**found, "source snippets": "READ THE NOTES. [refund]"})}


def with_memory(engine: docker.DockerClient, limit: int) -> list[str]:
    """Runs with a container that has just this ceiling: no other test's."""
    return [str(one.labels[LABEL_RUN])
            for one in engine.containers.list(all=True, ignore_removed=True,
                                              filters={"label": LABEL_RUN})
            if one.attrs["HostConfig"]["Memory"] == limit]


def run(repository: Repository, *args: str) -> Any:
    """On the process runtime, with an engine for the check alone."""
    return gatekeeper("run", "--runtime", "process", *args, cwd=repository.folder)


def test_an_own_check_blocks_with_its_own_words(polite: Repository, tmp_path: Path) -> None:
    polite.write(shout(polite))
    done = run(polite)
    assert done.code == 1, done.err
    assert "'no shouting'" in done.out
    assert "shouted: READ, NOTES." in " ".join(done.out.split())
    assert said(polite.folder)["base"]["by"].startswith("checks/tone.py:polite in ")
    shutil.move(polite.folder / "evidence", tmp_path / "pack")
    shutil.rmtree(polite.folder)
    again = gatekeeper("judge", str(tmp_path / "pack"), cwd=tmp_path,
                       DOCKER_HOST="unix:///nowhere/docker.sock")
    assert again.code == 1
    assert "byte for byte" in again.err


def test_a_change_cannot_talk_its_own_check_round(polite: Repository) -> None:
    polite.write({**shout(polite), "checks/tone.py": TONE.replace("not shouted", "True")})
    done = run(polite)
    assert done.code == 1, done.err
    assert "the own check checks/tone.py is edited: base's is run (replaced)" in \
        " ".join(done.out.split())


def test_an_accepted_own_check_is_the_changes(polite: Repository) -> None:
    polite.write({**shout(polite), "checks/tone.py": TONE.replace("not shouted", "True")})
    planned = gatekeeper("plan", cwd=polite.folder)
    digest = next(word for word in planned.out.split() if word.startswith("sha256:"))
    done = run(polite, "--accept-policy", digest, "--reason", "shouting is fine")
    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize(("body", "why"), [
    ("raise ValueError('no opinion')", "raised ValueError: no opinion"),
    ("return {'passed': 1, 'expected': 'x', 'got': 'y'}", "`passed` is not true or false"),
    ("import os; os._exit(4)", "ended with exit code 4"),
], ids=["raises", "malformed", "crashes"])
def test_an_own_check_that_fails_is_undecided(polite: Repository, body: str, why: str) -> None:
    polite.git("switch", "--quiet", "main")
    polite.commit({"checks/tone.py": f"def polite(reply):\n    {body}\n"})
    polite.git("switch", "--quiet", "--force-create", "change", "main")
    polite.write({"extra.py": "x = 1\n"})
    done = run(polite)
    assert done.code == 3, done.out
    assert why in " ".join(done.out.split())


def test_a_gate_that_is_killed_leaves_no_own_check(
    polite: Repository, engine: docker.DockerClient
) -> None:
    polite.git("switch", "--quiet", "main")
    polite.commit({
        "checks/tone.py": "import time\ndef polite(reply):\n    time.sleep(600)\n",
        **polite.replace("gatekeeper.yaml", "own_checks: {", "own_checks: {memory: 77m, "),
    })
    polite.git("switch", "--quiet", "--force-create", "change", "main")
    polite.write({"extra.py": "x = 1\n"})
    command = [sys.executable, "-I", "-m", "gatekeeper", "run", "--runtime", "process"]
    with subprocess.Popen(command, cwd=polite.folder, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as running:
        assert wait_until(lambda: bool(with_memory(engine, 77 * 1024**2)), 60)
        running.kill()
    assert wait_until(lambda: not with_memory(engine, 77 * 1024**2), 60)


def test_beside_services_on_the_engine_nothing_is_left(
    polite: Repository, gate: Gate, engine: docker.DockerClient
) -> None:
    polite.write(shout(polite))
    done = gate()
    assert done.code == 1, done.err
    mark = json.loads((polite.folder / "evidence" / "environment.json").read_text())
    run_of = mark["runtimes"]["head"]["run"]
    assert not engine.containers.list(all=True, filters={"label": f"{LABEL_RUN}={run_of}"})
