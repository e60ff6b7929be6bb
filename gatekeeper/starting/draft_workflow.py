"""The workflow that gates every pull request, made of the one that the documentation hands out.
Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.trees.working import Files

TEMPLATE = Path(__file__).parent / "gate.yml"
"""docs/workflows/gate.yml, to the byte."""
PLACE = ".github/workflows/gate.yml"
ACTION = "OWNER/gatekeeper@v1"
_BRANCH = re.compile(r"[A-Za-z0-9][\w./-]{0,99}")
_GATES = re.compile(r"uses:\s*[\"']?[\w.-]+/gatekeeper(?:@|/)|gatekeeper\s+run\b")


def draft_workflow(branch: str, manifest: str) -> str:
    """The workflow for a default branch and a manifest, as the repository knows it."""
    text = TEMPLATE.read_text("utf-8")
    text = text.replace("Copy it to .github/workflows/gate.yml, write your", "Write your")
    if _BRANCH.fullmatch(branch) and branch.lower() not in ("yes", "no", "on", "off", "true"):
        text = text.replace("branches: [main]", f"branches: [{branch}]")
    if manifest != "gatekeeper.yaml":
        text = text.replace("        with:\n          accept-policy",
                            f"        with:\n          manifest: {json.dumps(manifest)}\n"
                            "          accept-policy")
    return text


def gates_already(files: Files) -> Iterator[str]:
    """Workflows that run the gate, under whatever name."""
    return (path for path, text in files.texts(r"\.github/workflows/[^/]+\.ya?ml", 50)
            if _GATES.search(text))
