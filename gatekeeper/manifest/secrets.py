"""Secrets by name: how an endpoint knows us, and which variables of a service hold one. The values
themselves never stand in a manifest; they are read from gatekeeper's own environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gatekeeper.manifest.document import Fields, Node
from gatekeeper.manifest.readers import WRONG, Complaints, bind, key, text
from gatekeeper.manifest.shapes import TEXT, either, shape_of, shaped

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RUNNERS_OWN = ("GITHUB_", "INPUT_", "ACTIONS_", "RUNNER_", "STATE_", "GATEKEEPER_")
"""Variables that hold the runner's tokens and our own settings: nobody is sent one of them."""
_HEADER = re.compile(r"[A-Za-z0-9-]+")


@shaped(lambda: {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"})
def secret_name(node: Node, complaints: Complaints) -> Any:
    """The name of an environment variable that holds a secret; never one of the runner's."""
    value = text(node, complaints)
    if value is WRONG:
        return value
    if not _VARIABLE.fullmatch(value):  # not shown: it may be the key itself
        return complaints.at(node.place, "a secret is named, and this is not the name of a "
                             "variable", "write for instance `secret: JUDGE_KEY`")
    if value.upper().startswith(_RUNNERS_OWN):
        return complaints.at(node.place, f"`{value}` belongs to the runner: it is not sent to "
                             "anybody", "keep the endpoint's key under a name of its own")
    return value


@shaped(lambda: {"type": "string", "pattern": "^[A-Za-z0-9-]+$"})
def _header(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if value is WRONG or _HEADER.fullmatch(value):
        return value
    return complaints.at(node.place, f"`{value}` is not the name of a header")


@dataclass(frozen=True, slots=True)
class Auth:
    """How an endpoint knows us. The key itself never stands in a manifest."""

    secret: str = key(secret_name, doc="Name of the environment variable that holds the key.")
    header: str = key(_header, "Authorization",
                      doc="Header that carries it; `Authorization` has `Bearer ` before it.")

    def headers(self, value: str) -> dict[str, str]:
        """The header with a value of the key."""
        bearer = "Bearer " if self.header.lower() == "authorization" else ""
        return {self.header: bearer + value}


@dataclass(frozen=True, slots=True)
class SecretName:
    """A variable whose value is a secret's."""

    secret: str = key(secret_name, doc="Name of the environment variable that holds the value.")


@shaped(lambda: either(TEXT, shape_of(bind(SecretName))))
def variable(node: Node, complaints: Complaints) -> Any:
    """The value of a service's variable: a text, or `{secret: NAME}`."""
    return bind(SecretName)(node, complaints) if isinstance(node, Fields) else \
        text(node, complaints)


def fault_of_value(name: str, value: str) -> str:
    """Why the value of a secret cannot be used; empty where it can. `name` is the variable's."""
    if not value:
        return f"the secret {name} is not in the environment; GitHub gives none to a fork's run"
    if not (value.isascii() and value.isprintable()):
        return f"the secret {name} is not one line of plain text, which is all that a header takes"
    return ""
