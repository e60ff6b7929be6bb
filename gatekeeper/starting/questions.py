"""Questions that a service is asked already: in READMEs, requests, deepeval files and prompts; and
the sources it answers from. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from gatekeeper.routes.prose import headings, sentences
from gatekeeper.starting.found import Found
from gatekeeper.trees.working import Files

_DEEPEVAL = re.compile(r"LLMTestCase\(\s*input\s*=\s*(?:f?\"([^\"\n]{3,500})\""
                       r"|f?'([^'\n]{3,500})')")
_BODY = re.compile(r"\\?[\"'](?:content|prompt|question|query|message|input|text)\\?[\"']\s*:\s*"
                   r"\\?\"([^\"\\{}\n]{6,300})\\?\"")
_TURN = re.compile(r"^[ \t]*(?:Q|Question|User|Human)\s*:\s*([^{}\n]{6,300})$", re.MULTILINE)
_ASKS = (r"(?:.*/)?(?:readme[\w.-]*|[\w.-]+\.(?:http|rest|sh)|tests?/.*\.(?:py|json|jsonl)"
         r"|examples?/.*\.(?:py|json|sh|md)|docs/[^/]+\.md)")
_SOURCES = (r"(?:(?:.*/)?(?:policies|sources|knowledge(?:[_-]?base)?|kb|corpus|documents|rag)"
            r"/(?:.*/)?[^/]+\.(?:md|txt|rst))")
_SOURCE_FOLDER = re.compile(r"policies|sources|knowledge(?:[_-]?base)?|kb|corpus|documents|rag")
MAX_QUESTIONS = 20


def questions_in(files: Files) -> list[Found]:
    """What is asked in the repository, deepeval's cases before others; each once."""
    found = [*_matches(files, r"(?:.*/)?[\w-]*(?:test|eval)[\w-]*\.py", _DEEPEVAL),
             *_matches(files, _ASKS, _BODY),
             *_matches(files, r"(?:.*/)?prompts?/.*\.(?:txt|md)", _TURN)]
    once = {one.value: one for one in reversed(found)}
    return [one for one in found if once.get(one.value) is one][:MAX_QUESTIONS]


def deepeval_in(files: Files) -> list[Found]:
    """The inputs of deepeval's test cases."""
    return list(_matches(files, r"(?:.*/)?[\w-]*(?:test|eval)[\w-]*\.py", _DEEPEVAL))


def _matches(files: Files, names: str, pattern: re.Pattern[str]) -> Iterator[Found]:
    for path, text in files.texts(names, 60):
        for found in pattern.finditer(text):
            said = next((group for group in found.groups() if group), "").strip()
            if said and "redacted:" not in said and len(said.split()) > 1:
                yield Found(said, path, text.count("\n", 0, found.start()) + 1)


def sources_in(files: Files) -> Found | None:
    """The folder of texts that answers come from."""
    for path in files.matching(_SOURCES, 50):
        parts = path.split("/")
        for index, part in enumerate(parts[:-1]):
            if _SOURCE_FOLDER.fullmatch(part.lower()):
                return Found("/".join(parts[: index + 1]) + "/", path)
    return None


def topic_in(files: Files, folder: str) -> Found | None:
    """Something that a source speaks of: its first heading, or its first words."""
    for path, text in files.texts(re.escape(folder.lower()) + r".*\.(?:md|txt|rst)", 5):
        for heading, below in headings(text):
            if below.strip() and len(heading.text) <= 80:
                return Found(heading.text, path, heading.line)
        for one in sentences(text):
            name = posixpath.splitext(posixpath.basename(path))[0].replace("-", " ")
            return Found(name.replace("_", " "), path, one.line)
    return None
