from __future__ import annotations

import pathlib
import runpy
import sys

lock = pathlib.Path("lock")
if lock.exists():
    raise SystemExit("RuntimeError: lock is there: another instance runs")
lock.touch()
sys.argv[0] = "service.py"
runpy.run_path("service.py", run_name="__main__")
