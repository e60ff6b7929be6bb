"""Before anything starts: what head's files tell of the service, kept in the pack."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatekeeper.evidence.documents import write_documents
from gatekeeper.evidence.files import HISTORY, ROUTE
from gatekeeper.evidence.pack import Pack
from gatekeeper.judging.learning import Earlier
from gatekeeper.manifest.told import History
from gatekeeper.plan import Survey
from gatekeeper.policy.resolve import Origin
from gatekeeper.ports import SYMLINK, Repository
from gatekeeper.routes.documents import MAX_BYTES, documents_among
from gatekeeper.routes.shutdown import Shutdown, read_shutdown

MAX_OUTPUTS = 200


def keep_told(pack: Pack, survey: Survey, git: Repository, redact: Callable[[str], str]) -> None:
    """README and notes, and what the tree shows of where the model ran; redacted."""
    tree, head = survey.subject.head_tree, survey.head
    found = [one.path for one in git.files(tree) if one.mode != SYMLINK]
    texts = {path: redact((git.read(tree, path) or b"")[:MAX_BYTES].decode("utf-8", "replace"))
             for path in documents_among(found, head.folder)}
    write_documents(pack, texts)
    route = head.manifest.route
    if not (route.kind or survey.policy.manifest.route.kind):
        return

    def read(relative: str) -> bytes | None:
        return git.read(tree, head.path(relative)) if relative else None

    pack.write_json(ROUTE, {
        "notebook": _notebook(read(route.notebook)),
        "outputs": _outputs(git, tree, head.path(route.outputs), found) if route.outputs else [],
        "shutdown": _shutdown(read(route.shutdown), redact),
    })


def keep_history(
    pack: Pack, survey: Survey, git: Repository, earlier: Callable[[History, Path], Earlier]
) -> None:
    """What the packs of earlier runs say, where the policy names a store of them. A folder is read
    from disk, where it was fetched to; what the change itself puts there proves nothing."""
    history = survey.policy.manifest.history
    if not history.store:
        return
    place = posixpath.normpath(posixpath.join(survey.head.folder, history.folder))
    if edited := _edited(survey, git, place) if history.folder else "":
        found = Earlier(history.store,
                        f"this change itself edits the folder of earlier runs: {edited}")
    else:
        found = earlier(history, git.top / place)
    pack.write_json(HISTORY, found)


def _edited(survey: Survey, git: Repository, place: str) -> str:
    """A file of that folder that the change edits, where others than its author judge it."""
    if survey.policy.origin in (Origin.COMMIT, Origin.ADOPTED):
        return ""
    edited = (entry.path for entry in git.diff(survey.subject.base_tree, survey.subject.head_tree)
              if entry.path == place or entry.path.startswith(f"{place}/"))
    return next(edited, "")


def _notebook(content: bytes | None) -> dict[str, Any] | None:
    """A notebook's digest and how many cells it has; None where it is none."""
    try:
        data = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not cells:
        return None
    return {"sha256": hashlib.sha256(content or b"").hexdigest(), "cells": len(cells)}


def _outputs(git: Repository, tree: str, place: str, paths: list[str]) -> list[dict[str, str]]:
    """The outputs that were copied back, those that hold something."""
    below = [path for path in paths
             if path == place or posixpath.normpath(path).startswith(f"{place}/")]
    contents = ((path, git.read(tree, path)) for path in below[:MAX_OUTPUTS])
    return [{"path": path, "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in contents if content]


def _shutdown(content: bytes | None, redact: Callable[[str], str]) -> dict[str, str]:
    if content is None:
        return {"fault": "there is no such file"}
    read = read_shutdown(content)
    if isinstance(read, Shutdown):
        return {"instance": redact(read.instance), "state": read.state, "at": read.at}
    return {"fault": read}
