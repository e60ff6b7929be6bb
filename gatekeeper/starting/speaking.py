"""The contract of a service, as far as its files tell it: how it is asked, what it answers, and
within which bounds. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatekeeper.starting.choosing import Chosen
from gatekeeper.starting.commands import first
from gatekeeper.starting.found import Found, Guess, Unknown
from gatekeeper.starting.interface import Route
from gatekeeper.starting.survey import Survey
from gatekeeper.starting.yaml_lines import flow, mapping, scalar, unknown

_SECONDS = re.compile(r"\d{1,5}(?:\.\d{1,3})?")
_DURATION = re.compile(r"[1-9]\d{0,5}(?:ms|s|m|h)")
_NUMBER = re.compile(r"[1-9]\d{0,8}")
_PATH = re.compile(r"/[!-~]*")
ASK = {
    "concurrency": ("4", "how many requests it serves at a time, in this configuration"),
    "context_length": ("4096", "the model's context, as the server is started: --max-model-len, "
                       "--ctx-size, num_ctx"),
    "timeout": ("30s", "how long a caller waits before it gives up"),
    "max_tokens": ("512", "the longest answer that it is asked for"),
    "latency_target": ("2s", "the time within which a whole reply is good enough; rows of risk "
                       "performance are held to it"),
}
"""Key of `contract.limits` -> an example, and where it is known."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the manifest with what was guessed and what is left open."""

    lines: tuple[str, ...]
    guesses: tuple[Guess, ...] = ()
    unknown: tuple[Unknown, ...] = ()


def contract(found: Survey, chosen: Chosen) -> Part:
    """The whole `contract`."""
    limits = _limits(found, chosen)
    asked = _asked(found, chosen, limits)
    stop = _stop(found, chosen)
    parts = (asked, limits, stop)
    return Part(("contract:", *(line for part in parts for line in part.lines)),
                tuple(guess for part in parts for guess in part.guesses),
                tuple(one for part in parts for one in part.unknown))


def _asked(found: Survey, chosen: Chosen, limits: Part) -> Part:
    """Endpoint, request and reply."""
    route = found.interface.best
    if chosen.server:
        why = chosen.line.place.place if chosen.line else chosen.server
        return Part(("  preset: openai-chat",),
                    (Guess("contract.preset", "openai-chat", f"{why}: {chosen.server} speaks it"),))
    if route is not None and route.is_chat:
        own = route.path.value != "/v1/chat/completions"
        return Part(("  preset: openai-chat", *[f"  endpoint: {route.path.value}"] * own),
                    (Guess("contract.preset", "openai-chat", f"{route.path.place}: "
                           f"POST {route.path.value}"),))
    if route is not None and _PATH.fullmatch(route.path.value) and route.asks:
        return _own_route(route, any("max_tokens:" in line and "#" not in line
                                     for line in limits.lines))
    words = "no route that answers questions was found; if it does not speak OpenAI's chat " \
            "completions, declare endpoint, request and response_shape"
    return Part((f"  preset: openai-chat   # UNKNOWN: {words}",), (),
                (Unknown("contract.preset", words),))


def _own_route(route: Route, counted: bool) -> Part:
    request = {route.asks: "{prompt}"}
    if route.length and counted:
        request[route.length] = "{max_tokens}"
    filled = [name for name in route.required if name not in request]
    request |= dict.fromkeys(filled, "gatekeeper")
    place = route.path.place
    shape = [f"required: {flow(route.required)}"] if route.required else \
        [f"required: {flow([route.asks])}"]
    optional = [name for name in route.optional if route.required or name != route.asks]
    shape += [f"optional: {flow(optional)}"] * bool(optional)
    shape += [f"max_input_chars: {route.max_chars}"] * bool(route.max_chars)
    lines = [f"  endpoint: {scalar(route.path.value)}",
             f"  request: {mapping(request)}"
             + (f"   # UNKNOWN: what {', '.join(filled)} should be" if filled else ""),
             f"  request_shape: {{{', '.join(shape)}}}"]
    guesses = [Guess("contract.endpoint", route.path.value, place),
               Guess("contract.request", mapping(request), f"{place}: its fields")]
    open_ = [Unknown("contract.request", f"`{name}` is required; a text stands there for now")
             for name in filled]
    lines.append("  response_shape:")
    says = route.says or "answer"
    lines.append(f"    content: /{says}" + ("" if route.says else "   # UNKNOWN: which field of "
                                            "the reply holds the answer"))
    if route.says:
        guesses.append(Guess("contract.response_shape.content", f"/{says}", f"{place}: its reply"))
    else:
        open_.append(Unknown("contract.response_shape.content", "which field of the reply holds "
                             "the answer, as a JSON pointer"))
    if route.proof:
        lines.append(f"    evidence: /{route.proof}")
        guesses.append(Guess("contract.response_shape.evidence", f"/{route.proof}",
                             f"{place}: its reply"))
    if route.error:
        lines.append(f"    error: {route.error}")
        guesses.append(Guess("contract.response_shape.error", route.error, f"{place}: its errors"))
    else:
        words = "where an error's message stands in a reply"
        lines.append(unknown(4, "error: /error/message", words))
        open_.append(Unknown("contract.response_shape.error", words))
    return Part(tuple(lines), tuple(guesses), tuple(open_))


def _limits(found: Survey, chosen: Chosen) -> Part:
    lines, guesses, open_ = [], [], []
    for name, (example, words) in ASK.items():
        said = _limit(found, chosen, name)
        if said is None:
            lines.append(unknown(4, f"{name}: {example}", words))
            open_.append(Unknown(f"contract.limits.{name}", words))
        else:
            lines.append(f"    {name}: {said.value}")
            guesses.append(Guess(f"contract.limits.{name}", said.value, said.place))
    head = "  limits:" if guesses else "  # limits:"  # a key without a value is none
    return Part((head, *lines), tuple(guesses), tuple(open_))


def _limit(found: Survey, chosen: Chosen, name: str) -> Found | None:
    """What the command line says, then the configuration, then the server behind it. How many
    requests a server takes in is no promise of the service before it."""
    own = [chosen.line] if chosen.line else []
    behind = [one.line for one in chosen.beside if one.line]
    told = [first(own, name), found.settings.limit(name)]
    if name == "context_length":
        told += [first(behind, name), first(found.scripts, name)]
    return next((read for one in told if one and (read := _readable(name, one))), None)


def _readable(name: str, said: Found) -> Found | None:
    """The value as a manifest writes it; None where it is none."""
    if name in ("timeout", "latency_target"):
        if _SECONDS.fullmatch(said.value) and 0 < float(said.value) < 86400:
            seconds = float(said.value)
            return said.saying(f"{seconds:g}s" if seconds >= 1 else f"{seconds * 1000:g}ms")
        return said if _DURATION.fullmatch(said.value) else None
    top = 1024 if name == "concurrency" else 10**9
    return said if _NUMBER.fullmatch(said.value) and int(said.value) <= top else None


def _stop(found: Survey, chosen: Chosen) -> Part:
    """How it is stopped follows from build or image; how to go back does not."""
    lines, guesses, open_ = [], [], []
    newest = found.tags[-1] if found.tags else ""
    if newest:
        lines.append("  rollback: previous-release")
        guesses.append(Guess("contract.rollback", "previous-release",
                             f"the repository has release tags, as {newest}"))
    else:
        words = "how to go back to what ran before: there is no release tag yet"
        lines.append(unknown(2, "rollback: previous-release", words))
        open_.append(Unknown("contract.rollback", words))
    if not (chosen.build or chosen.image):
        words = "how to stop it, and to keep it from starting again, where it runs"
        lines.append(unknown(2, "stop_path: {stop: systemctl stop assistant, disable: systemctl "
                             "disable assistant}", words))
        open_ += [Unknown(f"contract.stop_path.{name}", words) for name in ("stop", "disable")]
    return Part(tuple(lines), tuple(guesses), tuple(open_))
