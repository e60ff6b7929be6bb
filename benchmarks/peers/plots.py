"""One plot a question, as SVG: python plots.py against.json FOLDER"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

mpl.rcParams.update({"svg.hashsalt": "gatekeeper", "axes.spines.top": False, "font.size": 11,
                     "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3})
FOUND: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
FOLDER = Path(sys.argv[2])
OURS = "gatekeeper"


def style(name: str) -> dict[str, Any]:
    """Ours stands out."""
    return {"linewidth": 3 if name == OURS else 1.5, "marker": "o", "label": name,
            "zorder": 3 if name == OURS else 2}


def save(name: str, title: str, x: str, y: str) -> None:
    """One figure, the same bytes for the same figures."""
    plt.title(title, loc="left")
    plt.xlabel(x)
    plt.ylabel(y)
    plt.legend(frameon=False)
    plt.tight_layout()
    plt.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    plt.close()


def by_cases(part: dict[str, Any], what: str) -> dict[str, list[tuple[int, float]]]:
    """Name -> number of cases and median."""
    found: dict[str, list[tuple[int, float]]] = {}
    for cases, runs in part.items():
        for name, some in runs.items():
            if some:
                found.setdefault(name, []).append((int(cases), median(one[what] for one in some)))
    return found


def wall() -> None:
    for name, points in by_cases(FOUND["instant"], "wall").items():
        plt.plot(*zip(*points, strict=True), **style(name))
    plt.xscale("log")
    plt.yscale("log")
    save("bench-wall", "Whole run, instant service", "cases", "seconds")


def latency() -> None:
    runs = {name: [one for one in some if one.get("reported")]
            for name, some in FOUND["paced"]["runs"].items()}
    names = [name for name, some in runs.items() if some]
    for place, (percentile, colour) in enumerate((("p50", "tab:blue"), ("p99", "tab:orange"))):
        values = [median(one["reported"][place] for one in runs[name]) for name in names]
        plt.barh([n + place * 0.35 for n in range(len(names))], values, 0.35, label=percentile,
                 color=colour)
    plt.axvline(50, color="black", linestyle="--", label="the service: 50 ms")
    plt.yticks([n + 0.17 for n in range(len(names))], names)
    save("bench-latency", "What is reported of a service that takes 50 ms", "milliseconds", "")


def memory() -> None:
    found = by_cases(FOUND.get("instant", {}), "mb")
    ours = [(int(cases), median(one["mb"] for one in some))
            for cases, some in FOUND["memory"].items()]
    found[OURS] = sorted({*ours, *found.get(OURS, [])})
    for name, points in found.items():
        plt.plot(*zip(*points, strict=True), **style(name))
    plt.xscale("log")
    plt.yscale("log")
    save("bench-memory", "Peak memory by number of cases", "cases", "MB")


for needed, draw in (("instant", wall), ("paced", latency), ("memory", memory)):
    if needed in FOUND:
        draw()
