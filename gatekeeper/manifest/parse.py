"""`gatekeeper.yaml` from text to a `Manifest`, with every problem of the file at once."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from gatekeeper.cases.file import Standards
from gatekeeper.cases.reducers import asks_for
from gatekeeper.drill.catalogue import delay_for
from gatekeeper.errors import Problem
from gatekeeper.formats.globs import fault_of
from gatekeeper.formats.structured import is_structured
from gatekeeper.formats.units import format_duration
from gatekeeper.manifest.document import Fields, Items, Node, Place, parse_yaml
from gatekeeper.manifest.kinds import models_that_fit, one_kind_of_service
from gatekeeper.manifest.readers import WRONG, Complaints, bind
from gatekeeper.manifest.told import keys_out_of_place
from gatekeeper.manifest.types import CASES_FILE, Manifest

NAME = "gatekeeper.yaml"
_START = Place(1, 1)


def parse_manifest(text: str, file: str) -> tuple[Manifest | None, list[Problem]]:
    """The manifest, or None with what is wrong; `file` is the path as the user knows it."""
    root, problems = parse_yaml(text, file)
    if root is None:
        return None, problems
    complaints = Complaints(file, problems)
    manifest = bind(Manifest)(root, complaints)
    if manifest is WRONG or not isinstance(root, Fields):
        return None, complaints.problems
    found = list(complaints.problems)
    for rule in _RULES:
        for path, message, hint in rule(manifest):
            if not _already_wrong(root, path, found):
                complaints.at(_place(root, path), message, hint)
    return (None if complaints.problems else manifest), complaints.problems


Trouble = tuple[tuple[str, ...], str, str]
"""Path of the key to point at, message, hint."""


def _already_wrong(root: Node, path: tuple[str, ...], problems: list[Problem]) -> bool:
    """Whether the thing itself has a complaint: what follows from that is not complained about."""
    node = root
    for name in path:
        if not isinstance(node, Fields) or name not in node.entries:
            break
        node = node.entries[name][1]
    places = set(_places(node))
    return any((problem.line, problem.column) in places for problem in problems)


def _places(node: Node) -> Iterator[tuple[int, int]]:
    yield node.place.line, node.place.column
    if isinstance(node, Fields):
        for place, child in node.entries.values():
            yield place.line, place.column
            yield from _places(child)
    elif isinstance(node, Items):
        for child in node.nodes:
            yield from _places(child)


def _place(root: Node, path: tuple[str, ...]) -> Place:
    place, node = _START, root
    for name in path:
        if not isinstance(node, Fields) or name not in node.entries:
            break
        place, node = node.entries[name]
    return place


def _something_to_ask(manifest: Manifest) -> Iterator[Trouble]:
    contract = manifest.contract
    if contract.preset == "none":
        for name, value in (("endpoint", contract.endpoint), ("request", contract.request)):
            if not value:
                yield (("contract",), f"`contract.{name}` is missing: nothing can be asked",
                       "declare it, or `preset: openai-chat`")
        if not contract.response_shape.content:
            yield (("contract",), "`contract.response_shape.content` is missing: no answer can be "
                   "read", "declare a JSON pointer, or `preset: openai-chat`")
    for name in ("content", "evidence", "finish_reason", "error", "delta", "tokens"):
        pointer = getattr(contract.response_shape, name)
        if pointer and not pointer.startswith("/"):
            yield (("contract", "response_shape", name),
                   f"`{pointer}` is not a JSON pointer", f"write `/{pointer}`")


def _request_that_asks(manifest: Manifest) -> Iterator[Trouble]:
    request, where = manifest.contract.request, ("contract", "request")
    if request is not None and not isinstance(request, dict):
        yield (where, "a request is a mapping: the JSON object that is sent",
               "write for instance `request: {question: '{prompt}'}`")
    elif request and not any("{prompt}" in text for text in _texts(request)):
        yield (where, "`{prompt}` stands nowhere in the request: every case would ask the same",
               "write `{prompt}` where the prompt belongs")


def _streams_that_stream(manifest: Manifest) -> Iterator[Trouble]:
    contract = manifest.contract
    asked = contract.request.get("stream") if isinstance(contract.request, dict) else None
    if asked is not None and asked is not contract.stream:
        yield (("contract", "request", "stream"),
               f"the request says `stream: {str(asked).lower()}` and `contract.stream` is "
               f"{str(contract.stream).lower()}", "say it once, as `contract.stream`")
    if contract.stream and contract.preset == "none" and not contract.response_shape.delta:
        yield (("contract", "stream"), "`contract.response_shape.delta` is missing: no text can be "
               "read out of a stream", "declare a JSON pointer, or `preset: openai-chat`")
    if contract.limits.first_token_target and not contract.stream:
        yield (("contract", "limits", "first_token_target"), "a reply that is not streamed has no "
               "first token", "declare `contract.stream: true`")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _checks_that_can_be_made(manifest: Manifest) -> Iterator[Trouble]:
    limits = manifest.contract.limits
    standards = Standards(sources=bool(manifest.eval.sources), stream=manifest.contract.stream,
                          latency_target=limits.latency_target,
                          first_token_target=limits.first_token_target,
                          declared=manifest.witnesses)
    for risk, requirements in manifest.eval.checks.items():
        for requirement in requirements:
            if missing := standards.missing(requirement):
                yield (("eval", "checks", risk), f"`{requirement}` needs `{missing}`",
                       "declare it, or hold these rows to something else")


def _attempts_that_can_pass(manifest: Manifest) -> Iterator[Trouble]:
    for risk, rule in manifest.eval.rules.items():
        wanted = asks_for(rule.reducer)
        if wanted and wanted > rule.repeats:
            own = risk in manifest.eval.by_risk
            yield (("eval", "by_risk", risk) if own else ("eval", "reducer"),
                   f"`{rule.reducer}` can never pass: a case is asked {rule.repeats} times",
                   f"`repeats: {wanted}`, or ask for fewer")
            if not own:
                return


def _drills_that_can_be_run(manifest: Manifest) -> Iterator[Trouble]:
    drill, limits = manifest.drill, manifest.contract.limits
    if drill is None:
        return
    fallback = drill.fallback
    if fallback:
        kinds = [name for name in ("image", "build", "url") if getattr(fallback, name)]
        if len(kinds) != 1:
            yield (("drill", "fallback"), f"a fallback is one of image, build and url, and this is "
                   f"{' and '.join(kinds) or 'none of them'}", "write for instance "
                   "`fallback: {image: assistant:small}`")
        if not fallback.url and (fallback.auth or fallback.model):
            yield (("drill", "fallback"), "`model` and `auth` belong to a `url`", "leave them out")
    late = delay_for(limits.latency_target, limits.timeout)
    if "slow" in drill.failure and not 0 < late < drill.notice:
        yield (("drill", "failure"), "`slow` would not be noticed within "
               f"{format_duration(drill.notice)}: the contract allows a reply "
               + (f"{format_duration(late / 1.2)}" if late else "any time"),
               "declare `contract.limits.latency_target`, or a longer `drill.notice`")


def _said_once(manifest: Manifest) -> Iterator[Trouble]:
    if manifest.cases and manifest.eval.cases not in (CASES_FILE, manifest.cases):
        yield (("cases",), f"`cases: {manifest.cases}` and `eval.cases: {manifest.eval.cases}` "
               "contradict each other", "keep one of them")
    if manifest.contract.rollback and manifest.contract.stop_path.rollback:
        yield (("contract", "rollback"), "`rollback` and `stop_path.rollback` are both given",
               "keep one of them")


def _gates_that_gate(manifest: Manifest) -> Iterator[Trouble]:
    for name, gate in manifest.gates.items():
        if not gate.until:
            yield ("gates", name), f"gate `{name}` has no condition: it can never close", ""
    if not any("merge" in gate.blocks for gate in manifest.gates.values()):
        yield (("gates",), "no gate blocks `merge`: nothing is asked of a change",
               "write for instance `share: [smoke.passed, failures == 0]`")


def _watches_that_watch(manifest: Manifest) -> Iterator[Trouble]:
    for kind, patterns in manifest.watch.items():
        for pattern in patterns:
            path, _, pointer = pattern.partition("#")
            where = ("watch", kind)
            if fault := fault_of(path):
                yield where, f"`{pattern}` {fault}", "write a path or a glob, as `prompts/**`"
            if pattern.startswith("/") or ".." in path.split("/"):
                yield where, f"`{pattern}` leaves the manifest's folder", "write a path below it"
            if "#" in pattern and not pointer.startswith("/"):
                yield where, f"`{pattern}`: a pointer starts with `/`", f"write `{path}#/{pointer}`"
            if "#" in pattern and not is_structured(path):
                yield where, f"`{path}` is not YAML, JSON or TOML", "watch the whole file"


def _route_that_is_one(manifest: Manifest) -> Iterator[Trouble]:
    for name, kinds in keys_out_of_place(manifest.route):
        yield (("route", name), f"`route.{name}` says nothing of "
               + (f"the route {manifest.route.kind}" if manifest.route.kind else "no route"),
               f"it belongs to {kinds}")


def _one_history(manifest: Manifest) -> Iterator[Trouble]:
    if manifest.history.folder and manifest.history.github:
        yield (("history", "github"), "`history` names a folder and GitHub, and earlier runs are "
               "kept in one place", "keep one of them")


def _paths_below(manifest: Manifest) -> Iterator[Trouble]:
    build = manifest.service.build
    fallback = manifest.drill.fallback if manifest.drill else None
    small = fallback.build if fallback else None
    for where, path in (
        (("cases",), manifest.cases),
        (("eval", "cases"), manifest.eval.cases),
        (("eval", "sources"), manifest.eval.sources),
        (("service", "build"), build.context if build else ""),
        (("drill", "fallback", "build"), small.context if small else ""),
        (("route", "notebook"), manifest.route.notebook),
        (("route", "outputs"), manifest.route.outputs),
        (("route", "shutdown"), manifest.route.shutdown),
    ):
        if path.startswith("/") or posixpath.normpath(path or ".").startswith(".."):
            yield where, f"`{path}` leaves the manifest's folder", "write a path below it"


_RULES: tuple[Callable[[Manifest], Iterator[Trouble]], ...] = (
    one_kind_of_service,
    models_that_fit,
    _something_to_ask,
    _request_that_asks,
    _streams_that_stream,
    _checks_that_can_be_made,
    _attempts_that_can_pass,
    _drills_that_can_be_run,
    _said_once,
    _gates_that_gate,
    _watches_that_watch,
    _route_that_is_one,
    _one_history,
    _paths_below,
)
