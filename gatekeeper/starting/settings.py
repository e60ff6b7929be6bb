"""Configuration files, read for which of their keys hold model, quantization, decoding and limits.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gatekeeper.formats.nodes import text_of, walk
from gatekeeper.formats.places import line_of
from gatekeeper.formats.structured import Unparsable, parse_structured
from gatekeeper.manifest.document import parse_yaml
from gatekeeper.starting.found import Found
from gatekeeper.trees.working import Files

_FILES = (r"(?!(?:.*/)?(?:\.github|\.devcontainer|node_modules|tests?|k8s|helm|prompts?|\.vscode)/)"
          r"(?!(?:.*/)?(?:package(?:-lock)?|tsconfig|composer|pyproject|promptfooconfig|gatekeeper"
          r"|mkdocs|openapi|swagger|(?:docker-)?compose|\.pre-commit-config|tokenizer)[\w.-]*$)"
          r"(?:(?:.*/)?conf(?:ig)?s?/[^/]+|(?:[^/]+/)?[\w-]*(?:config|settings|model|params"
          r"|generation)[\w.-]*)\.(?:ya?ml|json|toml)")
_KINDS = {
    "model": r"model|model_?(?:name|id|path|file)|weights|base_model|repo_id|checkpoint|revision"
             r"|hf_model",
    "quantization": r"quantization|quantize|quant|dtype|torch_dtype|load_in_[48]bit|precision",
    "adapter": r"adapters?|lora|lora_\w+|peft",
    "decoding": r"decoding|generation|generation_config|sampling|sampling_params|temperature"
                r"|top_[pk]|min_p|max_(?:new_)?tokens|seed|repetition_penalty|stop",
    "prompt": r"prompts?|system_prompt|prompt_\w+|chat_template|instructions",
    "rag": r"rag|retrieval|retriever|embeddings?|embedding_model|chunk_size|index|vector_?store",
}
_LIMITS = {
    "context_length": r"max_model_len|context_(?:length|size|window)|n_ctx|num_ctx|max_context\w*",
    "max_tokens": r"max_(?:new_|output_|completion_)?tokens|num_predict|n_predict",
    "timeout": r"(?:request_|read_)?timeout(?:_s|_seconds|_sec)?",
    "concurrency": r"(?:max_)?concurrency|max_num_seqs|num_parallel|max_concurrent_requests",
    "latency_target": r"latency_(?:target|slo|budget)(?:_s|_seconds)?",
}
_TOO_GENERAL = {"model", "index", "stop"}
"""Keys that hold a whole section as often as a value: taken for a kind only with a plain value."""
_IN_CODE = {
    "max_tokens": re.compile(r"\bmax_(?:new_)?tokens\b[\"']?\s*(?::\s*int\s*)?[:=]\s*"
                             r"(?:Field\(\s*(?:default\s*=\s*)?)?(\d{1,6})\b(?:.*?\ble\s*=\s*"
                             r"(\d{1,6}))?"),
    "timeout": re.compile(r"\btimeout\s*=\s*(?:httpx\.Timeout\(\s*)?(\d{1,5}(?:\.\d+)?)"),
    "concurrency": re.compile(r"\bSemaphore\(\s*(\d{1,4})\s*\)"),
}
_CODE = r"(?!(?:.*/)?tests?/).*\.py"
_PARAMETER = re.compile(r"^PARAMETER\s+(num_ctx|num_predict)\s+(\d{1,7})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What configuration says."""

    watched: tuple[tuple[str, Found], ...] = ()
    """Kind of change, and `file#/pointer`."""
    limits: tuple[tuple[str, Found], ...] = ()
    """Key of `contract.limits`, and its value; the first of a name counts."""
    model: Found | None = None
    """Name of the model."""

    def limit(self, name: str) -> Found | None:
        """What is said of one limit."""
        return next((found for key, found in self.limits if key == name), None)


def settings_in(files: Files) -> Settings:
    """What configuration files, code and a Modelfile say."""
    watched: dict[str, tuple[str, Found]] = {}
    limits: list[tuple[str, Found]] = []
    model = None
    for path, text in files.texts(_FILES, 60):
        for pointer, line, value in _values(path, text):
            name = pointer.rpartition("/")[2].lower().replace("-", "_")
            if kind := _kind(name, value):
                if not any(pointer.startswith(taken.partition("#")[2] + "/")
                           for taken in watched if taken.startswith(f"{path}#")):
                    watched[f"{path}#{pointer}"] = (kind, Found(f"{path}#{pointer}", path, line))
                if kind == "model" and isinstance(value, str):
                    model = model or Found(value, path, line)
            limits += ((key, Found(value, path, line)) for key, pattern in _LIMITS.items()
                       if re.fullmatch(pattern, name) and isinstance(value, str))
    return Settings(tuple(watched.values()), (*limits, *_in_modelfile(files), *_in_code(files)),
                    model)


def _kind(name: str, value: str | None) -> str:
    if value is None and name in _TOO_GENERAL:
        return ""
    return next((kind for kind, pattern in _KINDS.items() if re.fullmatch(pattern, name)), "")


def _values(path: str, text: str) -> Iterator[tuple[str, int, str | None]]:
    """Pointer, line and text of every value but those in lists; None for what is no scalar."""
    if path.lower().endswith(".toml"):
        try:
            tree = parse_structured(path, text.encode())
        except Unparsable:
            return
        content = text.encode()
        yield from ((pointer, line_of(path, content, pointer), value)
                    for pointer, value in _in_toml(tree, ""))
        return
    root, _ = parse_yaml(text, path)
    for pointer, line, node in walk(root):
        if pointer and not re.search(r"/\d+(?:/|$)", pointer):
            yield pointer, line, text_of(node)


def _in_toml(tree: Any, pointer: str) -> Iterator[tuple[str, str | None]]:
    if isinstance(tree, dict):
        if pointer:
            yield pointer, None
        for name, item in tree.items():
            yield from _in_toml(item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif not isinstance(tree, list):
        yield pointer, str(tree)


def _in_modelfile(files: Files) -> Iterator[tuple[str, Found]]:
    names = {"num_ctx": "context_length", "num_predict": "max_tokens"}
    for path, text in files.texts(r"(?:.*/)?modelfile(?:\.[\w-]+)?", 5):
        for found in _PARAMETER.finditer(text):
            yield names[found[1]], Found(found[2], path, text.count("\n", 0, found.start()) + 1)


def _in_code(files: Files) -> Iterator[tuple[str, Found]]:
    for path, text in files.texts(_CODE, 200):
        for number, line in enumerate(text.splitlines(), 1):
            for name, pattern in _IN_CODE.items():
                if len(line) < 1000 and (found := pattern.search(line)):
                    value = found[2] if name == "max_tokens" and found[2] else found[1]
                    yield name, Found(value, path, number)
