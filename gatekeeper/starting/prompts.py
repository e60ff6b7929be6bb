"""Prompt files, and the rules that stand in them: what a first case of each risk is drawn from.
Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.routes.prose import sentences
from gatekeeper.starting.found import Found
from gatekeeper.trees.working import Files

_FILES = (r"(?!(?:.*/)?(?:readme|tests?/|node_modules/|docs/))"
          r"(?:(?:.*/)?prompts?/(?:.*/)?[^/]+\.(?:txt|md|j2|jinja2?|prompt|mustache|ya?ml|json|toml)"
          r"|(?:.*/)?[\w.-]*(?:prompt|instructions)[\w.-]*\.(?:txt|md|j2|jinja2?|mustache)"
          r"|(?:.*/)?[\w-]+\.prompt)")
_IN_CODE = re.compile(r"^(\w*(?:PROMPT|INSTRUCTIONS)\w*)\s*=\s*f?(\"\"\"|''')(.{1,4000}?)\2",
                      re.MULTILINE | re.DOTALL)
_CODE = r"(?!(?:.*/)?tests?/).*\.py"
_MODELFILE = re.compile(r"^SYSTEM\s+(?:\"\"\"(.{1,4000}?)\"\"\"|\"?([^\n\"]+))",
                        re.MULTILINE | re.DOTALL)
_FORBIDS = re.compile(r"^(?:you\s+(?:must|should|may|can)\s+)?(?:please\s+)?(?:never|do\s+not|don't"
                      r"|refuse\s+to|must\s+not|decline\s+to|not)\s+(?:ever\s+)?(.{4,160}?)[.!]?$",
                      re.IGNORECASE)
_NUMBER = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_COUNT = re.compile(r"\b(\d{1,3}|one|two|three|four|five|six|ten)\s+(?:short\s+)?"
                    r"(bullet|sentence|word)(?:s|\s+points?)?\b", re.IGNORECASE)
_ATMOST = re.compile(r"\b(?:at most|no more than|up to|maximum|max|under|within|in)\b",
                     re.IGNORECASE)
_KEYS = re.compile(r"\b(?:keys?|fields?|properties)\b[^`\"'\w]*((?:(?:`[\w.]+`|\"[\w.]+\"|'[\w.]+'"
                   r"|\w+)(?:\s*,\s*(?:and\s+)?|\s+and\s+)?){1,12})", re.IGNORECASE)
_CITES = re.compile(r"\b(?:cit(?:e|es|ation)|quote|source|reference)s?\b|引用|出典|来源",
                    re.IGNORECASE)
_NOT_A_KEY = {"and", "of", "for", "the", "in", "with", "a", "an", "only", "as"}

MAX_CHARS = 50_000
"""Of one prompt; what is longer is read to there."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """What a service is told, as far as its files say."""

    patterns: tuple[Found, ...] = ()
    """What to watch."""
    rules: tuple[Found, ...] = ()
    """Every sentence, where it stands."""

    @property
    def forbidden(self) -> Found | None:
        """The first thing that it must not do, as an instruction to do it."""
        for rule in self.rules:
            if found := _FORBIDS.match(rule.value):
                return rule.saying(found[1])
        return None

    @property
    def json(self) -> Found | None:
        """The first rule that asks for JSON."""
        return next((rule for rule in self.rules if re.search(r"\bJSON\b", rule.value)), None)

    @property
    def cites(self) -> Found | None:
        """The first rule that asks for sources."""
        return next((rule for rule in self.rules if _CITES.search(rule.value)), None)

    @property
    def shape(self) -> Found | None:
        """The first rule that bounds an answer, as a check: `max-sentences:3`."""
        for rule in self.rules:
            count = _COUNT.search(rule.value)
            if count and _ATMOST.search(rule.value[: count.start()]):
                number = _NUMBER.get(count[1].lower()) or int(count[1])
                return rule.saying(f"max-{count[2].lower()}s:{number}") if number else None
        return None


def keys_in(rule: str) -> list[str]:
    """The keys that a rule about JSON names."""
    found = _KEYS.search(rule)
    words = re.findall(r"[A-Za-z_][\w.]*", found[1]) if found else []
    return [word for word in words if word.lower() not in _NOT_A_KEY]


def prompts_in(files: Files) -> Prompts:
    """The prompts of prompt files, of code's constants, and of a Modelfile."""
    patterns: dict[str, Found] = {}
    rules: list[Found] = []
    for path, text in files.texts(_FILES, 100):
        pattern = _watched(path)
        patterns.setdefault(pattern, Found(pattern, path))
        rules += _rules(path, 0, text)
    for path, text in files.texts(r"(?:.*/)?modelfile(?:\.[\w-]+)?", 5):
        for found in _MODELFILE.finditer(text):
            rules += _rules(path, text.count("\n", 0, found.start()), found[1] or found[2] or "")
    for path, text in files.texts(_CODE, 200):
        for found in _IN_CODE.finditer(text):
            rules += _rules(path, text.count("\n", 0, found.start(3)), found[3])
            if "prompt" in posixpath.basename(path).lower():
                patterns.setdefault(path, Found(path, path))
    return Prompts(tuple(patterns.values()), tuple(rules))


def _watched(path: str) -> str:
    """The folder of prompts that a file lies in, or the file."""
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        if part.lower() in ("prompt", "prompts"):
            return "/".join([*parts[: index + 1], "**"])
    return path


def _rules(path: str, above: int, text: str) -> Iterator[Found]:
    for one in sentences(text[:MAX_CHARS]):
        if len(one.text) <= 400:
            yield Found(one.text, path, above + one.line)
