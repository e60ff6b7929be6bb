"""What stands for other content, and what it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.trees.pointers import dvc_pointers, lfs_pointer, named_by_digest

SPEC = "version https://git-lfs.github.com/spec/v1\n"
OID = "oid sha256:" + "4d" * 32 + "\n"


def test_a_pointer_of_the_specification() -> None:
    pointer = lfs_pointer(f"{SPEC}{OID}size 12345\n".encode())
    assert str(pointer) == "Git LFS sha256:4d4d4d4d4d4d, 12345 bytes"


def test_a_pointer_with_an_extension_line() -> None:
    assert lfs_pointer(f"{SPEC}ext-0-foo sha256:{'ab' * 32}\n{OID}size 1\n".encode()) is not None


@pytest.mark.parametrize("text", [
    "", SPEC, f"{SPEC}{OID}", f"{OID}size 1\n", f"{SPEC}{OID}size x\n",
    f"{SPEC}{OID}size 1\nand more\n", f"{SPEC}{OID.upper()}size 1\n", f" {SPEC}{OID}size 1\n",
    f"{SPEC}ext-0-{'x' * 2000} y\n{OID}size 1\n",
])
def test_what_only_looks_like_one(text: str) -> None:
    assert lfs_pointer(text.encode()) is None


def test_the_outputs_of_a_dvc_file() -> None:
    text = f"outs:\n- md5: {'0a' * 16}\n  size: 7\n  path: model.gguf\n- md5: {'0b' * 16}.dir\n" \
           "  path: data\n"
    assert [str(one) for one in dvc_pointers("models/x.dvc", text.encode())] == [
        "DVC md5:0a0a0a0a0a0a, 7 bytes", "DVC md5:0b0b0b0b0b0b"]
    assert dvc_pointers("models/x.yaml", text.encode()) == ()


@given(st.binary(max_size=300))
def test_any_bytes_are_named_or_are_text(content: bytes) -> None:
    for path in ("x.dvc", "x.bin"):
        assert isinstance(named_by_digest(path, content), str)


def test_text_is_not_named_by_digest() -> None:
    assert named_by_digest("app.py", b"print('hello')\n") == ""
    assert named_by_digest("x.bin", b"\0\1") == "sha256:b413f47d13ee, 2 bytes"
