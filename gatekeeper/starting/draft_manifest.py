"""The manifest, drafted: what was found stands in it, what nothing tells is a remark. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.manifest.types import WATCHABLE
from gatekeeper.starting.choosing import Chosen
from gatekeeper.starting.commands import VLLM
from gatekeeper.starting.found import Found, Guess, Unknown
from gatekeeper.starting.speaking import Part, contract
from gatekeeper.starting.survey import Survey
from gatekeeper.starting.yaml_lines import flow, mapping, scalar, unknown

GATES = ("contract.complete", "smoke.passed", "failures.format == 0", "failures.grounding == 0",
         "failures.safety == 0", "failures.performance == 0", "regressions == 0",
         "shutdown.proven")


def draft_manifest(found: Survey, chosen: Chosen, cases: str, risks: Iterable[str]) -> Part:
    """The whole file as lines. `risks` are those that the cases file has rows of: a gate that
    speaks of another would measure nothing."""
    has = set(risks)
    gates = [one for one in GATES if not one.startswith("failures.")
             or one.split(".")[1].split()[0] in has]
    parts = (_service(chosen), contract(found, chosen), _watch(found, chosen),
             _eval(found, cases))
    lines = ["version: 1", *(line for part in parts for line in part.lines),
             "gates:", f"  share: {flow(gates)}"]
    return Part(tuple(lines), tuple(one for part in parts for one in part.guesses),
                tuple(one for part in parts for one in part.unknown))


def _service(chosen: Chosen) -> Part:
    parts = (_started(chosen), _listens(chosen), _given(chosen), _needs(chosen))
    return Part(("service:", *(line for part in parts for line in part.lines)),
                tuple(one for part in parts for one in part.guesses),
                tuple(one for part in parts for one in part.unknown))


def _started(chosen: Chosen) -> Part:
    lines: list[str] = []
    guesses: list[Guess] = []
    open_: list[Unknown] = []
    if chosen.build is not None:
        value = scalar(chosen.build.value)
        if chosen.dockerfile:
            value = mapping({"context": chosen.build.value, "dockerfile": chosen.dockerfile})
        lines.append(f"  build: {value}")
        guesses.append(Guess("service.build", value, chosen.build.place))
    elif chosen.image is not None:
        lines.append(f"  image: {scalar(chosen.image.value)}")
        guesses.append(Guess("service.image", chosen.image.value, chosen.image.place))
    elif not chosen.command:
        words = "how the service is started: no Dockerfile, image or application was found"
        lines.append(f"  build: .   # UNKNOWN: {words}")
        open_.append(Unknown("service.build", words))
    if chosen.command and chosen.command_from:
        lines.append(f"  command: {flow(chosen.command)}   # at a desk, without Docker")
        guesses.append(Guess("service.command", " ".join(chosen.command),
                             chosen.command_from.place))
    if chosen.unsaid is not None:
        words = f"{chosen.unsaid.place} gives the image a command line, for which a manifest has " \
                "no key: put it into the CMD of a Dockerfile and write `build: .`"
        lines.append(f"  # UNKNOWN: {words}")
        open_.append(Unknown("service.image", words))
    return Part(tuple(lines), tuple(guesses), tuple(open_))


def _listens(chosen: Chosen) -> Part:
    lines: list[str] = []
    guesses: list[Guess] = []
    open_: list[Unknown] = []
    if chosen.port is not None:
        lines.append(f"  port: {chosen.port.value}")
        guesses.append(Guess("service.port", chosen.port.value, chosen.port.place))
    else:
        words = "the port that it listens on in its container"
        lines.append(f"  port: 8000   # UNKNOWN: {words}")
        open_.append(Unknown("service.port", words))
    slow = ", timeout: 15m" if chosen.server == VLLM else ""
    if chosen.health is not None:
        lines.append(f"  ready: {{path: {scalar(chosen.health.value)}{slow}}}")
        guesses.append(Guess("service.ready.path", chosen.health.value, chosen.health.place))
    else:
        words = "the path that answers 200 once it is ready"
        lines.append(f"  ready: {{path: /health}}   # UNKNOWN: {words}")
        open_.append(Unknown("service.ready.path", words))
    if chosen.server == VLLM:
        lines.append("  resources: {memory: 32g, cpus: 8, processes: 4096, gpus: all}")
        guesses.append(Guess("service.resources", "32g, gpus: all", "usual for vLLM"))
    return Part(tuple(lines), tuple(guesses), tuple(open_))


def _given(chosen: Chosen) -> Part:
    """Variables; of a secret the name alone."""
    lines: list[str] = []
    guesses: list[Guess] = []
    open_: list[Unknown] = []
    if chosen.environment or chosen.secrets or chosen.upstream:
        lines.append("  environment:")
    for name, value in chosen.environment.items():
        lines.append(f"    {scalar(name)}: {scalar(value.value)}")
        guesses.append(Guess(f"service.environment.{name}", value.value, value.place))
    for name, value in chosen.secrets.items():
        lines.append(f"    {scalar(name)}: {{secret: {scalar(name)}}}")
        guesses.append(Guess(f"service.environment.{name}", "a secret, by its name",
                             f"{value.place}, whose value is not looked at"))
    for name, value in chosen.upstream.items():
        words = f"the address at which the gate's copy of the service reaches {_host(value)}"
        lines.append(f"    {scalar(name)}: {scalar(value.value)}   # UNKNOWN: {words}")
        open_.append(Unknown(f"service.environment.{name}", f"{words} ({value.place})"))
    return Part(tuple(lines), tuple(guesses), tuple(open_))


def _host(value: Found) -> str:
    return value.value.partition("://")[2].partition("/")[0] or value.value


def _needs(chosen: Chosen) -> Part:
    """A gate starts one container: what stands beside it is reached over the network."""
    if not chosen.upstream and not chosen.beside:
        return Part(())
    names = ", ".join(one.name for one in chosen.beside) or "another server"
    why = chosen.beside[0].place.place if chosen.beside else \
        next(iter(chosen.upstream.values())).place
    return Part((f"  egress: open   # {names} answers elsewhere, and base and head share it",),
                (Guess("service.egress", "open", f"{why}: it needs {names}, which the gate does "
                       "not start"),))


def _watch(found: Survey, chosen: Chosen) -> Part:
    """Kind of change -> where it lives, in the manifest's own order of kinds."""
    held: dict[str, dict[str, Found]] = {kind: {} for kind in WATCHABLE}

    def add(kind: str, pattern: Found) -> None:
        taken = {one for patterns in held.values() for one in patterns}
        if pattern.value not in taken and not pattern.value.startswith(("/", "../")):
            held[kind][pattern.value] = pattern

    for kind, pattern in found.settings.watched:
        add(kind, pattern)
    for service in found.compose:
        for what, pointer in service.watched.items():
            if what in held:
                said = service.line.said[what] if service.line else service.place
                add(what, said.saying(f"{said.file}#{pointer}"))
    for weights in found.weights:
        add("model", weights)
    for pattern in found.prompts.patterns:
        add("prompt", pattern)
    for pattern in found.adapters:
        add("adapter", pattern)
    for one in found.dockerfiles[:1]:
        add("runtime", Found(one.path, one.path))
    for pattern in found.runtime:
        add("runtime", pattern)
    for file in dict.fromkeys(service.place.file for service in found.compose):
        add("runtime", Found(file, file))
    if found.sources:
        add("rag", found.sources.saying(f"{found.sources.value}**"))
    lines = [f"  {kind}: {flow(patterns)}" for kind, patterns in held.items() if patterns]
    guesses = [Guess(f"watch.{kind}", pattern.value, pattern.place)
               for kind, patterns in held.items() for pattern in patterns.values()]
    return Part(("watch:", *lines) if lines else (unknown(0, "watch: {prompt: [prompts/**]}",
                                                          "where prompts and models live"),),
                tuple(guesses))


def _eval(found: Survey, cases: str) -> Part:
    sources = f", sources: {scalar(found.sources.value)}" if found.sources else ""
    guesses = [Guess("eval.sources", found.sources.value, found.sources.place)] \
        if found.sources else []
    return Part((f"eval: {{cases: {scalar(cases)}{sources}}}",), tuple(guesses))
