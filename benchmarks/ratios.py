"""How often a gate on `latency.ratio` passes, blocks and cannot tell: docs/design/0008-time.md.

    python -m benchmarks.ratios      # half a minute; a Markdown table

Simulated services with a fixed seed: an attempt takes its case's time, scattered by 8 %
(lognormal), and one in twenty takes 1.3 to 3 times as long, as on a shared machine. Held against
`<= 1.2` are the project's interval by signed ranks, and the same data by the sign test, the other
interval that assumes no distribution.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median

from gatekeeper.statistics.ranks import ALPHA, signed_rank, walsh_average

RUNS = 1000
LIMIT = math.log(1.2)
SCATTER, SPIKES = 0.08, 0.05
Interval = Callable[[Sequence[float]], tuple[float, float]]
SITUATIONS = (
    ("no slower", 1.0, 0.0), ("40 % slower", 1.4, 0.0), ("20 % slower: at the limit", 1.2, 0.0),
    ("a third of the cases twice as slow", 1.0, 1 / 3),
)
SIZES = ((5, 1), (5, 3), (10, 1), (20, 1), (20, 3), (40, 3))


def by_ranks(values: Sequence[float]) -> tuple[float, float]:
    """The project's."""
    rank, means = signed_rank(len(values)), len(values) * (len(values) + 1) // 2
    return walsh_average(values, rank), walsh_average(values, means + 1 - rank)


def by_signs(values: Sequence[float]) -> tuple[float, float]:
    """Order statistics that bound the median."""
    count, below, rank = len(values), 0.0, 0
    for k in range(count):
        below += math.comb(count, k) / 2**count
        if below > ALPHA:
            break
        rank = k + 1
    ordered = sorted(values)
    return ordered[rank - 1], ordered[-rank]


def _time(dice: random.Random, middle: float) -> float:
    spike = dice.uniform(1.3, 3) if dice.random() < SPIKES else 1.0
    return middle * math.exp(dice.gauss(0, SCATTER)) * spike


def _ratios(dice: random.Random, cases: int, repeats: int, slower: float, twice: float
            ) -> list[float]:
    found = []
    for _ in range(cases):
        base = math.exp(dice.gauss(0, 0.5))
        head = base * slower * (2 if dice.random() < twice else 1)
        found.append(math.log(median(_time(dice, head) for _ in range(repeats)))
                     - math.log(median(_time(dice, base) for _ in range(repeats))))
    return found


def main() -> None:
    """The table."""
    intervals: dict[str, Interval] = {"signed ranks": by_ranks, "signs": by_signs}
    print("| head is | cases × repeats | " + " | ".join(
        f"{name}: pass / block / open" for name in intervals) + " |")
    print("|---|---|" + "---|" * len(intervals))
    for words, slower, twice in SITUATIONS:
        for cases, repeats in SIZES:
            dice, verdicts = random.Random(5), {name: Counter[str]() for name in intervals}
            for _ in range(RUNS):
                values = _ratios(dice, cases, repeats, slower, twice)
                for name, interval in intervals.items():
                    low, high = interval(values)
                    word = "pass" if high <= LIMIT else "block" if low > LIMIT else "open"
                    verdicts[name][word] += 1
            cells = (" / ".join(f"{verdicts[name][word] / RUNS:.0%}"
                                for word in ("pass", "block", "open")) for name in intervals)
            print(f"| {words} | {cases} × {repeats} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
