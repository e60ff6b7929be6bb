"""Routes and request models of a FastAPI or Flask service, by their usual form. The code is read as
text, line by line; nothing is imported. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gatekeeper.starting.found import Found
from gatekeeper.starting.interface import Interface, Route
from gatekeeper.trees.working import Files

_PYTHON = r"(?!(?:.*/)?tests?/).*\.py"
_ROUTE = re.compile(r"\s*@\w+\.(get|post|route|api_route)\(\s*f?[\"'](/[^\"'{}]*)[\"'](.*)")
_PREFIX = re.compile(r"APIRouter\([^)]{0,300}?prefix\s*=\s*[\"'](/[^\"']*)[\"']")
_APP = re.compile(r"^(\w+)\s*(?::\s*FastAPI\s*)?=\s*FastAPI\(")
_DEF = re.compile(r"\s*(?:async\s+)?def\s+\w+\((.{0,400}?)\)\s*(?:->\s*([\w.\[\], |\"']+?))?\s*:",
                  re.DOTALL)
_CLASS = re.compile(r"class\s+(\w+)\(.*(?:BaseModel|TypedDict|Schema)\w*\b.*\)\s*:")
_FIELD = re.compile(r"\s+(\w+)\s*:\s*([^=#]+?)\s*(?:=\s*(.*?))?\s*(?:#.*)?")
_LONGEST = re.compile(r"max_length\s*=\s*(\d{1,8})")
_EXAMPLE = re.compile(r"example(?:s\s*=\s*\[|\s*=)\s*[\"']([^\"']{3,300})[\"']")
_MODEL = re.compile(r"response_model\s*=\s*(\w+)")
_HEALTH = re.compile(r"/(?:healthz?|readyz?|livez?|ping|status)/?")
_ERROR = re.compile(r"[\"']error[\"']\s*:\s*\{\s*[\"'](?:message|msg)[\"']")
MAX_FILES = 300
MAX_LINE = 1000
"""Characters; longer lines are no code that somebody wrote."""


@dataclass(slots=True)
class _Model:
    required: list[str] = field(default_factory=list)
    optional: list[str] = field(default_factory=list)
    longest: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class App:
    """Where a FastAPI application is made: `app.main:app`."""

    name: Found


def code_interface(files: Files) -> Interface:
    """The routes of all code, with the fields of the models they name."""
    texts = list(files.texts(_PYTHON, MAX_FILES))
    models = {name: model for _, text in texts for name, model in _models(text)}
    ours = any(_ERROR.search(text) for _, text in texts)
    fastapi = any("fastapi" in text for _, text in texts)
    error = "/error/message" if ours else "/detail" if fastapi else ""
    routes: list[Route] = []
    health = None
    for path, text in texts:
        for verb, place, rest in _routes(path, text):
            if _HEALTH.fullmatch(place.value):
                health = health or place
            elif verb != "get":
                routes.append(_route(place, rest, models, error))
    return Interface(tuple(routes), health)


def apps(files: Files) -> list[App]:
    """Every FastAPI application, as a server is told of it."""
    found = []
    for path, text in files.texts(_PYTHON, MAX_FILES):
        for number, line in _lines(text):
            if made := _APP.match(line):
                module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
                found.append(App(Found(f"{module}:{made[1]}", path, number)))
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.splitlines(), 1)
            if len(line) <= MAX_LINE)


def _routes(path: str, text: str) -> Iterator[tuple[str, Found, str]]:
    prefix = _PREFIX.search(text)
    lines = dict(_lines(text))
    for number, line in lines.items():
        if found := _ROUTE.match(line):
            rest = "\n".join(lines.get(at, "") for at in range(number, number + 13))
            place = Found((prefix[1] if prefix else "") + found[2], path, number)
            verb = "get" if found[1] == "route" and "POST" not in found[3] else found[1]
            yield verb, place, rest


def _route(place: Found, text: str, models: dict[str, _Model], error: str) -> Route:
    declared = _DEF.search(text)
    taken = declared[1] if declared else ""
    named = [models[name] for name in re.findall(r":\s*(?:Annotated\[)?(\w+)", taken)
             if name in models]
    replied = _MODEL.search(text.split("def ")[0]) or re.search(r"(\w+)", (declared[2] or "")
                                                                if declared else "")
    reply = models.get(replied[1]) if replied else None
    answers = (*reply.required, *reply.optional) if reply else ()
    if not named:
        return Route(place, answers=answers, error=error)
    model = named[0]
    route = Route(place, tuple(model.required), tuple(model.optional), answers, error)
    return Route(place, route.required, route.optional, answers, error,
                 model.examples.get(route.asks, ""), model.longest.get(route.asks, 0))


def _models(text: str) -> Iterator[tuple[str, _Model]]:
    """Classes of fields, as pydantic has them."""
    name, model = "", _Model()
    for _, line in _lines(text):
        if made := _CLASS.match(line):
            if name:
                yield name, model
            name, model = made[1], _Model()
        elif name and line.strip() and not line.startswith((" ", "\t")):
            yield name, model
            name = ""
        elif name and (found := _FIELD.fullmatch(line)) and found[1] != "model_config":
            default = found[3]
            given = default is not None and not re.match(r"Field\(\s*(?:\.\.\.|(?!default)\w+\s*=)",
                                                         default)
            (model.optional if given or "None" in found[2] else model.required).append(found[1])
            if longest := _LONGEST.search(default or found[2]):
                model.longest[found[1]] = int(longest[1])
            if example := _EXAMPLE.search(default or ""):
                model.examples[found[1]] = example[1]
    if name:
        yield name, model
