"""The layers: imports point downwards only, lazy ones counted, and nothing grows past its size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "gatekeeper"
EDGE = ("gatekeeper.cli", "gatekeeper.__main__", "gatekeeper.arguments", "gatekeeper.commands",
        "gatekeeper.runtimes")
ORDER = ("gatekeeper.pipeline", "gatekeeper.measuring", "gatekeeper.stages")
WORLD = ("gatekeeper.adapters",)
EFFECTS = tuple(f"gatekeeper.{name}" for name in (
    "cases.asking",
    "evidence.attempts",
    "evidence.baseline",
    "evidence.documents",
    "evidence.folder",
    "evidence.merging",
    "evidence.pack",
    "evidence.resuming",
    "evidence.seal",
    "github.accepting",
    "github.dispatched",
    "github.protecting",
    "github.publish",
    "judging.bench_in",
    "judging.compared",
    "judging.drilled_in",
    "judging.earlier_run",
    "judging.facts_in",
    "judging.from_pack",
    "judging.parts",
    "judging.rejudging",
    "judging.told_in",
    "judging.verifying",
    "own_check",
    "releasing.believing",
    "releasing.creating",
    "releasing.deciding",
    "releasing.earlier_runs",
    "releasing.finding",
    "releasing.proof",
    "releasing.release",
    "releasing.rolling_back",
    "report.pack_documents",
    "report.write",
    "service.identity",
    "service.in_flight",
    "service.readiness",
    "service.sides",
    "service.smoke",
    "service.watching",
    "survey",
    "trees.layout",
    "witnesses.endpoint",
    "witnesses.heard",
    "witnesses.hearing",
))
FORBIDDEN = ("docker", "requests", "subprocess", "socket", "http", "urllib", "random", "time",
             "os", "tempfile", "shutil", "threading")
"""What a pure module does not import."""
MAX_MODULE, MAX_FUNCTION = 300, 60


def modules() -> dict[str, ast.Module]:
    """Name -> syntax tree of every module."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = ast.parse(path.read_text("utf-8"))
    return found


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module it imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


MODULES = modules()
GRAPH = {name: {one for one in imports(tree) if one in MODULES} for name, tree in MODULES.items()}


def layer(name: str) -> int:
    """Higher may import lower: 3 edge, 2 order and world, 1 effects, 0 pure."""
    for number, group in ((3, EDGE), (2, ORDER + WORLD), (1, EFFECTS)):
        if any(name == one or name.startswith(one + ".") for one in group):
            return number
    return 0


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_point_downwards(name: str) -> None:
    upward = {one for one in GRAPH[name] if layer(one) > layer(name)}
    assert not upward


def test_the_order_of_the_stages_knows_no_adapter() -> None:
    for name in ORDER + EFFECTS:
        assert not {one for one in GRAPH[name] if one.startswith(WORLD)}


def test_there_is_no_cycle() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path, name))
        if name not in done:
            for one in GRAPH[name]:
                visit(one, (*path, name))
            done.add(name)

    for name in GRAPH:
        visit(name, ())


@pytest.mark.parametrize("name", sorted(name for name in MODULES if layer(name) == 0))
def test_a_pure_module_touches_nothing(name: str) -> None:
    imported = {one for one in imports(MODULES[name]) if one != "urllib.parse"}  # text in, text out
    touched = {one.partition(".")[0] for one in imported} & set(FORBIDDEN)
    assert not touched


@pytest.mark.parametrize("name", sorted(MODULES))
def test_sizes(name: str) -> None:
    tree = MODULES[name]
    assert max((node.end_lineno or 0 for node in tree.body), default=0) <= MAX_MODULE
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION, node.name


@pytest.mark.parametrize("name", sorted(MODULES))
def test_what_is_public_says_what_it_is(name: str) -> None:
    tree = MODULES[name]
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
