"""Runs inside the container of an own check, as `python3 -c`: the standard library, and no more.

The first line of the input is the check and how many replies follow, one a line. One answer a line
goes out for each, as soon as there is one. What the check prints itself goes to standard error.
"""

from __future__ import annotations

import json
import sys
import types
from typing import Any


def answer_to(function: Any, reply: dict[str, Any]) -> dict[str, Any]:
    """What the check says of one reply, or how it failed."""
    named = {name: reply[name] for name in ("case", "number", "side")}
    try:
        given = function(reply)
        found = {name: given[name] for name in ("passed", "expected", "got")}
        json.dumps(found)
    except Exception as error:
        return {**named, "error": f"{type(error).__name__}: {error}"[:300]}
    return {**named, **found}


def main() -> None:
    """Read, ask, answer."""
    out, sys.stdout = sys.stdout, sys.stderr
    job = json.loads(sys.stdin.buffer.readline())
    module = types.ModuleType("own_check")
    module.__file__ = job["path"]
    sys.modules["own_check"] = module
    exec(compile(job["source"], job["path"], "exec"), module.__dict__)
    function = getattr(module, job["function"])
    for _ in range(job["count"]):
        answer = answer_to(function, json.loads(sys.stdin.buffer.readline()))
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
