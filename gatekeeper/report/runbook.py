"""`README.md` of a pack: the runbook as released, made of head's manifest and this evidence. It
claims nothing that neither says.
"""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Iterable, Iterator

from gatekeeper.formats.units import format_duration
from gatekeeper.judging.judgement import Judgement
from gatekeeper.manifest.types import Manifest
from gatekeeper.neutral import for_markdown, for_markdown_code, for_shell
from gatekeeper.outcome import CaseJudgement, CaseStatus
from gatekeeper.report.told_words import not_known
from gatekeeper.service.contract import make_request

NOT_SAID = "Not declared."
CONTAINER = "assistant"
"""What the commands call container and image."""


def render(judgement: Judgement, waived: Iterable[CaseJudgement]) -> str:
    """The whole runbook."""
    manifest, record = judgement.policy.head, judgement.record
    about = manifest.about
    parts = [
        "# Runbook", "",
        f"Made by gatekeeper {for_markdown(record.gatekeeper)} from the manifest "
        f"{for_markdown(record.manifest_path)} and the evidence beside it. Verdict: "
        f"**{judgement.verdict.conclusion}**, judged {for_markdown(record.judged_at)}.",
        "", "## Task", "", _said(about.task),
        "", "## Model and version", "", *_model(judgement),
        "", "## Runtime", "", *_runtime(judgement),
        "", "## License note", "", _said(about.license),
        "", "## How to run", "", *_run(judgement),
        "", "## How to test", "", *_test(judgement),
        "", "## Known limits", "", *_limits(judgement, waived),
        "", "## How to stop or roll back", "", *_stop(judgement),
    ]
    return "\n".join(parts) + "\n"


def _said(text: str) -> str:
    return for_markdown(text, 1000) if text.strip() else NOT_SAID


def _model(judgement: Judgement) -> Iterator[str]:
    about, head = judgement.policy.head.about, judgement.record.head
    yield f"- model: {_said(about.model)}"
    yield f"- version: {_said(about.version)}"
    if head.model:
        yield f"- what the service calls it: {for_markdown(head.model)}"
    for name, value in sorted(head.identity.items()):
        if isinstance(value, str) and value:
            yield f"- {for_markdown(name)}: {for_markdown(value)}"


def _runtime(judgement: Judgement) -> Iterator[str]:
    record, route = judgement.record, judgement.told.route
    yield f"- ran on: the {for_markdown(record.runtime)} runtime"
    yield f"- route: {route.kind or 'not declared'}"
    for name in ("runtime_type", "instance", "access", "stop_by"):
        if value := getattr(route, name):
            yield f"- {name.replace('_', ' ')}: {for_markdown(value)}"
    if route.ports is not None:
        yield f"- exposed ports: {', '.join(map(str, route.ports)) or 'none'}"
    resources = judgement.policy.head.service.resources
    yield f"- ceilings: {resources.memory // 1024**2} MiB of memory, {resources.cpus:g} processors"


def _fenced(*commands: str) -> Iterator[str]:
    yield "```sh"
    yield from map(for_markdown_code, commands)
    yield "```"


def _run(judgement: Judgement) -> Iterator[str]:
    record, service = judgement.record, judgement.policy.head.service
    folder = posixpath.dirname(record.manifest_path)
    checkout = f"git checkout {for_shell(record.head.commit or 'COMMIT')}"
    yield from ["In a clean checkout of what was judged"
                + (":" if record.head.commit else ", which was a working tree and no commit:"), ""]
    environment = " ".join(f"--env {shlex.quote(f'{name}={value}')}"
                           for name, value in sorted(service.environment.items()))
    start = " ".join(filter(None, (
        f"docker run --detach --name {CONTAINER}",
        f"--publish 127.0.0.1:{service.port}:{service.port}", environment)))
    if service.build:
        context = posixpath.normpath(posixpath.join(folder, service.build.context))
        dockerfile = posixpath.join(context, service.build.dockerfile)
        arguments = "".join(f" --build-arg {shlex.quote(f'{name}={value}')}"
                            for name, value in sorted(service.build.args.items()))
        yield from _fenced(checkout, f"docker build --tag {CONTAINER} --file "
                           f"{shlex.quote(posixpath.normpath(dockerfile))}{arguments} "
                           f"{shlex.quote(context)}", f"{start} {CONTAINER}")
    elif service.image:
        yield from _fenced(checkout, f"{start} {shlex.quote(service.image)}")
    else:
        place = [f"cd {shlex.quote(folder)}"] if folder else []
        command = shlex.join(word.replace("{port}", str(service.port)) for word in service.command)
        yield from _fenced(checkout, *place, command)


def _test(judgement: Judgement) -> Iterator[str]:
    policy, record = judgement.policy, judgement.record
    service, contract = policy.head.service, policy.promise
    url = f"http://127.0.0.1:{service.port}"
    where = "" if record.manifest_path == "gatekeeper.yaml" else \
        f" --manifest {shlex.quote(record.manifest_path)}"
    prompt = policy.cases[0].prompt if policy.cases else "Hello"
    body = json.dumps(make_request(contract, prompt, record.head.model), sort_keys=True)
    yield "It is healthy, it answers, and it passes its fixed cases:"
    yield ""
    yield from _fenced(
        f"curl --fail --silent {shlex.quote(url + service.ready.path)}",
        f"curl --fail --silent --header 'Content-Type: application/json' --data "
        f"{shlex.quote(body)} {shlex.quote(url + contract.endpoint)}",
        f"gatekeeper run{where} --url {url} --force")


def _limits(judgement: Judgement, waived: Iterable[CaseJudgement]) -> Iterator[str]:
    manifest = judgement.policy.head
    yield from _declared_limits(manifest)
    if words := not_known(judgement.told.route.kind):
        yield f"- route: {words}"
    failing = [case for case in judgement.failing if not case.waived]
    for word, cases in (("fails", failing), ("may fail", waived)):
        for case in cases:
            if case.head.status is not CaseStatus.PASSED or case.waived:
                yield f"- {word}: {for_markdown(case.case.case_id)} ({case.case.risk})" + (
                    f", {for_markdown(case.waived)}" if case.waived else "")


def _declared_limits(manifest: Manifest) -> Iterator[str]:
    limits = manifest.contract.limits
    target = limits.latency_target
    yield f"- context length: {_tokens(limits.context_length)}"
    yield f"- longest answer: {_tokens(limits.max_tokens)}"
    yield f"- latency target: {format_duration(target) if target else 'not declared'}"
    yield f"- requests at a time: {limits.concurrency or 'not declared'}"
    unsupported = ", ".join(for_markdown(one) for one in manifest.about.unsupported)
    yield f"- unsupported requests: {unsupported or 'not declared'}"
    yield f"- privacy: {_said(manifest.about.privacy)}"


def _tokens(count: int | None) -> str:
    return f"{count} tokens" if count else "not declared"


def _stop(judgement: Judgement) -> Iterator[str]:
    stop, record = judgement.policy.promise.stop_path, judgement.record
    for name in ("stop", "disable"):
        command = getattr(stop, name)
        yield f"To {name} it:" if command else f"How to {name} it: not declared."
        if command:
            yield ""
            yield from _fenced(command.replace("{container}", CONTAINER))
        yield ""
    yield f"To roll back: {_said(stop.rollback)}"
    if record.base and record.base.commit:
        yield ""
        yield f"What it was held against is commit {for_markdown(record.base.commit)}."
