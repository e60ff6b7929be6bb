"""Contents that git only points to: taken from this machine, by digest, or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from gatekeeper.adapters.git import Git
from gatekeeper.ports import Unfetched
from tests.support.repository import Repository

MODEL = b"GGUF\0 the weights"
SHA256, MD5 = hashlib.sha256(MODEL).hexdigest(), hashlib.md5(MODEL).hexdigest()
POINTER = (f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA256}\n"
           f"size {len(MODEL)}\n")
DVC = f"outs:\n- md5: {MD5}\n  size: {len(MODEL)}\n  hash: md5\n  path: model.gguf\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository."""
    return Repository(tmp_path / "repository")


def exported(repository: Repository, tmp_path: Path) -> tuple[Path, tuple[Unfetched, ...]]:
    """The files of HEAD as a build would get them, and what is missing of them."""
    scratch, into = tmp_path / "scratch", tmp_path / "context"
    scratch.mkdir()
    into.mkdir()
    git = Git(repository.folder, scratch)
    return into, git.export(git.tree("HEAD"), "", into, lambda path: True)


def test_an_lfs_object_is_taken_from_the_store(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"models/x.gguf": POINTER})
    store = repository.folder / ".git/lfs/objects" / SHA256[:2] / SHA256[2:4] / SHA256
    store.parent.mkdir(parents=True)
    store.write_bytes(MODEL)
    into, missing = exported(repository, tmp_path)
    assert (into / "models/x.gguf").read_bytes() == MODEL
    assert missing == ()


def test_an_lfs_object_is_taken_from_the_working_copy(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"x.gguf": POINTER})
    (repository.folder / "x.gguf").write_bytes(MODEL)
    into, missing = exported(repository, tmp_path)
    assert (into / "x.gguf").read_bytes() == MODEL
    assert missing == ()


def test_an_object_with_another_digest_is_not_taken(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"x.gguf": POINTER})
    (repository.folder / "x.gguf").write_bytes(MODEL + b"!")
    into, missing = exported(repository, tmp_path)
    assert (into / "x.gguf").read_text() == POINTER
    assert missing == (Unfetched("x.gguf", "Git LFS"),)


def test_a_dvc_output_is_taken_from_the_cache(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"models/model.gguf.dvc": DVC, ".gitignore": ".dvc\n"})
    cache = repository.folder / ".dvc/cache/files/md5" / MD5[:2] / MD5[2:]
    cache.parent.mkdir(parents=True)
    cache.write_bytes(MODEL)
    into, missing = exported(repository, tmp_path)
    assert (into / "models/model.gguf").read_bytes() == MODEL
    assert missing == ()


def test_a_dvc_folder_is_taken_whole_or_not_at_all(
    repository: Repository, tmp_path: Path
) -> None:
    listing = json.dumps([{"md5": MD5, "relpath": "a/model.gguf"}]).encode()
    name = hashlib.md5(listing).hexdigest() + ".dir"
    repository.commit({"models.dvc": f"outs:\n- md5: {name}\n  path: models\n",
                       ".gitignore": ".dvc\n"})
    cache = repository.folder / ".dvc/cache/files/md5"
    (cache / name[:2]).mkdir(parents=True)
    (cache / name[:2] / name[2:]).write_bytes(listing)
    assert exported(repository, tmp_path)[1] == (Unfetched("models.dvc", "DVC"),)
    (cache / MD5[:2]).mkdir()
    (cache / MD5[:2] / MD5[2:]).write_bytes(MODEL)
    (tmp_path / "again").mkdir()
    into, missing = exported(repository, tmp_path / "again")
    assert (into / "models/a/model.gguf").read_bytes() == MODEL
    assert missing == ()


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b"])
def test_a_dvc_output_outside_the_folder_is_not_followed(
    repository: Repository, tmp_path: Path, path: str
) -> None:
    repository.commit({"x.dvc": f"outs:\n- md5: {MD5}\n  path: {path}\n"})
    into, missing = exported(repository, tmp_path)
    assert sorted(place.name for place in into.iterdir()) == ["x.dvc"]
    assert missing == ()


def test_a_submodule_is_exported_at_the_commit_that_the_tree_names(
    repository: Repository, tmp_path: Path
) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"tokenizer.json": "{}\n"})
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
                   str(other.folder), "vendor/tokenizer")
    repository.commit({})
    into, missing = exported(repository, tmp_path)
    assert (into / "vendor/tokenizer/tokenizer.json").read_text() == "{}\n"
    assert missing == ()


def test_a_submodule_that_is_not_checked_out_is_missing(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"app.py": ""})
    repository.git("update-index", "--add", "--cacheinfo",
                   f"160000,{'1' * 40},vendor/tokenizer")
    repository.git("commit", "--quiet", "--message", "submodule")
    into, missing = exported(repository, tmp_path)
    assert (into / "app.py").exists()
    assert missing == (Unfetched("vendor/tokenizer", "submodule"),)
