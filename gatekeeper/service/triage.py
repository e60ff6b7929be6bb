"""Why a service did not start: the likely cause, from the engine's facts and the last lines. Pure.

The first rule that fits names the cause; the facts themselves are always reported beside it.
"""

from __future__ import annotations

import re

from gatekeeper.model import Fault
from gatekeeper.neutral import for_shell
from gatekeeper.ports import Life, StartFailure, Unfetched

_IN_LOGS = (
    (r"(?i)address already in use", "its port is in use inside"),
    (r"ModuleNotFoundError: No module named '?([\w.]+)", "a Python module is missing: {0}"),
    (r"ImportError: ([^\n]{1,120})", "an import failed: {0}"),
    (r"(?i)cuda (?:error|driver)|no cuda|nvidia-smi|libcuda", "CUDA is absent or does not fit"),
    (r"(?i)(?:no such file or directory|FileNotFoundError(?!: \[errno)|file not found|cannot open)"
     r"\b:?([^\n]{0,120})", "a file is missing{0}"),
    (r"(?i)read-only file system:?([^\n]{0,80})",
     "it writes to a read-only file system{0}; `service.sandbox.tmpfs` makes a folder writable"),
    (r"(?i)permission denied:?([^\n]{0,80})", "it was denied permission{0}"),
    (r"(?i)out of memory|MemoryError|cannot allocate memory", "it ran out of memory"),
    (r"([A-Z]\w+(?:Error|Exception)): ([^\n]{1,160})", "{0}: {1}"),
)
_CODES = {
    126: "its command cannot be executed",
    127: "its command was not found",
    137: "it was killed (SIGKILL)",
    139: "it crashed (segmentation fault)",
    143: "it was asked to stop (SIGTERM)",
}


def cause_of_exit(life: Life, logs: str) -> str:
    """One line for a service that ended by itself."""
    code = f"exit code {life.exit_code}" if life.exit_code is not None else "no exit code"
    if life.out_of_memory:
        return f"killed for memory ({code}): raise `service.resources.memory` or use less"
    likely = _from_logs(logs) or _CODES.get(life.exit_code or 0, "")
    return f"exited ({code}){': ' + likely if likely else ''}"


def cause_of_silence(seconds: float, waiting_for: str, logs: str) -> str:
    """One line for a service that runs and does not become ready."""
    likely = _from_logs(logs)
    return f"not ready within {seconds:g} s: {waiting_for}{'; ' + likely if likely else ''}"


def cause_of_unfetched(missing: tuple[Unfetched, ...], commit: str) -> StartFailure:
    """A side whose build would hold pointers in place of their contents, with the step to take."""
    first = missing[0]
    what, step = {
        "Git LFS": ("an unfetched Git LFS pointer",
                    f"`git lfs fetch origin {commit[:12] or 'HEAD'}`; in a workflow `lfs: true` at "
                    "actions/checkout"),
        "DVC": ("an unfetched DVC pointer", f"`dvc pull {for_shell(first.path)}`, or leave it out "
                "with .dockerignore"),
        "submodule": ("a submodule that is not checked out", "`git submodule update --init`; in a "
                      "workflow `submodules: true` at actions/checkout"),
    }[first.kind]
    more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    listed = "\n".join(f"{one.path}: {one.kind}" for one in missing)
    return StartFailure(f"{first.path} is {what}{more}: {step}", Fault.WORLD, logs=listed)


def _from_logs(logs: str) -> str:
    for pattern, words in _IN_LOGS:
        match = re.search(pattern, logs)
        if match:
            groups = [_bare(group or "") for group in match.groups()]
            if re.search(r"\w\{0\}", words):  # what may follow, and need not
                groups = [f": {groups[0]}" if groups[0] else ""]
            return words.format(*groups)
    return ""


def _bare(text: str) -> str:
    """A piece of a log line without white space, colons and a pair of quotes round it."""
    piece = " ".join(text.split()).strip(" :")
    quoted = re.fullmatch(r"(['\"])([^'\"]*)\1", piece)
    return quoted[2] if quoted else piece
