"""How a service is spoken to: what its OpenAPI description or its code's routes say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.starting.found import Found

CHAT = "/chat/completions"
_ASKING = ("prompt", "question", "query", "message", "input", "text", "instruction", "content", "q")
_SAYING = ("answer", "response", "output", "reply", "text", "content", "completion", "message",
           "result", "generated_text")
_LENGTH = ("max_tokens", "max_new_tokens", "max_completion_tokens", "n_predict")
_PROOF = ("citations", "sources", "references", "evidence", "documents")
_WORTH = ("chat", "ask", "answer", "generate", "completion", "query", "predict", "infer", "invoke",
          "message")


@dataclass(frozen=True, slots=True)
class Route:
    """One route that takes a question."""

    path: Found
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    """Fields of its reply."""
    error: str = ""
    """Pointer to an error's message."""
    example: str = ""
    """A question that its description gives as an example."""
    max_chars: int = 0
    """Longest question it takes; 0 where it does not say."""

    @property
    def is_chat(self) -> bool:
        """Whether it speaks OpenAI's chat completions."""
        return self.path.value.endswith(CHAT)

    @property
    def asks(self) -> str:
        """The field of a request that holds the question; empty where none looks like it."""
        return _named(_ASKING, (*self.required, *self.optional))

    @property
    def length(self) -> str:
        """The field that says how long an answer may be."""
        return _named(_LENGTH, (*self.required, *self.optional))

    @property
    def says(self) -> str:
        """The field of a reply that holds the answer."""
        return _named(_SAYING, self.answers)

    @property
    def proof(self) -> str:
        """The field of a reply that holds citations."""
        return _named(_PROOF, self.answers)


@dataclass(frozen=True, slots=True)
class Interface:
    """All routes that were found."""

    routes: tuple[Route, ...] = ()
    health: Found | None = None

    @property
    def best(self) -> Route | None:
        """The route that a gate would ask: one that answers questions, OpenAI's before others."""
        worth = sorted((route for route in self.routes if _worth(route) < len(_WORTH) + 2),
                       key=_worth)
        return worth[0] if worth else None


def _named(known: tuple[str, ...], fields: tuple[str, ...]) -> str:
    lowered = {name.lower(): name for name in fields}
    return next((lowered[name] for name in known if name in lowered), "")


def _worth(route: Route) -> int:
    if route.is_chat:
        return 0
    last = route.path.value.lower()
    at = next((index for index, word in enumerate(_WORTH) if word in last), len(_WORTH))
    return at + 1 if route.asks or at < len(_WORTH) else len(_WORTH) + 2
