"""Which small faults of the judging code would no test notice? `python -m benchmarks.mutation`.

Each mutant changes one operator, number or word of a module; the module's tests run on it in a copy
of the repository. What they let pass is printed as JSON with its line: a survivor is a gap in the
tests or a change that changes nothing, and somebody has to look at it.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
SECONDS = 120
TESTS = {
    "cases/reducers": ["test_reducers.py", "test_case_judging.py"],
    "cases/sampling": ["test_reducers.py", "test_case_judging.py"],
    "checks/comparison": ["test_check_comparison.py"],
    "checks/counts": ["test_check_counts.py"],
    "checks/disguises": ["test_check_privacy.py"],
    "checks/facts": ["test_check_facts.py"],
    "checks/grounding": ["test_check_grounding.py", "test_check_support.py"],
    "checks/identifiers": ["test_check_identifiers.py", "test_check_privacy.py"],
    "checks/json_form": ["test_check_json.py"],
    "checks/json_schema": ["test_check_json.py"],
    "checks/jsontext": ["test_check_json.py"],
    "checks/numerals": ["test_check_numerals.py", "test_check_facts.py"],
    "checks/polarity": ["test_check_polarity.py", "test_check_comparison.py"],
    "checks/privacy": ["test_check_privacy.py"],
    "checks/refusal": ["test_check_refusal.py"],
    "checks/stems": ["test_check_support.py"],
    "checks/support": ["test_check_support.py"],
    "checks/text": ["test_check_text.py", "test_check_table.py"],
    "checks/timing": ["test_check_timing.py"],
    "checks/witnessed": ["test_testimony.py", "test_rubric.py"],
    "checks/words": ["test_check_words.py"],
    "judging/case_judging": ["test_case_judging.py", "test_reducers.py"],
    "judging/conditions": ["test_conditions.py", "test_gates.py"],
    "judging/gates": ["test_gates.py", "test_measures.py"],
    "judging/measures": ["test_measures.py", "test_gates.py"],
    "judging/tally": ["test_tally.py", "test_measures.py", "test_gates.py"],
    "judging/verdict": ["test_verdict.py"],
    "statistics/intervals": ["test_intervals.py", "test_gates.py", "test_loudness.py"],
    "statistics/loudness": ["test_loudness.py", "test_gates.py"],
    "statistics/paired": ["test_measures.py", "test_gates.py"],
}
"""Module -> the tests that speak of it."""
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}
REACHED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult,
}
WORDS = {"min": "max", "max": "min", "any": "all", "all": "any", "ceil": "floor",
         "floor": "ceil"}


@dataclass(frozen=True)
class Mutant:
    """One changed place of one module."""

    module: str
    line: int
    change: str
    source: str


def places(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every node that can be changed, each with how; in the order of the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
            yield node, "compare"
        elif isinstance(node, ast.BoolOp):
            yield node, "and-or"
        elif isinstance(node, ast.BinOp) and type(node.op) in REACHED:
            yield node, "arithmetic"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, "not"
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
            yield node, "number"
        elif (isinstance(node, ast.Name) and node.id in WORDS) or (
                isinstance(node, ast.Attribute) and node.attr in WORDS):
            yield node, "word"


def change(node: Any, how: str) -> None:
    """Change a node in place."""
    if how == "compare":
        node.ops[0] = COMPARED[type(node.ops[0])]()
    elif how == "and-or":
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif how == "arithmetic":
        node.op = REACHED[type(node.op)]()
    elif how == "not":
        node.op = ast.UAdd()  # of a truth it is 0 or 1
    elif how == "number":
        node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.Name):
        node.id = WORDS[node.id]
    else:
        node.attr = WORDS[node.attr]


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    text = (HERE / "gatekeeper" / f"{module}.py").read_text("utf-8")
    for number in range(sum(1 for _ in places(ast.parse(text)))):
        tree = ast.parse(text)
        node, how = list(places(tree))[number]
        before = ast.unparse(node)
        change(node, how)
        after = before.removeprefix("not ") if how == "not" else ast.unparse(node)
        yield Mutant(module, getattr(node, "lineno", 0), f"{before} → {after}",
                     ast.unparse(ast.fix_missing_locations(tree)))


def notices(folder: Path, mutant: Mutant) -> bool:
    """Whether a test fails on a mutant, or never ends."""
    place = folder / "gatekeeper" / f"{mutant.module}.py"
    kept = place.read_text("utf-8")
    place.write_text(mutant.source, "utf-8")
    tests = [f"tests/unit/{name}" for name in TESTS[mutant.module]]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p",
             "no:xdist", *tests], cwd=folder, capture_output=True, check=False, timeout=SECONDS,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"})
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        place.write_text(kept, "utf-8")


def run(chosen: list[Mutant], workers: int) -> list[Mutant]:
    """The mutants that no test notices."""
    todo: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in chosen:
        todo.put(mutant)
    survivors: list[Mutant] = []

    def work() -> None:
        with tempfile.TemporaryDirectory(prefix="gatekeeper-mutation-") as name:
            folder = Path(name)
            for part in ("gatekeeper", "tests", "pyproject.toml"):
                source = HERE / part
                if source.is_dir():
                    shutil.copytree(source, folder / part, symlinks=True,
                                    ignore=shutil.ignore_patterns("node", "__pycache__"))
                else:
                    shutil.copy(source, folder / part)
            while True:
                try:
                    mutant = todo.get_nowait()
                except queue.Empty:
                    return
                if not notices(folder, mutant):
                    survivors.append(mutant)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return survivors


def main() -> int:
    """Mutate, run, and print what survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(TESTS))
    parser.add_argument("--sample", type=int, help="at most so many mutants of a module")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    chosen: list[Mutant] = []
    for module in args.modules:
        text = (HERE / "gatekeeper" / f"{module}.py").read_text("utf-8")
        unchanged = Mutant(module, 0, "nothing", ast.unparse(ast.parse(text)))
        if not run([unchanged], 1):
            raise SystemExit(f"the tests of {module} fail without any mutation")
        found = list(mutants(module))
        if args.sample and len(found) > args.sample:
            found = random.Random(module).sample(found, args.sample)
        chosen += found
    survivors = run(chosen, args.workers)
    print(json.dumps({
        "mutants": len(chosen), "survivors": [
            {"where": f"{one.module}:{one.line}", "change": one.change}
            for one in sorted(survivors, key=lambda one: (one.module, one.line))]}, indent=2,
        ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
