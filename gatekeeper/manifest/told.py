"""What a manifest tells of the service beside how it is judged: what it is about, where its model
runs, and where the packs of earlier runs are kept."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gatekeeper.manifest.document import Node
from gatekeeper.manifest.readers import (
    WRONG,
    Complaints,
    choice,
    integer,
    key,
    keys_of,
    list_of,
    text,
)
from gatekeeper.manifest.shapes import MOMENT, TEXT, shaped

LOCAL_CPU, COLAB, RENTED_GPU = "local-cpu", "colab", "rented-gpu"
ROUTES = (LOCAL_CPU, COLAB, RENTED_GPU)


@shaped(lambda: MOMENT)
def moment(node: Node, complaints: Complaints) -> Any:
    """A moment as `2027-01-31T18:00Z`, kept in UTC; which one a time without a zone is, nobody
    knows."""
    value = text(node, complaints)
    if value is WRONG:
        return value
    try:
        read = datetime.datetime.fromisoformat(value)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        return complaints.at(node.place, f"`{value}` is no moment with a time zone",
                             "write it as 2027-01-31T18:00Z")
    return read.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class About:
    """What the runbook says that nothing else in the manifest does."""

    task: str = key(text, "", doc="What the service is for, in a sentence.")
    model: str = key(text, "", doc="The model it serves, as its publisher names it.")
    version: str = key(text, "", doc="Version or revision of that model.")
    license: str = key(text, "", doc="Licence of the model, and what it asks of users.")
    unsupported: tuple[str, ...] = key(
        list_of(text), (), doc="Requests that it is not meant for."
    )
    privacy: str = key(text, "", doc="What becomes of what it is sent.")


@dataclass(frozen=True, slots=True)
class Route:
    """Where the model runs; each kind owes its evidence, and may not claim what it cannot know."""

    kind: str = key(choice(*ROUTES), "", doc="`local-cpu`, `colab` or `rented-gpu`.")
    notebook: str = key(text, "", doc="Colab: the copy of the notebook in this repository.")
    runtime_type: str = key(text, "", doc="Colab: the type of runtime, for instance `T4 GPU`.")
    outputs: str = key(text, "", doc="Colab: file or folder of the outputs copied back.")
    reset_risk: str = key(text, "", doc="Colab: what is lost when the runtime is reset.")
    instance: str = key(text, "", doc="Rented GPU: type of the instance, and whose it is.")
    ports: tuple[int, ...] | None = key(
        list_of(integer(1, 65535)), None, doc="Rented GPU: ports that are exposed; `[]` for none."
    )
    access: str = key(
        choice("tunnel", "private-network"), "", doc="Rented GPU: `tunnel` or `private-network`."
    )
    stop_by: str = key(moment, "", doc="When it is shut down at the latest: `2027-01-31T18:00Z`.")
    shutdown: str = key(
        text, "", doc="Rented GPU: JSON file that proves the instance's shutdown."
    )
    auth: str = key(text, "", doc="Rented GPU: what lets only those in who may.")
    logging: str = key(text, "", doc="Rented GPU: where requests are logged.")
    monitoring: str = key(text, "", doc="Rented GPU: what watches it, and whom it tells.")


_KEYS = {
    LOCAL_CPU: ("stop_by",),
    COLAB: ("notebook", "runtime_type", "outputs", "reset_risk", "stop_by"),
    RENTED_GPU: ("instance", "ports", "access", "stop_by", "shutdown", "auth", "logging",
                 "monitoring"),
}
"""Keys that say something of a kind of route."""


@shaped(lambda: {"enum": list(ROUTES)})
def route_shorthand(node: Node, complaints: Complaints) -> Any:
    """`route: local-cpu`."""
    kind = choice(*ROUTES)(node, complaints)
    return Route(kind=kind) if isinstance(kind, str) else kind


def keys_out_of_place(route: Route) -> Iterator[tuple[str, str]]:
    """Keys that are given and say nothing of this kind of route, each with the kinds they do."""
    for field in keys_of(Route):
        given = getattr(route, field.name) not in ("", None)
        if given and field.name != "kind" and field.name not in _KEYS.get(route.kind, ()):
            kinds = [kind for kind, names in _KEYS.items() if field.name in names]
            yield field.name, ", ".join(kinds)


@dataclass(frozen=True, slots=True)
class History:
    """Where the packs of earlier runs are kept: what was tried, and what kept failing."""

    folder: str = key(
        text, "", doc="Folder of earlier packs or their archives, beside the manifest."
    )
    github: str = key(
        text, "", doc="In place of a folder, this repository on GitHub: name of the artifact in "
        "which runs keep their packs. Its releases' packs count too."
    )

    @property
    def store(self) -> str:
        """Where, in words; empty where no store is declared."""
        return f"artifacts {self.github} on GitHub" if self.github else self.folder


@shaped(lambda: TEXT)
def history_shorthand(node: Node, complaints: Complaints) -> Any:
    """`history: packs`."""
    folder = text(node, complaints)
    return History(folder=folder) if isinstance(folder, str) else folder
