"""The floor: what a gate has to do at least. Reads cases, asks on `http.client`, one connection a
thread, holds each reply to the same two checks, writes outputs, outcomes and times as JSON.

    python bare_gate.py CASES.jsonl PORT CONNECTIONS OUT.json
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
from pathlib import Path
from time import perf_counter
from typing import Any

CASES, PORT, CONNECTIONS, OUT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
SYSTEM = {"role": "system", "content": "Answer with JSON only."}


def main() -> int:
    """0 where every case passes."""
    cases = [json.loads(line) for line in Path(CASES).read_text().splitlines()]
    waiting, lock = iter(cases), threading.Lock()
    results: list[dict[str, Any]] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        while True:
            with lock:
                case = next(waiting, None)
            if case is None:
                return
            body = json.dumps({"model": "local", "temperature": 0, "messages": [
                SYSTEM, {"role": "user", "content": case["input"]}]}).encode()
            began = perf_counter()
            connection.request("POST", "/v1/chat/completions", body,
                               {"Content-Type": "application/json"})
            reply = connection.getresponse().read()
            took = (perf_counter() - began) * 1000
            text = json.loads(reply)["choices"][0]["message"]["content"]
            results.append({"id": case["id"], "output": text, "is_json": is_json(text),
                            "contains": case["target"] in text, "latency_ms": took})

    workers = [threading.Thread(target=work) for _ in range(min(CONNECTIONS, len(cases)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    Path(OUT).write_text(json.dumps(results))
    return int(len(results) < len(cases)
               or not all(one["is_json"] and one["contains"] for one in results))


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


sys.exit(main())
