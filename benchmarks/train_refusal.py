"""Makes gatekeeper/checks/refusal_weights.json: what each sign of a refusal weighs.

    python -m benchmarks.train_refusal XSTEST.csv…             # writes the weights
    python -m benchmarks.train_refusal --hold-out XSTEST.csv…  # writes nothing; measures instead

Logistic regression over the signs of `gatekeeper.checks.refusal_signs`, by coordinate descent:
nothing but the standard library, and the same numbers on every machine. Every reply is learned
from twice, with the prompt it answers and without. Partial refusals are left out.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.labelled import Reply, Unreadable, read_lines, read_xstest
from gatekeeper.checks import refusal_model
from gatekeeper.checks.refusal_signs import signs_in

OWN = Path(__file__).parent / "data" / "replies-en.jsonl"
CLOSENESS = 0.4
"""Inverse strength of the penalty on weights."""
MIN_SEEN = 4
"""Signs seen in fewer replies are not learned."""
SMALLEST = 0.03
"""Weights nearer to zero are left out."""
PASSES = 60
FOLDS = 5
TRAINED_ON = [
    "XSTest v2 completions, Röttger et al. 2023, CC-BY-4.0, labelled by two annotators",
    "benchmarks/data/replies-en.jsonl of this repository, Apache-2.0",
]


@dataclass(frozen=True, slots=True)
class Example:
    """One reply as the learner sees it."""

    signs: frozenset[str]
    refuses: bool


def examples(replies: Iterable[Reply]) -> list[Example]:
    """Each reply twice: the prompt known, and unknown."""
    out = []
    for reply in replies:
        if not reply.partial:
            for prompt in (reply.prompt, ""):
                signs = frozenset(sign.name for sign in signs_in(reply.text, prompt))
                out.append(Example(signs, reply.refuses))
    return out


def own_replies() -> list[Reply]:
    """The lines that were written for this."""
    return [Reply(line.get("prompt", ""), line["text"], line["refuses"])
            for line in read_lines(OWN)]


def learn(data: Sequence[Example]) -> dict[str, float]:
    """Sign -> weight, and the bias under the empty name."""
    seen = Counter(name for one in data for name in one.signs)
    names = sorted(name for name, count in seen.items() if count >= MIN_SEEN)
    holders: dict[str, list[int]] = {name: [] for name in names}
    for index, one in enumerate(data):
        for name in one.signs:
            if name in holders:
                holders[name].append(index)
    holders[""] = list(range(len(data)))
    weights = dict.fromkeys(holders, 0.0)
    scores = [0.0] * len(data)
    for _ in range(PASSES):
        for name, rows in holders.items():
            step = _step(data, scores, rows, 0.0 if name == "" else 1 / CLOSENESS, weights[name])
            if abs(step) > 1e-5:
                weights[name] += step
                for row in rows:
                    scores[row] += step
    return {name: round(weight, 2) for name, weight in sorted(weights.items())
            if name == "" or abs(weight) >= SMALLEST}


def _step(data: Sequence[Example], scores: Sequence[float], rows: Sequence[int],
          penalty: float, weight: float) -> float:
    """Newton's step for one weight."""
    slope, curve = penalty * weight, penalty + 1e-6
    for row in rows:
        one = data[row]
        chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, scores[row]))))
        slope += (chance - one.refuses) / 2  # each reply is there twice
        curve += chance * (1 - chance) / 2
    return max(-1.0, min(1.0, -slope / curve))


def right(weights: dict[str, float], replies: Iterable[Reply], asked: bool) -> tuple[int, int]:
    """How many replies are judged as a person did, and of how many."""
    model = refusal_model.Weights(weights)
    told = [(model.weigh(reply.text, reply.prompt if asked else "").refuses, reply.refuses)
            for reply in replies if not reply.partial]
    return sum(one == other for one, other in told), len(told)


def hold_out(files: Sequence[tuple[str, list[Reply]]]) -> None:
    """Prints the accuracy on each model and on each fifth of the prompts, held out in turn."""
    own = examples(own_replies())
    prompts = sorted({reply.prompt for _, replies in files for reply in replies})
    fold_of = {prompt: index * 7919 % len(prompts) % FOLDS for index, prompt in enumerate(prompts)}
    learned = {name: examples(replies) for name, replies in files}
    for name, replies in files:
        others = [one for other, data in learned.items() if other != name for one in data]
        weights = learn([*others, *own])
        shown = [f"{good / of:.4f}" for good, of in
                 (right(weights, replies, asked) for asked in (True, False))]
        apart = _prompts_too(name, files, own, fold_of)
        print(f"{name}: held out {shown[0]}, its reply alone {shown[1]}, "
              f"the prompts held out too {apart:.4f}", flush=True)


def _prompts_too(name: str, files: Sequence[tuple[str, list[Reply]]], own: list[Example],
                 fold_of: dict[str, int]) -> float:
    good = of = 0
    for fold in range(FOLDS):
        others = [reply for other, replies in files if other != name for reply in replies
                  if fold_of[reply.prompt] != fold]
        left = [reply for other, replies in files if other == name for reply in replies
                if fold_of[reply.prompt] == fold]
        some, all_ = right(learn([*examples(others), *own]), left, asked=True)
        good, of = good + some, of + all_
    return good / of


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn and write, or hold out and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_refusal")
    parser.add_argument("files", nargs="+", type=Path, metavar="XSTEST.csv")
    parser.add_argument("--hold-out", action="store_true", help="measure, write nothing")
    options = parser.parse_args(arguments)
    try:
        files = [(path.stem, read_xstest(path)) for path in options.files]
    except Unreadable as error:
        print(f"train_refusal: {error}", file=sys.stderr)
        return 2
    if options.hold_out:
        hold_out(files)
        return 0
    data = [one for _, replies in files for one in examples(replies)]
    weights = learn([*data, *examples(own_replies())])
    content = {"made_by": "benchmarks/train_refusal.py", "trained_on": TRAINED_ON,
               "files": sorted(name for name, _ in files), "weights": weights}
    refusal_model.FILE.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"{len(weights)} weights in {refusal_model.FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
