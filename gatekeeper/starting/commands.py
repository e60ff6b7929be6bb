"""Command lines that start a model server, read for what they say of the service. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gatekeeper.starting.found import Found

VLLM, LLAMA_CPP, OLLAMA, UVICORN = "vllm", "llama.cpp", "ollama", "uvicorn"
_SERVERS = (
    (VLLM, re.compile(r"\bvllm\s+serve\b|vllm\.entrypoints|vllm/vllm-openai|\bvllm-openai\b")),
    (LLAMA_CPP, re.compile(r"\bllama-server\b|llama\.cpp[:/]\S*server|llama_cpp\.server"
                           r"|ggml-org/llama\.cpp|ggerganov/llama\.cpp")),
    (OLLAMA, re.compile(r"\bollama\s+(?:serve|run|create|pull)\b|\bollama/ollama\b")),
    (UVICORN, re.compile(r"\b(?:uvicorn|gunicorn|hypercorn|fastapi\s+(?:run|dev))\b")),
)
_OPTIONS: dict[str, dict[str, str]] = {
    VLLM: {"--model": "model", "--served-model-name": "name", "--quantization": "quantization",
           "-q": "quantization", "--dtype": "quantization", "--max-model-len": "context_length",
           "--max-num-seqs": "concurrency", "--port": "port", "--seed": "decoding",
           "--lora-modules": "adapter", "--enable-lora": "adapter",
           "--generation-config": "decoding", "--override-generation-config": "decoding",
           "--chat-template": "prompt", "--api-key": "key"},
    LLAMA_CPP: {"-m": "model", "--model": "model", "-hf": "model", "--hf-repo": "model",
                "--alias": "name", "-a": "name", "-c": "context_length",
                "--ctx-size": "context_length", "-np": "concurrency", "--parallel": "concurrency",
                "-n": "max_tokens", "--predict": "max_tokens", "--n-predict": "max_tokens",
                "--port": "port", "--temp": "decoding", "--top-p": "decoding", "--seed": "decoding",
                "--lora": "adapter", "--chat-template-file": "prompt", "--api-key": "key"},
    OLLAMA: {},
    UVICORN: {"--port": "port", "-b": "bind", "--bind": "bind", "--timeout": "timeout",
              "--limit-concurrency": "concurrency"},
}
"""Server -> option -> what it says. Sources: vLLM docs/serving/engine_args, llama.cpp
tools/server/README.md, uvicorn and gunicorn settings."""
MAX_WORDS = 400
MAX_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One command line of a server."""

    server: str
    place: Found
    """The words of it."""
    said: dict[str, Found] = field(default_factory=dict)
    """What an option says, under the names above."""


def server_of(words: str) -> str:
    """Which server a command line or an image names; empty for none."""
    return next((name for name, pattern in _SERVERS if pattern.search(words)), "")


def read_words(words: Sequence[Found], server: str = "") -> ServerLine | None:
    """A command line whose words keep their places. `server` is what its image already says."""
    whole = " ".join(word.value for word in words)
    server = server_of(whole) or server
    if not server or not words:
        return None
    said: dict[str, Found] = {}
    options = _OPTIONS[server]
    for index, word in enumerate(words[:MAX_WORDS]):
        name, equals, value = word.value.partition("=")
        what = options.get(name)
        if what is None:
            continue
        after = words[index + 1] if index + 1 < len(words) else None
        if equals:
            said.setdefault(what, word.saying(value))
        elif after is not None and not after.value.startswith("-"):
            said.setdefault(what, after)
        else:
            said.setdefault(what, word.saying("on"))
    if server == VLLM and "model" not in said:
        _positional(words, said)
    return ServerLine(server, words[0].saying(whole[:200]), said)


def _positional(words: Sequence[Found], said: dict[str, Found]) -> None:
    """`vllm serve MODEL`."""
    for index, word in enumerate(words[:-1]):
        if word.value == "serve" and not words[index + 1].value.startswith("-"):
            said["model"] = words[index + 1]


def split(text: str) -> list[str]:
    """The words of a shell's command line; by white space where its quotes do not close."""
    text = text[:MAX_CHARS]
    try:
        return shlex.split(text, comments=True)[:MAX_WORDS]
    except ValueError:
        return text.split()[:MAX_WORDS]


def in_script(file: str, text: str) -> Iterator[ServerLine]:
    """Every command line of a server in a shell script, Makefile or Procfile."""
    for number, said in _lines(text):
        if server_of(said) and not said.lstrip().startswith("#"):
            line = read_words([Found(word, file, number) for word in split(said)])
            if line is not None:
                yield line


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those that a backslash continues, each with the number of its first."""
    held: list[str] = []
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not held:
            start = number
        if line.endswith("\\"):
            held.append(line[:-1])
            continue
        yield start, " ".join([*held, line])
        held = []
    if held:
        yield start, " ".join(held)


def first(lines: Iterable[ServerLine], what: str) -> Found | None:
    """What the first of them that speaks of something says."""
    return next((line.said[what] for line in lines if what in line.said), None)
