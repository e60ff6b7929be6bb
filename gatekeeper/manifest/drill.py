"""The `drill` block of a manifest: what is broken on purpose, and what then has to come up. All of
it is policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatekeeper.drill.catalogue import FAILURES
from gatekeeper.drill.first_checks import FIRST_CHECKS
from gatekeeper.manifest.document import Node
from gatekeeper.manifest.readers import (
    WRONG,
    Complaints,
    bind,
    choice,
    duration,
    key,
    list_of,
    mapping_of,
    name,
    text,
)
from gatekeeper.manifest.secrets import Auth
from gatekeeper.manifest.service import Build
from gatekeeper.manifest.shapes import TEXT, shape_of, shaped
from gatekeeper.manifest.witnesses import read_url


@shaped(lambda: shape_of(list_of(choice(*FAILURES))))
def _failures(node: Node, complaints: Complaints) -> Any:
    named = list_of(choice(*FAILURES))(node, complaints)
    if not named and not complaints.problems:
        return complaints.at(node.place, "a drill without a failure breaks nothing",
                             "write for instance `failure: does-not-start`")
    return tuple(dict.fromkeys(named))


@shaped(lambda: shape_of(list_of(choice(*FIRST_CHECKS))))
def _checks(node: Node, complaints: Complaints) -> Any:
    return tuple(dict.fromkeys(list_of(choice(*FIRST_CHECKS))(node, complaints)))


@shaped(lambda: TEXT)
def _build(node: Node, complaints: Complaints) -> Any:
    context = text(node, complaints)
    return context if context is WRONG else Build(context=context)


@dataclass(frozen=True, slots=True)
class Fallback:
    """What answers while the service is down: one of image, build and url."""

    image: str = key(text, "", doc="An image that is started with the service's own port, "
                     "environment and ceilings.")
    build: Build | None = key(bind(Build), None, doc="Build it, from the tree whose policy "
                              "decides.", shorthand=_build)
    url: str = key(read_url, "", doc="A service that is up elsewhere, for instance a cloud API: "
                   "what `contract.endpoint` follows.")
    model: str = key(text, "", doc="The model's name at the URL.")
    auth: Auth | None = key(bind(Auth), None, doc="The URL's key, by name.")


@dataclass(frozen=True, slots=True)
class Drill:
    """What is broken on purpose, on a copy of head's service, after the cases."""

    failure: tuple[str, ...] = key(_failures, doc="What is broken: one or more of the "
                                   "[catalogue](drill.md#the-catalogue).")
    first_checks: tuple[str, ...] = key(
        _checks, FIRST_CHECKS, doc="What is looked at first, in this order."
    )
    fallback: Fallback | None = key(
        bind(Fallback), None, doc="What answers while the service is down. Without one the "
        "rollback alone is judged."
    )
    notice: float = key(
        duration, 10.0, doc="Whoever asks the service has to notice a failure by then."
    )
    wrong: dict[str, str] = key(
        mapping_of(name, text), {}, doc="Environment variables with which `does-not-start` starts "
        "the service, as a model path that is not there."
    )
