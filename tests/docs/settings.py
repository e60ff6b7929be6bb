"""Where each command block of the pages is run, and the ones that cannot be, with the reason.

A block is known by its page and its first line. One that stands in neither table fails, and so does
an entry whose block is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.docs.typing import Setting

SERVICE = "http://127.0.0.1:8000"
ACCEPT = "$(gatekeeper plan | grep -o 'sha256:[0-9a-f]*' | tail -n 1)"
SPENT = "{ gatekeeper run --budget 1ms >/dev/null; true; }"
OTHER_SHARDS = ("for n in 1 2 4 5 6 7 8; do "
                "gatekeeper run --shard $n/8 --evidence shard-$n >/dev/null; done; true")
LOOSER = "sed -i 's/, regressions == 0//' gatekeeper.yaml"


ELSEWHERE = {"clean": "tests/install/test_install.py", "image": "tests/action/test_container.py"}
"""Places that only the tests of a folder have -> which of them runs the blocks."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A block that cannot be run in a test; its commands are looked at all the same."""

    why: str
    run_by: str = ""
    """Where the same commands are run after all: a path of this repository."""


PROMPTFOO = ("rm eval_cases.csv && mkdir evals && printf \"prompts: ['Is it {{x}}?']\\ntests:\\n"
             "  - vars: {x: late}\\n\" | tee promptfooconfig.yaml >evals/pf.yaml")
"""A configuration to bring over, in a repository without cases."""

RUN: dict[tuple[str, str], Setting] = {
    ("README.md", "gatekeeper init"): Setting("service", says=("wrote  README-runbook.md",)),
    ("docs/init.md", "gatekeeper init --dry-run    # what would be written, and why"): Setting(
        "service", says=("would write  README-runbook.md", "left   gatekeeper.yaml: as it is")),
    ("docs/init.md", "gatekeeper import promptfoo promptfooconfig.yaml             # writes "
     "eval_cases.csv"): Setting(
        "service", before={"gatekeeper import promptfoo promptfooconfig.yaml": PROMPTFOO},
        says=("eval_cases.csv: 1 case, written", "more.csv: 1 case, written")),
    ("README.md", "gatekeeper check                 # are the files sound, and what is every row "
     "held to?"): Setting(
        "service", fills={SERVICE: "$URL", "sha256:…": ACCEPT, "TEXT": "why"},
        codes={"gatekeeper run --case": 3, "gatekeeper run --url http://127.0.0.1:8000 --probe": 3,
               "gatekeeper run --shard": 3,
               "gatekeeper prove": 1, "gatekeeper protect --check": 1},
        before={"gatekeeper run --force": "git switch --quiet main",
                "gatekeeper run --baseline main-pack": "git switch --quiet change",
                "gatekeeper run --accept-policy": LOOSER,
                "gatekeeper prove": "git restore gatekeeper.yaml && gatekeeper run >/dev/null",
                "gatekeeper run --resume": SPENT,
                "gatekeeper protect": "export GITHUB_TOKEN=$TOKEN"}),
    ("README.md", "pipx install ./gatekeeper        # a checkout of this repository"):
        Setting("clean"),
    ("docs/install.md", "pipx install ./gatekeeper"): Setting(
        "clean", says=("commit ", "gatekeeper.yaml: sound")),
    ("docs/install.md", "uvx --from ./gatekeeper gatekeeper --version"): Setting(
        "clean", says=("commit ", "gatekeeper.yaml: sound")),
    ("docs/install.md", "python3 -m venv gate"): Setting("clean", says=("commit ",)),
    ("docs/install.md", 'docker build --build-arg COMMIT="$(git -C gatekeeper rev-parse HEAD)" '
     "--tag gatekeeper-here gatekeeper"): Setting(
        "image", fills={"gatekeeper-here": "$IMAGE"}, says=("commit ", "gatekeeper.yaml: sound")),
    ("docs/drill.md", "gatekeeper drill                         # what the policy declares"):
        Setting("example"),
    ("docs/github.md", "GITHUB_TOKEN=… gatekeeper protect --check"): Setting(
        "service", fills={"GITHUB_TOKEN=…": "GITHUB_TOKEN=$TOKEN"},
        codes={"GITHUB_TOKEN=… gatekeeper protect": 1},
        says=("ruleset gatekeeper requires the check gate on main",)),
    ("docs/own-checks.md", "python -m pytest -q checks       # where pytest and gatekeeper are, "
     "beside the pack"): Setting("own checks", says=("1 passed",)),
    ("docs/policy.md",
     'gatekeeper run --accept-policy sha256:… --reason "clients have moved to v2"'):
        Setting("service", fills={"sha256:…": ACCEPT}, before={"gatekeeper run": LOOSER},
                says=("self-accepted",)),
    ("docs/release.md", "GITHUB_TOKEN=… gatekeeper release                  # the commit that is "
     "checked out, under the next version"): Setting(
        "to release", fills={"GITHUB_TOKEN=…": "GITHUB_TOKEN=$TOKEN", "TEXT": "why"},
        before={"GITHUB_TOKEN=… gatekeeper release --tag":
                "git tag v1.4.0 && git push --quiet origin v1.4.0"},
        codes={"GITHUB_TOKEN=… gatekeeper rollback": 3},  # it is started anew, in Docker
        says=("released as v0.1.0", "no Docker engine")),
    ("docs/report.md",
     "gatekeeper replay evidence format_01                              # what was "
     "asked, what both said, and why it failed"): Setting(
        "service", fills={SERVICE: "$URL"}, codes={"gatekeeper run --case": 3}),
    ("docs/routes.md", "gatekeeper gate gpu-hour && ./rent.sh"): Setting(
        "service", before={"gatekeeper gate": "printf '#!/bin/sh\\necho rented\\n' >rent.sh && "
                           "chmod +x rent.sh"}, says=("rented",)),
    ("docs/services.md", "$ gatekeeper doctor"): Setting(
        "service", says=("git: ", "base: ", "manifest: ", "cases: 5 in eval_cases.csv", "clock: ")),
    ("docs/shards.md",
     "gatekeeper run --shard 3/8 --evidence shard-3     # on eight machines, 1/8 to 8/8"): Setting(
        "service", codes={"gatekeeper run --shard": 3}, before={"gatekeeper judge": OTHER_SHARDS}),
    ("docs/shards.md",
     "gatekeeper run --resume --evidence evidence       # the same arguments as before, and "
     "--resume"): Setting("service", before={"gatekeeper run --resume": SPENT}),
    ("docs/shards.md", "gatekeeper run --budget 10m --max-cases 200"): Setting("service"),
    ("docs/verify.md", "gatekeeper verify evidence                       # a folder"): Setting(
        "released", fills={"https://…/evidence.tar.gz": "$WEB/evidence.tar.gz", "v1.2.0": "$TAG"},
        before={"gatekeeper verify v1.2.0": "export GITHUB_TOKEN=$TOKEN"},
        says=("✓ released evidence",)),
}

NOT_RUN: dict[tuple[str, str], NotRun] = {
    ("examples/policy-assistant/README.md",
     'python3 -m policy_assistant --port 8000 &'): NotRun(
        "all its blocks are run in their order, as a release rehearses them",
        "tests/stories/test_rehearse.py"),
    ("examples/policy-assistant/README.md",
     "python3 -c 'import json, urllib.request as web"): NotRun(
        "all its blocks are run in their order, as a release rehearses them",
        "tests/stories/test_rehearse.py"),
    ("examples/policy-assistant/README.md",
     'kill %1 && wait %1     # what is under way is answered first; exit code 0'): NotRun(
        "all its blocks are run in their order, as a release rehearses them",
        "tests/stories/test_rehearse.py"),
    ("README.md", "$ make demo"): NotRun(
        "a minute on an engine, and only part of what it prints is shown", ".ci/run"),
    ("README.md",
     "make demo    # gates one change that must block and one that must pass; packs in "
     "demo/"): NotRun("these tests are part of `make test`; `make demo` takes a minute", ".ci/run"),
    ("CONTRIBUTING.md", "make setup     # the virtual environment with everything in it"): NotRun(
        "these tests are part of `make check`", ".ci/run"),
    ("docs/install.md", "pipx install git+https://github.com/OWNER/gatekeeper@v1"): NotRun(
        "it asks the real GitHub for whoever OWNER is"),
    ("docs/verify.md", "gatekeeper verify evidence"): NotRun(
        "`gh attestation verify` asks the real GitHub, and nothing is signed here"),
    ("examples/llama-cpp/README.md", "docker build -t helpdesk . && docker run --rm -d --name "
     "helpdesk --read-only -p 8000:8000 helpdesk"): NotRun(
        "it builds llama.cpp's server, which takes minutes", "tests/docker/test_llama_cpp.py"),
    ("examples/llama-cpp/README.md",
     "gatekeeper run --manifest examples/llama-cpp/gatekeeper.yaml"): NotRun(
        "it builds llama.cpp's server, which takes minutes", "tests/docker/test_llama_cpp.py"),
    ("examples/llama-cpp/README.md", "python -m venv venv && venv/bin/pip install torch==2.14.1 "
     "gguf==0.19.0 numpy==2.4.6"):
        NotRun("it fetches torch, some gigabytes, and trains for minutes"),
}
