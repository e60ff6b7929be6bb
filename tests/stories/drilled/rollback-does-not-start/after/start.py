from __future__ import annotations

import runpy
import sys

sys.argv[0] = "service.py"
runpy.run_path("service.py", run_name="__main__")
