"""The tables that a person reads: medians of the rounds with lowest and highest, and ratios.

A ratio is taken within a round, gatekeeper = 1.00, and the median of the rounds is shown: what
slows the machine down for a while slows both down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import Generic, Protocol, TypeVar

from benchmarks.clients import CONTESTANTS
from benchmarks.formats import FORMATS
from benchmarks.running import FEW_ROWS, ClientRun, FormatRun, KillRun, Quantiles

NONE = "–"
REFERENCE = "gatekeeper"


class Run(Protocol):
    """What rounds are made of."""

    @property
    def round(self) -> int:
        """Number of the round."""

    @property
    def name(self) -> str:
        """Key of the contestant."""


AnyRun = TypeVar("AnyRun", bound=Run)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Left-aligned first column, right-aligned others."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = ["  ".join(cell.rjust(width) if column else cell.ljust(width)
                       for column, (cell, width) in enumerate(zip(line, widths, strict=True)))
             for line in lines]
    rule = "  ".join("─" * width for width in widths)
    return "\n".join([title, "", shown[0], rule, *shown[1:], ""])


def number(value: float) -> str:
    """Three digits that matter, two places at most."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def fine(value: float) -> str:
    """Three places, for processor seconds."""
    return f"{value:.3f}"


class Rounds(Generic[AnyRun]):
    """The runs behind one table."""

    def __init__(self, runs: Iterable[AnyRun]) -> None:
        self._runs = list(runs)

    def names(self, known: Iterable[str]) -> Iterator[str]:
        """Those of the known contestants that ran, in their order."""
        ran = {run.name for run in self._runs}
        return (name for name in known if name in ran)

    def by_round(self, name: str, of: Callable[[AnyRun], float | None]) -> dict[int, float]:
        """One figure of one contestant in every round that has it."""
        return {run.round: value for run in self._runs
                if run.name == name and (value := of(run)) is not None}

    def spread(self, name: str, of: Callable[[AnyRun], float | None],
               form: Callable[[float], str] = number) -> str:
        """Median, then lowest and highest."""
        values = self.by_round(name, of).values()
        if not values:
            return NONE
        return f"{form(median(values))} ({form(min(values))} … {form(max(values))})"

    def middle(self, name: str, of: Callable[[AnyRun], float | None]) -> str:
        """The median alone."""
        values = self.by_round(name, of).values()
        return number(median(values)) if values else NONE

    def ratio(self, name: str, of: Callable[[AnyRun], float | None]) -> str:
        """Median over rounds of this contestant's figure by gatekeeper's."""
        ours, theirs = self.by_round(REFERENCE, of), self.by_round(name, of)
        ratios = [theirs[n] / ours[n] for n in theirs if ours.get(n)]
        return f"{median(ratios):.2f}" if ratios else NONE


def _p50(at: Quantiles | None, less: float = 0.0) -> float | None:
    return None if at is None else at.p50 - less


def _p99(at: Quantiles | None, less: float = 0.0) -> float | None:
    return None if at is None else at.p99 - less


def saturated(runs: Sequence[ClientRun], connections: int) -> str:
    """Against the server that answers at once: the client is the limit."""
    rounds = Rounds(runs)
    rows = [
        (CONTESTANTS[name].title,
         rounds.spread(name, lambda run: run.per_second),
         rounds.ratio(name, lambda run: run.per_second),
         rounds.spread(name, lambda run: run.cpu_per_1000, fine),
         rounds.ratio(name, lambda run: run.cpu_per_1000),
         rounds.middle(name, lambda run: _p50(run.around or run.own)),
         rounds.middle(name, lambda run: _p99(run.around or run.own)),
         rounds.middle(name, lambda run: run.server_busy * 100),
         rounds.middle(name, lambda run: run.peak_mb),
         rounds.middle(name, lambda run: run.import_ms))
        for name in rounds.names(CONTESTANTS)
    ]
    head = ("client", "requests/s", "×", "CPU s/1000", "×", "p50 ms", "p99 ms",
            "server busy %", "peak MB", "import ms")
    return table(f"Server that answers at once, {connections} connections", head, rows)


def paced(runs: Sequence[ClientRun], connections: int) -> str:
    """Against the server with a delay: how wrong is the latency that the client measures?"""
    rounds, delay = Rounds(runs), runs[0].delay_ms
    rows = [
        (CONTESTANTS[name].title,
         rounds.middle(name, lambda run: run.per_second),
         rounds.spread(name, lambda run: _p50(run.around, delay)),
         rounds.spread(name, lambda run: _p99(run.around, delay)),
         rounds.ratio(name, lambda run: _p99(run.around, delay)),
         rounds.middle(name, lambda run: _p50(run.own, delay)),
         rounds.spread(name, lambda run: _p99(run.own, delay)),
         rounds.middle(name, lambda run: run.cpu_per_1000),
         rounds.ratio(name, lambda run: run.cpu_per_1000))
        for name in rounds.names(CONTESTANTS)
    ]
    head = ("client", "requests/s", f"p50 − {delay:g}", f"p99 − {delay:g}", "×",
            f"own p50 − {delay:g}", f"own p99 − {delay:g}", "CPU s/1000", "×")
    title = (f"Server that answers after {delay:g} ms, {connections} connections: error of the "
             "measured latency, ms;\nfirst by a clock round the call, then by the client's own "
             "account")
    served = [run.served for run in runs]
    return table(title, head, rows) + (
        f"The server itself took p50 {median(one.p50 for one in served):.2f} ms, "
        f"p99 {median(one.p99 for one in served):.2f} ms.\n")


def disturbance(runs: Sequence[ClientRun]) -> str:
    """How much the figures are to be trusted."""
    shares = [run.others_busy for run in runs]
    return (f"Other work used {median(shares):.0%} of the machine in the middle run, "
            f"{max(shares):.0%} in the worst.\n")


def formats(runs: Sequence[FormatRun], rows_wanted: int) -> str:
    """What keeping the attempts costs."""
    rounds = Rounds(runs)
    rows = [
        (FORMATS[name].title,
         rounds.middle(name, lambda run: run.rows),
         rounds.spread(name, lambda run: run.per_second),
         rounds.ratio(name, lambda run: run.per_second),
         rounds.middle(name, lambda run: run.end_seconds),
         rounds.middle(name, lambda run: run.peak_mb_few),
         rounds.middle(name, lambda run: run.peak_mb),
         rounds.ratio(name, lambda run: run.peak_mb),
         rounds.middle(name, lambda run: run.bytes_per_row))
        for name in rounds.names(FORMATS)
    ]
    head = ("evidence", "rows kept", "rows/s", "×", "s at the end", f"MB, {FEW_ROWS} rows",
            "MB, all rows", "×", "bytes/row")
    return table(f"Evidence, {rows_wanted} rows wanted; making the rows is in every figure",
                 head, rows)


def kills(runs: Sequence[KillRun]) -> str:
    """What a reader finds after SIGKILL."""
    rows = []
    for name, phase in dict.fromkeys((run.name, run.phase) for run in runs):
        some = [run for run in runs if (run.name, run.phase) == (name, phase)]
        lost = [run.lost for run in some]
        rows.append((
            FORMATS[name].title, phase, str(len(some)),
            f"{median(run.appended for run in some):.0f}",
            f"{median(run.readable for run in some):.0f}",
            f"{median(lost):.0f} ({min(lost)} … {max(lost)})",
        ))
    head = ("evidence", "killed while", "kills", "rows taken", "rows readable", "rows lost")
    return table("After SIGKILL of the process; the machine stayed up", head, rows)
