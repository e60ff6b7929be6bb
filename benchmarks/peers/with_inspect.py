"""The work as a task of inspect's: a scorer of our own for JSON, its own for the word.

`BENCH_CASES` names the cases.
"""

from __future__ import annotations

import json
import os
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import Score, accuracy, includes, scorer
from inspect_ai.solver import generate, system_message


@scorer(metrics=[accuracy()])
def is_json() -> Any:
    """Whether the answer is JSON."""

    async def score(state: Any, target: Any) -> Score:
        try:
            json.loads(state.output.completion)
        except ValueError:
            return Score(value="I")
        return Score(value="C")

    return score


@task
def work() -> Task:
    """Every case, held to both."""
    return Task(dataset=json_dataset(os.environ["BENCH_CASES"]),
                solver=[system_message("Answer with JSON only."), generate(cache=False)],
                scorer=[is_json(), includes()])
