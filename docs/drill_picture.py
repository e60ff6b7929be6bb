"""The picture in docs/drill.md: a real drill of the example in Docker, as a terminal shows it.

    make drill-picture
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "images" / "drill.svg"
FAILURES = ("does-not-start", "killed", "out-of-memory", "hung", "truncated-stream")
WIDTH = 100
_HASH = re.compile(r"[0-9a-f]{12}")
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""They would be fetched from elsewhere; every reader has a monospaced one."""


def drilled(folder: Path) -> str:
    """What the terminal shows, colours and all."""
    repository = folder / "policy-assistant"
    shutil.copytree(ROOT / "examples" / "policy-assistant", repository)
    git = ["git", "-c", "user.name=Demo", "-c", "user.email=demo@example.com"]
    for step in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"],
                 ["commit", "--quiet", "--message", "The policy assistant"]):
        subprocess.run([*git, *step], cwd=repository, check=True)
    image = os.environ.get("PYTHON_IMAGE", "python:3.12-slim")
    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "drill", "--runtime", "docker",
         "--build-arg", f"PYTHON_IMAGE={image}",
         *(word for name in FAILURES for word in ("--failure", name))],
        cwd=repository, stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "PYTHONSAFEPATH": "1"})
    return done.stdout


def main() -> int:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        text = drilled(Path(folder))
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text("$ gatekeeper drill", style="bold"))
    console.print(Text.from_ansi(_HASH.sub("3f1c9a7be204", text)))
    OUT.write_text(_FONTS.sub("", console.export_svg(title="gatekeeper drill")), "utf-8")
    print(OUT.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
