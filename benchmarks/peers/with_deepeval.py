"""The work with deepeval. It has no runner for the service under test, so threads of `requests`
fill its test cases; two metrics of our own, without a model, judge them.

    python with_deepeval.py CASES.jsonl PORT CONNECTIONS OUT.json
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

import requests
from deepeval import evaluate
from deepeval.evaluate.configs import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase

CASES, PORT, CONNECTIONS, OUT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
URL = f"http://127.0.0.1:{PORT}/v1/chat/completions"
LOCAL = threading.local()
TIMES: list[float] = []


class Metric(BaseMetric):  # type: ignore[misc]
    """Holds or does not."""

    threshold, async_mode, include_reason, strict_mode = 1.0, True, False, False
    evaluation_model = evaluation_cost = None

    def __init__(self) -> None:
        self.error, self.reason, self.skipped = None, None, False

    def measure(self, test_case: Any, *args: Any, **more: Any) -> float:
        self.score = float(self.holds(test_case))
        self.success = self.score >= 1
        return self.score

    async def a_measure(self, test_case: Any, *args: Any, **more: Any) -> float:
        return self.measure(test_case)

    def is_successful(self) -> bool:
        return self.success

    def holds(self, test_case: Any) -> bool:
        raise NotImplementedError


class IsJson(Metric):
    __name__ = "is-json"

    def holds(self, test_case: Any) -> bool:
        try:
            json.loads(test_case.actual_output)
        except ValueError:
            return False
        return True


class Contains(Metric):
    __name__ = "contains"

    def holds(self, test_case: Any) -> bool:
        return bool(test_case.expected_output in test_case.actual_output)


def ask(case: dict[str, Any]) -> Any:
    """One case, asked."""
    if not hasattr(LOCAL, "session"):
        LOCAL.session = requests.Session()
    began = perf_counter()
    reply = LOCAL.session.post(URL, timeout=30, json={
        "model": "local", "temperature": 0, "messages": [
            {"role": "system", "content": "Answer with JSON only."},
            {"role": "user", "content": case["input"]}]})
    TIMES.append((perf_counter() - began) * 1000)
    return LLMTestCase(input=case["input"], expected_output=case["target"],
                       actual_output=reply.json()["choices"][0]["message"]["content"])


cases = [json.loads(line) for line in Path(CASES).read_text().splitlines()]
with ThreadPoolExecutor(CONNECTIONS) as pool:
    asked = list(pool.map(ask, cases))
done = evaluate(
    test_cases=asked, metrics=[IsJson(), Contains()],
    async_config=AsyncConfig(run_async=True, max_concurrent=CONNECTIONS, throttle_value=0),
    display_config=DisplayConfig(show_indicator=False, print_results=False),
    cache_config=CacheConfig(write_cache=False, use_cache=False))
Path(OUT).write_text(json.dumps([{"latency_ms": took} for took in TIMES]))
sys.exit(any(not one.success for one in done.test_results))
