"""Who is measured: gatekeeper, what others would use, and the floor; each at its leanest.

Each is installed beside the others under `benchmarks/out/peers`, at the version named here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.running import OUT, TOP
from benchmarks.work import FAILURES, LATENCY, SYSTEM, WORD, prompts, write_lines, write_repository

PEERS = OUT / "peers"
HERE = Path(__file__).parent / "peers"
CONNECTIONS = 32
VERSIONS = {"promptfoo": "0.123.1", "node": "22.23.3", "deepeval": "4.3.1",
            "inspect-ai": "0.3.285"}


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a contender."""

    command: list[str]
    folder: Path
    """Where it is started, and what it writes to."""
    environment: Mapping[str, str] = field(default_factory=dict)
    times: Callable[[Path], list[float]] | None = None
    """The milliseconds it reports, one each case."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the work."""

    name: str
    install: Callable[[], None]
    job: Callable[[Path, int, int, bool], Job]
    """A job in a folder, of so many cases, against a port; and whether times are to be judged."""
    most: int
    """Cases beyond which a run would only take long."""


def _nothing() -> None:
    """It is here already."""


# gatekeeper

def _gatekeeper(folder: Path, cases: int, port: int, timed: bool) -> Job:
    repository = folder / "repository"
    if not repository.exists():
        write_repository(repository, cases, LATENCY if timed else FAILURES)
    return Job([sys.executable, "-m", "gatekeeper", "run", "--url", f"http://127.0.0.1:{port}",
                "--evidence", str(folder / "evidence"), "--json"], repository,
               times=lambda _: _pack_times(folder / "evidence" / "eval_results.jsonl"))


def _pack_times(results: Path) -> list[float]:
    return [json.loads(line)["timing"]["total"] for line in results.read_text().splitlines()]


# promptfoo

def _install_promptfoo() -> None:
    place = PEERS / "promptfoo"
    if not (place / "node_modules" / "promptfoo").exists():
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error",
                        f"promptfoo@{VERSIONS['promptfoo']}", f"node@{VERSIONS['node']}"],
                       cwd=place, check=True)


def _promptfoo(folder: Path, cases: int, port: int, timed: bool) -> Job:
    place = PEERS / "promptfoo"
    prompt = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "{{q}}"}]
    (folder / "prompt.json").write_text(json.dumps(prompt))
    (folder / "config.json").write_text(json.dumps({
        "prompts": [f"file://{folder / 'prompt.json'}"],
        "providers": [{"id": "openai:chat:local", "config": {
            "apiBaseUrl": f"http://127.0.0.1:{port}/v1", "apiKey": "x", "temperature": 0}}],
        "defaultTest": {"assert": [{"type": "is-json"}, {"type": "contains", "value": WORD}]},
        "tests": [{"vars": {"q": one}} for one in prompts(cases)]}))
    off = dict.fromkeys((
        "PROMPTFOO_DISABLE_TELEMETRY", "PROMPTFOO_DISABLE_UPDATE", "NO_COLOR", "CI",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION", "PROMPTFOO_DISABLE_SHARING", "NO_UPDATE_NOTIFIER",
        "PROMPTFOO_DISABLE_ADAPTIVE_SCHEDULER", "PROMPTFOO_DISABLE_DEBUG_LOG",
        "PROMPTFOO_DISABLE_ERROR_LOG"), "true")
    modules = place / "node_modules"
    return Job(
        [str(modules / ".bin" / "node"),
         str(modules / "promptfoo" / "dist" / "src" / "entrypoint.js"), "eval", "-c",
         str(folder / "config.json"), "--no-cache", "--max-concurrency", str(CONNECTIONS),
         "--no-progress-bar", "--no-write", "--no-table", "-o", str(folder / "out.json")], folder,
        {**off, "PROMPTFOO_CACHE_ENABLED": "false", "LOG_LEVEL": "error",
         "PROMPTFOO_CONFIG_DIR": str(folder / "home")},
        lambda at: [float(one["latencyMs"]) for one in
                    json.loads((at / "out.json").read_text())["results"]["results"]])


# deepeval and inspect

def _venv(name: str, *packages: str) -> Callable[[], None]:
    def install() -> None:
        place = PEERS / name
        if not (place / "bin" / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
            if packages:
                subprocess.run([str(place / "bin" / "pip"), "install", "--quiet",
                                "--disable-pip-version-check", *packages], check=True)

    return install


def _lines(folder: Path, cases: int) -> Path:
    place = folder / "cases.jsonl"
    if not place.exists():
        write_lines(place, cases)
    return place


def _written_times(at: Path) -> list[float]:
    return [one["latency_ms"] for one in json.loads((at / "out.json").read_text())]


def _deepeval(folder: Path, cases: int, port: int, timed: bool) -> Job:
    off = dict.fromkeys(("DEEPEVAL_TELEMETRY_OPT_OUT", "DEEPEVAL_DISABLE_DOTENV", "CI",
                         "DEEPEVAL_DISABLE_PROGRESS_BAR"), "1")
    return Job([str(PEERS / "deepeval" / "bin" / "python"), str(HERE / "with_deepeval.py"),
                str(_lines(folder, cases)), str(port), str(CONNECTIONS),
                str(folder / "out.json")], folder,
               {**off, "ERROR_REPORTING": "0", "DEEPEVAL_UPDATE_WARNING_OPT_IN": "0"},
               _written_times)


def _inspect(folder: Path, cases: int, port: int, timed: bool) -> Job:
    program = PEERS / "inspect" / "bin" / "inspect"
    shutil.copy(HERE / "with_inspect.py", folder)  # it takes relative paths alone
    return Job([str(program), "eval", "with_inspect.py", "--model",
                "openai-api/local/local", "--max-connections", str(CONNECTIONS), "--max-samples",
                str(CONNECTIONS), "--temperature", "0", "--display", "none", "--log-level",
                "error", "--log-dir", str(folder / "logs"), "--no-log-realtime",
                "--no-log-model-api"], folder,
               {"BENCH_CASES": str(_lines(folder, cases)), "LOCAL_API_KEY": "x",
                "LOCAL_BASE_URL": f"http://127.0.0.1:{port}/v1"})


def _bare(folder: Path, cases: int, port: int, timed: bool) -> Job:
    return Job([sys.executable, str(HERE / "bare_gate.py"), str(_lines(folder, cases)), str(port),
                str(CONNECTIONS), str(folder / "out.json")], folder, times=_written_times)


GATEKEEPER, PROMPTFOO, FLOOR = "gatekeeper", "promptfoo", "bare http.client"
CONTENDERS = {one.name: one for one in (
    Contender(GATEKEEPER, _nothing, _gatekeeper, 100_000),
    Contender(FLOOR, _nothing, _bare, 100_000),
    Contender(PROMPTFOO, _install_promptfoo, _promptfoo, 4000),
    Contender("deepeval", _venv("deepeval", f"deepeval=={VERSIONS['deepeval']}", "requests"),
              _deepeval, 4000),
    Contender("inspect", _venv("inspect", f"inspect-ai=={VERSIONS['inspect-ai']}", "openai"),
              _inspect, 1000),
)}
"""Name -> contender; the floor is no product, and a gate cannot be beneath it."""


def install_size() -> dict[str, float]:
    """MB on disk of the Python part of each install, a bare environment taken off; promptfoo's are
    its Node modules, without Node."""
    ours = PEERS / "gatekeeper"
    shutil.rmtree(ours, ignore_errors=True)
    _venv("gatekeeper", str(TOP))()
    _venv("bare")()
    bare = _size(PEERS / "bare")
    sizes = {name: _size(PEERS / name) - bare for name in ("gatekeeper", "deepeval", "inspect")
             if (PEERS / name).exists()}
    modules = PEERS / "promptfoo" / "node_modules"
    if modules.exists():
        sizes["promptfoo"] = _size(modules) - _size(modules / "node")
    return sizes


def _size(folder: Path) -> float:
    found: Any = (place.lstat() for place in folder.rglob("*"))
    return float(sum(one.st_blocks * 512 for one in found)) / 1e6


def environment(job: Job) -> dict[str, str]:
    """What a job is started with."""
    return {**os.environ, **job.environment}
