"""The action's inputs: an environment in, options out, every complaint with the input's name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import UsageError
from gatekeeper.github.event import DESK, Event
from gatekeeper.github.inputs import INPUTS, read_inputs
from gatekeeper.options import Options

WORKSPACE = Path("/github/workspace")


def read(workspace: Path = WORKSPACE, event: Event = DESK, **inputs: str) -> Options:
    """Options from inputs; `build_args` is the input `build-args`."""
    environment = {f"INPUT_{name.upper().replace('_', '-')}": value
                   for name, value in inputs.items()}
    return read_inputs(environment, event, workspace)


def test_without_inputs_the_policy_says_it_all() -> None:
    event = Event("merge_group")
    options = read(event=event)
    assert options == Options(
        folder=WORKSPACE, manifest="gatekeeper.yaml", runtime="docker",
        evidence=WORKSPACE / "gatekeeper-evidence", baseline="run", event=event)


def test_every_input_left_empty_is_as_good_as_left_out() -> None:
    assert read(**{one.name.replace("-", "_"): " " for one in INPUTS}) == read()


def test_inputs_are_read() -> None:
    options = read(manifest="ci/gate.yaml", evidence="out/pack", baseline="none", repeats=" 3 ",
                   concurrency="8", force="True", build_args="A=1\r\n B=x y=z \n\nC=\n")
    assert options.manifest == "ci/gate.yaml"
    assert options.evidence == WORKSPACE / "out/pack"
    assert (options.baseline, options.repeats, options.concurrency, options.force) == (
        "none", 3, 8, True)
    assert options.build_args == {"A": "1", "B": "x y=z", "C": ""}


def test_a_dash_may_have_become_an_underscore() -> None:
    options = read_inputs({"INPUT_BUILD_ARGS": "A=1"}, DESK, WORKSPACE)
    assert options.build_args == {"A": "1"}


@pytest.mark.parametrize("name", ["runtime", "url", "base", "head", "cases"])
def test_the_runtime_and_the_trees_are_not_the_workflows_to_choose(name: str) -> None:
    assert read(**{name: "process"}) == read()


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        ("repeats", "0", "input `repeats`: `0` is not a whole number above 0", ""),
        ("repeats", "-1", "input `repeats`: `-1` is not a whole number above 0", ""),
        ("concurrency", "1.5", "input `concurrency`: `1.5` is not a whole number above 0", ""),
        ("concurrency", "many", "input `concurrency`: `many` is not a whole number above 0", ""),
        ("concurrency", "1025", "input `concurrency`: `1025` is more than 1024", ""),
        ("repeats", "9" * 5000, f"input `repeats`: `{'9' * 5000}` is more than 1000", ""),
        ("force", "yes", "input `force`: `yes` is neither true nor false", "one of: false, true"),
        ("force", "ture", "input `force`: `ture` is neither true nor false",
         "did you mean `true`?"),
        ("baseline", "non", "input `baseline`: unknown word `non`", "did you mean `none`?"),
        ("baseline", "evidence/", "input `baseline`: unknown word `evidence/`",
         "one of: none, run"),
        ("manifest", "../x.yaml", "input `manifest`: `../x.yaml` is not below the workspace", ""),
        ("manifest", "/etc/x.yaml", "input `manifest`: `/etc/x.yaml` is not below the workspace",
         ""),
        ("evidence", ".", "input `evidence`: `.` is not below the workspace", ""),
        ("evidence", "a/../..", "input `evidence`: `a/../..` is not below the workspace", ""),
        ("build_args", "A=1\nB", "input `build-args`: `B` is not NAME=VALUE", ""),
        ("build_args", "=1", "input `build-args`: `=1` is not NAME=VALUE", ""),
        ("repeats", "²", "input `repeats`: `²` is not a whole number above 0", ""),
    ],
)
def test_a_wrong_input_is_told_by_its_name(
    name: str, value: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        read(**{name: value})
    assert (refused.value.message, refused.value.help) == (message, hint)


def test_a_link_out_of_the_workspace_is_no_place_for_evidence(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "out").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="is not below the workspace"):
        read(workspace, evidence="out/pack")


@given(st.dictionaries(st.sampled_from([one.name.replace("-", "_") for one in INPUTS]),
                       st.text(st.characters(min_codepoint=32, max_codepoint=0xB0), max_size=8)))
def test_any_inputs_are_options_or_a_complaint(inputs: dict[str, str]) -> None:
    try:
        options = read(**inputs)
    except UsageError as refused:
        assert refused.message.startswith("input `")  # noqa: PT017 - either is right
    else:
        assert WORKSPACE in options.evidence.parents
        assert options.runtime == "docker"
