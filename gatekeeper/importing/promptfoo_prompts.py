"""The prompts of a promptfoo configuration: each a template for what a user asks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.formats.nodes import at, items, text_of, value_of
from gatekeeper.importing.promptfoo_source import Source, as_json
from gatekeeper.manifest.document import Fields, Node

_CODE = (".js", ".cjs", ".mjs", ".ts", ".py", ".rb", ".sh", ".exe")
_FILE = re.compile(r"[^\s{}]+\.(?:txt|md|json|yaml|yml|j2|csv|js|cjs|mjs|ts|py)")
_BETWEEN = re.compile(r"^---\s*$", re.MULTILINE)
NOT_OURS = "code makes it, which is not run here"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One template."""

    label: str
    text: str
    line: int = 0
    """Where the configuration names it."""


def prompts_of(source: Source) -> list[Prompt]:
    """Every prompt that is text; what is none is noted."""
    node = at(source.root, "prompts")
    found = [prompt for item in items(node) for prompt in _prompts(source, item)]
    if isinstance(node, Fields):  # an older form: file -> label
        found = [prompt for name, (_, item) in node.entries.items()
                 for prompt in _of_text(source, item, name, text_of(item) or name)]
    return found


def _prompts(source: Source, item: Node) -> Iterator[Prompt]:
    if isinstance(item, Fields):
        text = text_of(at(item, "raw")) or text_of(at(item, "id")) or text_of(at(item, "file"))
        if text is None:
            source.note(item, "a prompt", "it has neither `raw` nor `id`")
            return
        yield from _of_text(source, item, text, text_of(at(item, "label")) or text)
    else:
        text = text_of(item) or ""
        yield from _of_text(source, item, text, text)


def _of_text(source: Source, item: Node, text: str, label: str) -> Iterator[Prompt]:
    named = text.startswith("file://") or (_FILE.fullmatch(text) and source.read(text) is not None)
    if not named:
        if _FILE.fullmatch(text) or text.startswith(("exec:", "python:", "langfuse://", "helicone:",
                                                     "portkey://")):
            source.note(item, f"the prompt `{text}`", "it is not there, or kept elsewhere")
        else:
            yield from _as_asked(source, item, text, label)
        return
    name = text.removeprefix("file://")
    if name.partition(":")[0].endswith(_CODE):
        source.note(item, f"the prompt `{name}`", NOT_OURS)
        return
    found = False
    for path, content in source.named(name):
        found = found or content is not None
        for piece in _pieces(path, content or ""):
            yield from _as_asked(source, item, piece, label)
    if not found:
        source.note(item, f"the prompt `{name}`", "the file is not there, or is not text")


def _pieces(path: str, content: str) -> list[str]:
    """A text file holds several prompts, apart from each other by `---`; others are one."""
    pieces = _BETWEEN.split(content) if path.endswith(".txt") else [content]
    return [piece.strip() for piece in pieces if piece.strip()]


def _as_asked(source: Source, item: Node, text: str, label: str) -> Iterator[Prompt]:
    """What a user says in it: a conversation's one message, or the text itself."""
    messages = _messages(source, text)
    if messages is None:
        yield Prompt(label, text, item.place.line)
        return
    asked = [content for role, content in messages if role == "user"]
    if len(asked) != 1 or any(role == "assistant" for role, _ in messages):
        source.note(item, "a prompt", f"it is a conversation with {len(asked)} messages of a user; "
                    "a case asks one question")
        return
    if any(role in ("system", "developer") for role, _ in messages):
        source.note(item, "a prompt's system message", "the service has its own, which is what the "
                    "gate judges; put it there if it is wanted")
    yield Prompt(label, asked[0], item.place.line)


def _messages(source: Source, text: str) -> list[tuple[str, str]] | None:
    """Role and content of each message; None for a text that is no conversation."""
    start = text.lstrip()
    if start.startswith("["):
        value = as_json(text)
    elif re.match(r"- role\s*:", start):
        value = value_of(source.document(source.path, text))
    else:
        return None
    if not isinstance(value, list) or not value or \
            not all(isinstance(one, dict) and "role" in one for one in value):
        return None
    return [(str(one["role"]), str(one.get("content") or "")) for one in value]
