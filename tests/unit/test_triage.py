"""Why a service did not start, in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.ports import Life
from gatekeeper.service.triage import cause_of_exit, cause_of_silence
from tests.support.builders import hostile_text


def cause(logs: str, code: int | None = 1) -> str:
    """What is said of a service that ended with a code and these last lines."""
    return cause_of_exit(Life(running=False, exit_code=code), logs)


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ("OSError: [Errno 98] Address already in use", "its port is in use inside"),
        ("Traceback …\nModuleNotFoundError: No module named 'torch'",
         "a Python module is missing: torch"),
        ("ModuleNotFoundError: No module named 'a.b.c'", "a Python module is missing: a.b.c"),
        ("ImportError: libGL.so.1", "an import failed: libGL.so.1"),
        ("RuntimeError: CUDA error: no kernel image", "CUDA is absent or does not fit"),
        ("error: model file not found", "a file is missing"),
        ("PermissionError: [Errno 13] Permission denied: '/data'",
         "it was denied permission: /data"),
        ("mkdir: cannot create '/x': Read-only file system",
         "it writes to a read-only file system"),
        ("numpy.core._exceptions.MemoryError: Unable to allocate", "it ran out of memory"),
        ("Traceback …\nZeroDivisionError: division by zero\n",
         "ZeroDivisionError: division by zero"),
        ("pkg.mod.ConfigError: bad {0} {port}", "ConfigError: bad {0} {port}"),
        ("KeyError: '設定'", "KeyError: 設定"),
        ("listening on 8000", ""),
        ("", ""),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/models/x.gguf'",
         "its model is missing: /models/x.gguf"),
        ("llama_model_load: failed to open GGUF file '/models/x.gguf'",
         "its model is missing: /models/x.gguf"),
        ("OSError: org/m is not a local folder and is not a valid model identifier",
         "its model is missing"),
        ("RuntimeError: Found no NVIDIA driver on your system", "CUDA is absent or does not fit"),
        ("ImportError: libcudart.so.12: cannot open shared object file",
         "CUDA is absent or does not fit"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried", "the GPU ran out of memory"),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution",
         "it looks for something on the network, and has no way out"),
        ("OSError: [Errno 28] No space left on device", "a folder in memory is full"),
        ("OSError: [Errno 30] Read-only file system: '/app/cache'",
         "it writes to a read-only file system: /app/cache"),
        ("ImportError: cannot import name 'x' from 'y'",
         "an import failed: cannot import name 'x' from 'y'"),
        ("permission denied for user mori", "it was denied permission: for user mori"),
    ],
)
def test_the_likely_reason_is_read_from_the_last_lines(logs: str, words: str) -> None:
    said, _, look = cause(logs).partition(" → look at ")
    assert said == f"exited (exit code 1){': ' + words if words else ''}"
    assert look


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "exited (exit code 0)"),
        (1, "exited (exit code 1)"),
        (126, "exited (exit code 126): its command cannot be executed"),
        (127, "exited (exit code 127): its command was not found"),
        (137, "exited (exit code 137): it was killed (SIGKILL)"),
        (139, "exited (exit code 139): it crashed (segmentation fault)"),
        (143, "exited (exit code 143): it was asked to stop (SIGTERM)"),
        (None, "exited (no exit code)"),
    ],
)
def test_without_words_the_exit_code_speaks(code: int | None, said: str) -> None:
    assert cause("nothing to see", code).partition(" → look at ")[0] == said


def test_words_say_more_than_the_exit_code() -> None:
    assert cause("ValueError: no model", 137) == \
        "exited (exit code 137): ValueError: no model → look at its last lines"


def test_what_the_engine_knows_of_memory_comes_before_what_the_service_said() -> None:
    life = Life(running=False, exit_code=137, out_of_memory=True)
    assert cause_of_exit(life, "ValueError: no model") == \
        "killed for memory (exit code 137): raise `service.resources.memory` or use less"


def test_a_service_that_is_silent_is_told_with_what_was_waited_for() -> None:
    assert cause_of_silence(120.0, "GET /health refused", "") == \
        "not ready within 120 s: GET /health refused → look at `service.port`, and at the " \
        "address it listens on: 0.0.0.0, not 127.0.0.1"
    assert cause_of_silence(0.5, "GET /health 503", "ValueError: x") == \
        "not ready within 0.5 s: GET /health 503; ValueError: x → look at its last lines"


@pytest.mark.parametrize(("waiting_for", "look"), [
    ("GET /health answers HTTP 404", "`service.ready.path`"),
    ("GET /health answers HTTP 503", "its last lines: it says itself that it is not healthy"),
    ("GET /v1/models lists no model", "whether its model is loaded"),
    ("POST /v1/chat/completions answers HTTP 503",
     "its last lines: it is healthy and answers no request"),
    ("GET /health timed-out", "its last lines, and at `service.ready`"),
])
def test_what_was_waited_for_says_what_to_look_at(waiting_for: str, look: str) -> None:
    assert cause_of_silence(1, waiting_for, "").endswith(f"→ look at {look}")


@given(st.lists(st.sampled_from(["ImportError: ", "Permission denied", "No such file or directory",
                                 "Read-only file system", "ValueError: ", "{0}", "'", ": "])
                | hostile_text, max_size=6).map("".join))
def test_whatever_was_logged_the_cause_is_one_line(logs: str) -> None:
    assert len(cause(logs).splitlines()) == 1
    assert cause(logs).startswith("exited (exit code 1)")
