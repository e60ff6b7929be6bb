"""Which of a repository's workflows run this action, and what the checks of their jobs are called.
Pure: texts in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.manifest.document import Fields, Items, Node, Scalar, parse_yaml

FOLDER = ".github/workflows"
_USES = re.compile(r"(?:docker://)?[^\s]*\bgatekeeper\b[^\s]*[@:][^\s]+", re.IGNORECASE)


def check_names(text: str, path: str) -> tuple[str, ...]:
    """Names of the checks of every job of a workflow that runs the action: the job's `name`, else
    its key (docs.github.com, "Troubleshooting required status checks"). A name that the runner
    makes up, of a matrix or an expression, is told as it is written."""
    root, _ = parse_yaml(text, path)
    jobs = _field(root, "jobs")
    found = []
    for key, job in _entries(jobs):
        if any(_USES.fullmatch(used) for used in _used(job)):
            name = _field(job, "name")
            found.append(name.text if isinstance(name, Scalar) and name.text else key)
    return tuple(found)


def events_of(text: str, path: str) -> frozenset[str]:
    """The events that a workflow runs on: `on` is a word, a list or a mapping."""
    root, _ = parse_yaml(text, path)
    on = _field(root, "on")
    if isinstance(on, Scalar):
        return frozenset({on.text})
    if isinstance(on, Items):
        return frozenset(node.text for node in on.nodes if isinstance(node, Scalar))
    return frozenset(name for name, _ in _entries(on))


def is_made_up(name: str, text: str) -> bool:
    """Whether a job's check is called otherwise than the workflow says, as far as can be told."""
    return "${{" in name or re.search(r"^\s*matrix:", text, re.MULTILINE) is not None


def _used(job: Node | None) -> Iterator[str]:
    steps = _field(job, "steps")
    for step in steps.nodes if isinstance(steps, Items) else ():
        used = _field(step, "uses")
        if isinstance(used, Scalar):
            yield used.text


def _field(node: Node | None, name: str) -> Node | None:
    entry = node.entries.get(name) if isinstance(node, Fields) else None
    return entry[1] if entry else None


def _entries(node: Node | None) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Fields):
        for key, (_, value) in node.entries.items():
            yield key, value
