"""What a build is made of."""

from __future__ import annotations

import pytest

from gatekeeper.manifest.service import Build, Service
from gatekeeper.trees.context import Context, context_of


def context(rules: str, service: Service | None = None, folder: str = "") -> Context:
    """The context of a service in a folder, with the rules of its `.dockerignore`."""
    found = context_of(service or Service(build=Build()), folder, lambda _: rules.encode())
    assert found is not None
    return found


def test_the_dockerfile_and_the_rules_are_always_part_of_it() -> None:
    made = context("*\n", Service(build=Build(dockerfile="docker/Dockerfile")))
    assert made.holds("docker/Dockerfile")
    assert made.holds(".dockerignore")
    assert not made.holds("app.py")


def test_a_folder_of_its_own() -> None:
    made = context("*.md\n", Service(build=Build(context="app")), "services/b")
    assert made.folder == "services/b/app"
    assert made.holds("services/b/app/x.py")
    assert not made.holds("services/b/app/x.md")
    assert not made.holds("services/b/other.py")


def test_an_image_that_is_not_built_here_has_none() -> None:
    assert context_of(Service(image="a:1"), "", lambda _: None) is None


def test_a_command_alone_is_made_of_everything() -> None:
    assert context("*\n", Service(command=("run",))).holds("app.py")


@pytest.mark.parametrize(
    ("rules", "may"),
    [("", True), ("vendor\n", False), ("*\n", False), ("*\n!vendor/**\n", True),
     ("*\n!app.py\n", True)],
)
def test_a_submodule_may_be_built_where_a_rule_could_let_its_files_in(
    rules: str, may: bool
) -> None:
    """Of a submodule git names the folder alone: an allow-list must not hide what is in it."""
    assert context(rules).may_hold_below("vendor") is may
