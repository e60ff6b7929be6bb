"""Why a service did not start: the likely cause, from the engine's facts and the last lines. Pure.

The first rule that fits names the cause; the facts themselves are always reported beside it.
"""

from __future__ import annotations

import re

from gatekeeper.model import Fault
from gatekeeper.neutral import for_shell
from gatekeeper.ports import Life, StartFailure, Unfetched

_MISSING = (r"no such file or directory|FileNotFoundError(?!: \[errno)|file not found|cannot open"
            r"|failed to (?:open|load)(?: gguf)?(?: file| model)?")
_WEIGHTS = r"\.(?:gguf|safetensors|onnx|ckpt|pth?|bin)\b"
_IN_LOGS = (
    (r"(?i)address already in use", "its port is in use inside",
     "`service.port`, and at what its command starts twice"),
    (r"(?i)CUDA out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaMalloc failed",
     "the GPU ran out of memory", "the model's size, and at what else uses the GPU"),
    (r"(?i)cuda[ _](?:error|driver)|no cuda|compiled with CUDA|found no nvidia driver|nvidia-smi"
     r"|libcuda|libcudart|libcublas", "CUDA is absent or does not fit",
     "`service.resources.gpus`, and at the CUDA version of the image"),
    (r"ModuleNotFoundError: No module named '?([\w.]+)", "a Python module is missing: {0}",
     "its requirements"),
    (r"ImportError: ([^\n]{1,120})", "an import failed: {0}", "its requirements"),
    (rf"(?i)(?:{_MISSING})\b:?([^\n]{{0,120}}{_WEIGHTS}[^\n]{{0,40}})", "its model is missing: {0}",
     "`service.models`, and at the path it is given"),
    (r"(?i)is not a valid model identifier|not a local folder|Repository Not Found for url",
     "its model is missing", "`service.models`, and at the path it is given"),
    (r"(?i)temporary failure in name resolution|name or service not known"
     r"|network is unreachable|getaddrinfo failed|failed to resolve|NameResolutionError",
     "it looks for something on the network, and has no way out",
     "`service.models` for weights, else at `service.egress`"),
    (rf"(?i)(?:{_MISSING})\b:?([^\n]{{0,120}})", "a file is missing{0}",
     "what the image holds, and at .dockerignore"),
    (r"(?i)read-only file system:?([^\n]{0,80})", "it writes to a read-only file system{0}",
     "`service.sandbox.tmpfs`, which makes a folder writable"),
    (r"(?i)no space left on device:?([^\n]{0,80})", "a folder in memory is full{0}",
     "the sizes of `service.sandbox.tmpfs`"),
    (r"(?i)permission denied:?([^\n]{0,80})", "it was denied permission{0}",
     "the user it runs as, and at who owns the file"),
    (r"(?i)out of memory|MemoryError|cannot allocate memory", "it ran out of memory",
     "`service.resources.memory`"),
    (r"([A-Z]\w+(?:Error|Exception)): ([^\n]{1,160})", "{0}: {1}", "its last lines"),
)
"""Pattern in the last lines, the likely reason, and what to look at next."""
_CODES = {
    126: ("its command cannot be executed", "ENTRYPOINT and CMD, and whether the file may be run"),
    127: ("its command was not found", "ENTRYPOINT and CMD"),
    137: ("it was killed (SIGKILL)", "who kills it, and at the machine's memory"),
    139: ("it crashed (segmentation fault)", "its native libraries and their processor"),
    143: ("it was asked to stop (SIGTERM)", "who stops it"),
}
_SILENCES = (
    (r"^GET /v1/models ", "whether its model is loaded"),
    (r"^GET \S+ answers HTTP 40[45]", "`service.ready.path`"),
    (r"^GET \S+ answers ", "its last lines: it says itself that it is not healthy"),
    (r"^\S+ \S+ (?:refused|dropped)",
     "`service.port`, and at the address it listens on: 0.0.0.0, not 127.0.0.1"),
    (r"^POST ", "its last lines: it is healthy and answers no request"),
)
"""What was waited for, and what to look at next."""


def cause_of_exit(life: Life, logs: str) -> str:
    """One line for a service that ended by itself, with what to look at next."""
    code = f"exit code {life.exit_code}" if life.exit_code is not None else "no exit code"
    if life.out_of_memory:
        return f"killed for memory ({code}): raise `service.resources.memory` or use less"
    likely, look = _from_logs(logs) or _CODES.get(life.exit_code or 0, ("", "its last lines"))
    return f"exited ({code}){': ' + likely if likely else ''} → look at {look}"


def cause_of_silence(seconds: float, waiting_for: str, logs: str) -> str:
    """One line for a service that runs and does not become ready, with what to look at next."""
    likely, look = _from_logs(logs) or ("", "")
    look = look or next((told for pattern, told in _SILENCES if re.search(pattern, waiting_for)),
                        "its last lines, and at `service.ready`")
    return f"not ready within {seconds:g} s: {waiting_for}{'; ' + likely if likely else ''} " \
           f"→ look at {look}"


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


def _from_logs(logs: str) -> tuple[str, str] | None:
    for pattern, words, look in _IN_LOGS:
        match = re.search(pattern, logs)
        if match:
            groups = [_bare(group or "") for group in match.groups()]
            if re.search(r"\w\{0\}", words):  # what may follow, and need not
                groups = [f": {groups[0]}" if groups[0] else ""]
            return words.format(*groups), look
    return None


def _bare(text: str) -> str:
    """A piece of a log line without white space, colons and a pair of quotes round it."""
    piece = " ".join(text.split()).strip(" :")
    quoted = re.fullmatch(r"(['\"])([^'\"]*)\1", piece)
    return quoted[2] if quoted else piece
