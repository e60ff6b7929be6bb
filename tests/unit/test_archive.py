"""Archives of a pack: what is laid into a folder, and all that is not."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from gatekeeper.adapters import archive, artifact
from gatekeeper.adapters.archive import read_archive, write_archive
from gatekeeper.errors import GatekeeperError
from gatekeeper.evidence.pack import Pack


def tarred(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """An archive of these members, whatever they are."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return target.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """One member."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Where a pack is laid, two folders down so that a way out would be seen."""
    folder = tmp_path / "outer" / "pack"
    folder.mkdir(parents=True)
    return folder


def test_a_pack_comes_back_as_it_was(tmp_path: Path, into: Path) -> None:
    pack = Pack.create(tmp_path / "evidence")
    files = {"run.json": "{}", "policy/head/manifest.yaml": "version: 1\n",
             "sources/head/" + "返金" * 30 + ".md": "long names too\n"}
    for name, content in files.items():
        pack.write(name, content)
    pack.seal({"head_tree": "x"})
    pack.close()
    target = io.BytesIO()
    write_archive(pack.folder, target)
    read_archive(target.getvalue(), into)
    back = {place.relative_to(into).as_posix(): place.read_text("utf-8")
            for place in into.rglob("*") if place.is_file()}
    assert back == {**files, "manifest.json": (pack.folder / "manifest.json").read_text()}


HOSTILE = {
    "a way out": [(member("evidence/../../run.json"), b"x")],
    "a way out of a folder": [(member("evidence/sources/../../run.json"), b"x")],
    "a place of its own": [(member("/tmp/run.json"), b"x")],
    "a double slash": [(member("evidence//run.json"), b"x")],
    "another folder": [(member("policy/run.json"), b"x")],
    "no folder": [(member("run.json"), b"x")],
    "a stranger": [(member("evidence/setup.py"), b"x")],
    "a link": [(member("evidence/run.json", tarfile.SYMTYPE, "/etc/passwd"), b"")],
    "a hard link": [(member("evidence/run.json", tarfile.LNKTYPE, "evidence/x"), b"")],
    "a device": [(member("evidence/run.json", tarfile.CHRTYPE), b"")],
    "a pipe": [(member("evidence/run.json", tarfile.FIFOTYPE), b"")],
    "one name twice": [(member("evidence/run.json"), b"x"), (member("evidence/run.json"), b"y")],
    "a file where a folder is": [(member("evidence/policy/a"), b"x"),
                                 (member("evidence/policy/a/b"), b"x")],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_archive_that_is_no_pack_is_refused(into: Path, what: str) -> None:
    with pytest.raises(GatekeeperError):
        read_archive(tarred(*HOSTILE[what]), into)
    outside = [place for place in into.parent.parent.rglob("*")
               if place.is_file() and not place.is_relative_to(into)]
    assert outside == []
    assert not any(place.is_symlink() for place in into.rglob("*"))


def test_a_sparse_file_is_refused(into: Path) -> None:
    """A few bytes that would be read back as very many zeros."""
    info = member("evidence/run.json")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "evidence/run.json",
                        "GNU.sparse.realsize": str(10**15)}
    with pytest.raises(GatekeeperError):
        read_archive(tarred((info, b"0\n".ljust(512, b"\0"))), into)


def test_what_inflates_to_more_than_a_pack_is_refused(
    into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 10_000)
    bomb = gzip.compress(b"\0" * 1_000_000)
    with pytest.raises(GatekeeperError, match="more than 10000 bytes"):
        read_archive(bomb, into)
    with pytest.raises(GatekeeperError, match="more than 10000 bytes"):
        read_archive(gzip.compress(b"\0" * 9_000) * 2, into)


def test_too_many_files_are_refused(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    with pytest.raises(GatekeeperError, match="more than 2 files"):
        read_archive(tarred(*((member(f"evidence/sources/head/{n}"), b"") for n in range(3))), into)


@pytest.mark.parametrize("cut", [1, 12, 40, 90])
def test_an_archive_that_breaks_off_is_refused(into: Path, cut: int) -> None:
    whole = tarred((member("evidence/run.json"), b"{}" * 200))
    with pytest.raises(GatekeeperError):
        read_archive(whole[:cut], into)


def test_an_artifact_as_github_zips_it_is_read_too(into: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as zipped:
        zipped.writestr("run.json", "{}")
    read_archive(target.getvalue(), into)
    assert (into / "run.json").read_text() == "{}"
    assert artifact.MAX_BYTES == archive.MAX_BYTES
