from __future__ import annotations

import pathlib
import runpy
import sys

lock = pathlib.Path("lock")
if lock.exists():
    replies = pathlib.Path("replies.json")
    replies.write_text(replies.read_text().replace("30 days", "90 days"))
lock.touch()
sys.argv[0] = "service.py"
runpy.run_path("service.py", run_name="__main__")
