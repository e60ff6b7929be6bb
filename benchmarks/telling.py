"""Tables, plots and pages out of one run's figures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contenders import FLOOR, GATEKEEPER, PEERS, PROMPTFOO
from benchmarks.running import TOP

Figures = dict[str, Any]
IMAGES = TOP / "docs" / "images"
START, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"

PLOTS = {"wall": "Seconds of a whole run by number of cases",
         "latency": "What is reported of a service that takes 50 ms",
         "memory": "Peak memory by number of cases"}


def middle(runs: Sequence[Figures], what: str) -> float:
    """The median of one figure."""
    return float(median(one[what] for one in runs))


def ratio(these: Sequence[Figures], those: Sequence[Figures], what: str) -> float:
    """The median of the ratios within a round."""
    return float(median(one[what] / other[what] for one, other in zip(these, those, strict=True)))


def slope(instant: Figures, name: str) -> float | None:
    """Processor milliseconds a case, from the fewest cases to the most."""
    sizes = [int(size) for size in instant if instant[size].get(name)]
    if len(sizes) < 2:
        return None
    least, most = min(sizes), max(sizes)
    ends = [middle(instant[str(size)][name], "cpu") for size in (least, most)]
    return (ends[1] - ends[0]) / (most - least) * 1000


def ratios(found: Figures) -> Iterator[tuple[str, str, str]]:
    """What is measured, the aim, and what was reached."""
    instant = found.get("instant", {})
    thousand = instant.get("1000", {})
    if thousand.get(GATEKEEPER) and thousand.get(PROMPTFOO):
        yield ("whole run, 1,000 cases ÷ promptfoo", "0.08",
               f"{ratio(thousand[GATEKEEPER], thousand[PROMPTFOO], 'wall'):.3f}")
    ours, floor = (slope(instant, name) for name in (GATEKEEPER, FLOOR))
    if ours and floor:
        yield "CPU a case ÷ bare http.client", "2", f"{ours / floor:.2f}"
    yield from _paced(found.get("paced", {}))
    if "first_text" in found:
        yield ("first text of a stream, error p99, 32 streams", "4 ms",
               f"{found['first_text']['gatekeeper'][1]:.1f} ms")
    one = instant.get("1", {})
    if one.get(GATEKEEPER) and one.get(PROMPTFOO):
        yield ("one case, cold ÷ promptfoo", "0.12",
               f"{ratio(one[GATEKEEPER], one[PROMPTFOO], 'wall'):.3f}")
    if "nothing_changed" in found:
        yield ("nothing that counts changed, whole process", "0.3 s",
               f"{found['nothing_changed']['seconds']:.2f} s")
    sizes = {int(size): middle(runs, "mb") for size, runs in found.get("memory", {}).items()}
    if len(sizes) > 1:
        least, most = min(sizes), max(sizes)
        yield (f"peak memory, {most:,} cases ÷ {least:,}; at {most:,}", "1.2; 60 MB",
               f"{sizes[most] / sizes[least]:.2f}; {sizes[most]:.0f} MB")
    if "noticed" in found:
        yield "readiness noticed after", "50 ms", f"{found['noticed']['ms']:.0f} ms"
    if "size" in found:
        yield "install, Python part", "45 MB", f"{found['size']['gatekeeper']:.0f} MB"


def _paced(paced: Figures) -> Iterator[tuple[str, str, str]]:
    runs = paced.get("runs", {}).get(GATEKEEPER)
    if not runs:
        return
    added = [median(one["reported"][n] - one["served"][n] for one in runs) for n in (0, 1)]
    yield ("added latency at 32 connections on a 50 ms service, p50 / p99", "0.5 / 3 ms",
           f"{added[0]:.2f} / {added[1]:.2f} ms")
    yield (f"wall ÷ ideal, {paced['cases']:,} cases at 50 ms", "1.15",
           f"{middle(runs, 'wall') / paced['ideal']:.2f}")


def _cell(runs: Sequence[Figures] | None) -> str:
    if not runs:
        return "–"
    return f"{middle(runs, 'wall'):.2f} / {middle(runs, 'cpu'):.2f} / {middle(runs, 'mb'):.0f}"


def whole(found: Figures) -> Iterator[str]:
    """Seconds, processor seconds and MB by contender and number of cases."""
    instant = found.get("instant", {})
    names = list(dict.fromkeys(name for runs in instant.values() for name in runs))
    yield "| seconds / CPU s / peak MB | " + " | ".join(f"{int(n):,} cases" for n in instant) + " |"
    yield "|---|" + "---|" * len(instant)
    for name in names:
        cells = [_cell(runs.get(name)) for runs in instant.values()]
        yield f"| {name} | {' | '.join(cells)} |"


def reported(found: Figures) -> Iterator[str]:
    """What each says of a service that takes 50 ms."""
    runs = found.get("paced", {}).get("runs", {})
    yield "| reported of a 50 ms service | p50 | p99 | by the service's own clock, p50 / p99 |"
    yield "|---|---|---|---|"
    for name, some in runs.items():
        told = [one for one in some if one.get("reported")]
        if told:
            said, true = ([median(one[what][n] for one in told) for n in (0, 1)]
                          for what in ("reported", "served"))
            yield f"| {name} | {said[0]:.1f} | {said[1]:.1f} | {true[0]:.1f} / {true[1]:.1f} |"


def table(found: Figures) -> str:
    """All tables, as Markdown."""
    where = found["machine"]
    lines = ["| ratio, same work, same run | aim | reached |", "|---|---|---|",
             *(f"| {what} | {aim} | {got} |" for what, aim, got in ratios(found)), ""]
    if found.get("instant"):
        lines += [*whole(found), ""]
    if found.get("paced"):
        lines += [*reported(found), ""]
    if found.get("size"):
        lines.append("Install, MB: " + ", ".join(f"{name} {size:.0f}"
                                                 for name, size in found["size"].items()) + ".")
    lines.append(f"{where['cores']} cores, {where['system']}, Python {where['python']}; "
                 f"{where['connections']} connections; {where['seconds']} s in all; versions: "
                 + ", ".join(f"{name} {one}" for name, one in where["versions"].items()) + ".")
    return "\n".join(lines)


def write_pages(found: Figures) -> None:
    """Between the marks of docs/performance.md all of it, in the README the ratios."""
    shown = [f"![{words}](images/bench-{name}.svg)" for name, words in PLOTS.items()
             if (IMAGES / f"bench-{name}.svg").exists()]
    _between(TOP / "docs" / "performance.md", "\n".join((table(found), "", *shown)))
    short = ["| same work, same run | reached |", "|---|---|",
             *(f"| {what} | {got} |" for what, _, got in ratios(found))]
    _between(TOP / "README.md", "\n".join(short))


def _between(page: Path, text: str) -> None:
    before, _, rest = page.read_text().partition(START)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{START}\n{text}\n{END}{after}")


def plot(results: Path) -> None:
    """One SVG a question, by matplotlib in an environment of its own."""
    place = PEERS / "plots"
    if not (place / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(place / "bin" / "pip"), "install", "--quiet",
                        "--disable-pip-version-check", "matplotlib>=3.9,<4"], check=True)
    IMAGES.mkdir(exist_ok=True)
    subprocess.run([str(place / "bin" / "python"), str(TOP / "benchmarks" / "peers" / "plots.py"),
                    str(results), str(IMAGES)], check=True)
