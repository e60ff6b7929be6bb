"""Who may speak beside the checks: a model that judges, embeddings, and own checks. All of it is
policy: base says whom to ask, under which name the key is kept, and what it may cost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gatekeeper.formats.urls import split_url
from gatekeeper.manifest.document import Fields, Node
from gatekeeper.manifest.readers import (
    WRONG,
    Complaints,
    bind,
    duration,
    integer,
    key,
    size,
    text,
    tree,
)
from gatekeeper.manifest.secrets import Auth
from gatekeeper.manifest.shapes import shaped

_OURS = ("model", "messages", "stream", "n", "input")
"""Fields of a request that we fill in, or whose replies we would not read."""


@shaped(lambda: {"type": "string", "pattern": "^https?://[!-~]+$"})
def read_url(node: Node, complaints: Complaints) -> Any:
    """An address that a path can follow, without a key in it."""
    value = text(node, complaints)
    if value is WRONG:
        return value
    parts = split_url(value)
    if parts is None or not re.fullmatch(r"[!-~]+", value):
        return complaints.at(node.place, f"`{value}` is not a URL", "write https://host/v1")
    if parts.username is not None or parts.password is not None:
        return complaints.at(node.place, "the URL holds a name or a password",
                             "keep the key in a secret: `auth: {secret: NAME}`")
    if parts.query or parts.fragment:
        return complaints.at(node.place, f"`{value}`: a query or a fragment has no place here",
                             "write the part that `/chat/completions` follows")
    return value.rstrip("/")


@shaped(lambda: {"type": "object"})
def _request(node: Node, complaints: Complaints) -> Any:
    if not isinstance(node, Fields):
        return complaints.at(node.place, "a request is a mapping: further fields of what is sent",
                             "write for instance `request: {temperature: 0}`")
    for name, (place, _) in node.entries.items():
        if name in _OURS:
            complaints.at(place, f"`{name}` is filled in by gatekeeper", "leave it out")
    return tree(node, complaints)


@dataclass(frozen=True, slots=True)
class Judge:
    """A model behind an OpenAI-compatible endpoint that is asked what `llm-rubric` says."""

    url: str = key(read_url, doc="What `/chat/completions` follows, for instance `https://host/v1`.")
    model: str = key(text, doc="The model's name there.")
    votes: int = key(integer(1, 15), 3, doc="Times it is asked of each reply; the majority counts.")
    timeout: float = key(duration, 60.0, doc="Longest wait for one vote.")
    concurrency: int = key(integer(1, 64), 4, doc="Votes asked for at a time.")
    max_calls: int = key(integer(1, 1_000_000), 1000, doc="Calls in one run; beyond them nobody "
                         "is asked, and the rows are undecided.")
    request: Any = key(_request, None, doc="Further fields of each request, as `{temperature: 0}`.")
    auth: Auth | None = key(bind(Auth), None, doc="The endpoint's key, by name.")


@dataclass(frozen=True, slots=True)
class Embeddings:
    """An OpenAI-compatible endpoint for the embeddings that `similar` compares."""

    url: str = key(read_url, doc="What `/embeddings` follows, for instance `https://host/v1`.")
    model: str = key(text, doc="The model's name there.")
    timeout: float = key(duration, 60.0, doc="Longest wait for one reply.")
    concurrency: int = key(integer(1, 64), 4, doc="Requests at a time.")
    max_calls: int = key(integer(1, 1_000_000), 1000, doc="Calls in one run; beyond them nobody "
                         "is asked, and the rows are undecided.")
    auth: Auth | None = key(bind(Auth), None, doc="The endpoint's key, by name.")


@dataclass(frozen=True, slots=True)
class OwnChecks:
    """The container in which `python` checks run: no network, nothing to write to."""

    image: str = key(text, "python:3.12-slim", doc="Image with a `python3`; pulled where the "
                     "engine does not have it.")
    memory: int = key(size, 256 * 1024**2, doc="Memory ceiling.")
    processes: int = key(integer(1, 10_000), 64, doc="Ceiling on processes and threads.")
    timeout: float = key(duration, 60.0, doc="Longest that one check takes over all replies it is "
                         "given at once.")
