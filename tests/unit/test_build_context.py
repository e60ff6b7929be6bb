"""What a build is sent: the judged tree, and nothing of the machine that gates it."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from gatekeeper.adapters.build_context import build_folder, pack_context
from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A judged tree with a folder of the host beside it, and links of the change's into it."""
    host = tmp_path / "github" / "workspace"
    host.mkdir(parents=True)
    tree = tmp_path / "head"
    (tree / "service").mkdir(parents=True)
    for folder in (host, tree, tree / "service"):
        (folder / "Dockerfile").write_text("FROM scratch\n")
    (tree / "out").symlink_to(tmp_path / "github")
    (tree / "way").symlink_to("service")
    (tree / "round").symlink_to("round")
    (tree / "service" / "Host").symlink_to(host / "Dockerfile")
    (tree / "service" / "Own").symlink_to("Dockerfile")
    (tree / "service" / "Above").symlink_to("../Dockerfile")
    return tree


@pytest.mark.parametrize(("context", "dockerfile", "words"), [
    ("out", "workspace/Dockerfile", "the build context out leads out of the tree that is judged"),
    ("out/workspace", "Dockerfile", "the build context out/workspace leads out of the tree"),
    ("..", "Dockerfile", "the build context .. leads out of the tree"),
    ("../github/workspace", "Dockerfile", "leads out of the tree"),
    ("/", "Dockerfile", "the build context / leads out of the tree"),
    ("round", "Dockerfile", "the build context round leads"),
    ("x" * 300, "Dockerfile", "there is no Dockerfile"),
    ("nul\0", "Dockerfile", "leads nowhere"),
    ("way", "Dockerfile", "the build context way is reached through a link; name the folder"),
    ("nowhere", "Dockerfile", "there is no Dockerfile in the build context"),
    ("service", "Host", "the Dockerfile Host leads out of the build context service"),
    ("service", "Above", "the Dockerfile Above leads out of the build context service"),
    ("service", "../Dockerfile", "leads out of the build context service"),
    ("service", "/etc/passwd", "leads out of the build context service"),
])
def test_a_build_sees_the_judged_tree_and_nothing_else(
    tree: Path, context: str, dockerfile: str, words: str
) -> None:
    with pytest.raises(StartFailed) as failed:
        build_folder(tree, Build(context, dockerfile))
    assert words in failed.value.failure.cause
    assert failed.value.failure.fault is Fault.CHANGE


def test_ignore_rules_are_not_read_through_a_link(tree: Path) -> None:
    (tree / "service" / ".dockerignore").symlink_to("/etc/passwd")
    with pytest.raises(StartFailed, match=r"has a link as \.dockerignore"):
        build_folder(tree, Build("service"))


@pytest.mark.parametrize("context", ["service", "./service", "service/", "service/../service"])
@pytest.mark.parametrize("dockerfile", ["Dockerfile", "./Dockerfile", "Own"])
def test_a_build_inside_the_tree_is_taken(tree: Path, context: str, dockerfile: str) -> None:
    assert build_folder(tree, Build(context, dockerfile)) == (tree / "service").resolve()


def test_the_archive_begins_with_a_plain_header_whatever_the_first_file_is_called(
    tmp_path: Path
) -> None:
    for name in ("Dockerfile", "1返金.txt", "x" * 200):
        (tmp_path / name).write_text(name)
    with pack_context(tmp_path, "Dockerfile") as packed:
        first = packed.read(512)
        assert first[:2] == b"./"
        assert first[156:157] == tarfile.DIRTYPE
        packed.seek(0)
        with tarfile.open(fileobj=packed) as archive:
            assert archive.getnames()[1:] == ["1返金.txt", "Dockerfile", "x" * 200]
            assert {(one.uid, one.gid, one.mtime, one.uname) for one in archive} == {(0, 0, 0, "")}
