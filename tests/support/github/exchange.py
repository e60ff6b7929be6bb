"""What is asked over HTTP, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

DOCS = "https://docs.github.com/rest"
DEFAULT_PAGE, LARGEST_PAGE = 30, 100


@dataclass(frozen=True)
class Asked:
    """One request. Header names are in small letters."""

    method: str
    path: str
    """Without the API's prefix, still encoded: `/repos/acme/assistant/rules/branches/a%2Fb`."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    url: str
    """The address of what is asked for, as the client knows it, without its query."""

    @property
    def token(self) -> str:
        """The token it came with; empty where there was none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() in ("token", "bearer") else ""

    @property
    def body(self) -> Any:
        """The JSON it carries; None where it carries none, or something else."""
        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            return None

    @property
    def wants_full(self) -> bool:
        """Whether bodies are wanted as HTML and text as well."""
        return "full+json" in self.headers.get("accept", "")


@dataclass(frozen=True)
class Answer:
    """One answer; `cut` is a connection that ends instead."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    """In place of a document: bytes as they are."""
    cut: bool = False

    @property
    def sent(self) -> bytes:
        """The answer's body."""
        if self.content is not None:
            return self.content
        return b"" if self.document is None else json.dumps(self.document).encode()


def refused(status: int, message: str, *errors: object, **headers: str) -> Answer:
    """A no, in the shape all of GitHub's have; underscores in header names stand for dashes."""
    document: dict[str, Any] = {"message": message, "documentation_url": DOCS}
    document |= {"errors": list(errors)} if errors else {"status": str(status)}
    return Answer(status, document, {name.replace("_", "-"): value
                                     for name, value in headers.items()})


def invalid(resource: str, fault: str, message: str = "", code: str = "custom") -> Answer:
    """A 422: what is wrong with which field."""
    error = {"resource": resource, "code": code, "field": fault}
    return refused(422, "Validation Failed", error | ({"message": message} if message else {}))


NOT_FOUND = refused(404, "Not Found")


def page(asked: Asked, items: Sequence[Any], key: str = "") -> Answer:
    """One page of a list, with links to its neighbours; `key` names a list that is wrapped."""
    size = min(_whole(asked.query.get("per_page"), DEFAULT_PAGE), LARGEST_PAGE)
    number = _whole(asked.query.get("page"), 1)
    last = max(1, -(-len(items) // size))
    wanted = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    if number <= 1:
        del wanted["prev"], wanted["first"]
    if number >= last:
        del wanted["next"], wanted["last"]
    links = ", ".join(f'<{asked.url}?{urlencode({**asked.query, "page": at})}>; rel="{name}"'
                      for name, at in wanted.items())
    part = list(items[(number - 1) * size:number * size])
    return Answer(document={"total_count": len(items), key: part} if key else part,
                  headers={"link": links} if links else {})


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else otherwise
