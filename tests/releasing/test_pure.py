"""Names of tags, sizes of bumps, and whose runs are believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.formats.tags import FIRST, TagPattern, Version, fault_of_pattern
from gatekeeper.github.releases import RunSeen
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.release import Release
from gatekeeper.model import Change, ChangeKind
from gatekeeper.releasing.bump import BY_KIND, Bump, by_commits, by_kinds, by_labels, next_version
from gatekeeper.releasing.provenance import Home, same_workflow, why_not

VERSIONS = st.builds(Version, *[st.integers(0, 10**9 - 1)] * 3)
PATTERNS = ("v{major}.{minor}.{patch}", "{major}.{minor}.{patch}", "api/v{major}.{minor}.{patch}",
            "assistant-{major}-{minor}_{patch}-final")


@given(version=VERSIONS, pattern=st.sampled_from(PATTERNS))
def test_a_tag_reads_back_as_the_version_it_was_made_of(version: Version, pattern: str) -> None:
    named = TagPattern(pattern)
    assert named.read(named.name(version)) == version


@pytest.mark.parametrize("tag", ["v1.2", "v1.2.3-rc1", "1.2.3", "v01.2.3", "v1.2.3.4", "V1.2.3",
                                 "v1.2.3\n", "v１.2.3", "nightly", "v1.2.9999999999"])
def test_what_is_no_release_tag_reads_as_none(tag: str) -> None:
    assert TagPattern().read(tag) is None


def test_the_newest_is_by_number_and_not_by_name() -> None:
    tags = {"v1.9.0": "a", "v1.10.0": "b", "v1.10.1-rc1": "c", "nightly": "d", "v2.0.0": "e"}
    assert TagPattern().newest(tags) == ("v2.0.0", "e")
    assert TagPattern().newest(tags, besides="e") == ("v1.10.0", "b")
    assert TagPattern().newest({"nightly": "d"}) is None


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_that_git_takes(pattern: str) -> None:
    assert fault_of_pattern(pattern) == ""


@pytest.mark.parametrize("pattern", [
    "v1", "v{major}.{minor}", "v{minor}.{major}.{patch}", "v{major}{minor}.{patch}",
    "v{major}.{minor}.{patch}.{patch}", "v{major}.{minor}.{patch}.{build}",
    "v {major}.{minor}.{patch}",
    "-{major}.{minor}.{patch}", "v{major}.{minor}.{patch}.lock", "v{major}..{minor}.{patch}",
    "a//{major}.{minor}.{patch}", "1{major}.{minor}.{patch}", "v{major}1{minor}.{patch}",
    "v{major}.{minor}.{patch}7", "@{major}.{minor}.{patch}", "v{major}.{minor}.{patch}" + "x" * 99,
])
def test_a_pattern_that_is_none(pattern: str) -> None:
    assert fault_of_pattern(pattern)


def change(kind: ChangeKind) -> Change:
    """A change of a kind."""
    return Change(kind, "x", note="edited")


def test_every_kind_of_change_has_a_size() -> None:
    assert set(BY_KIND) == set(ChangeKind)


@pytest.mark.parametrize(("kinds", "bump"), [
    ([], Bump("patch", "nothing that counts changed")),
    ([ChangeKind.CODE, ChangeKind.CASES], Bump("patch", "code changed")),
    ([ChangeKind.CODE, ChangeKind.PROMPT], Bump("minor", "prompt changed")),
    ([ChangeKind.PROMPT, ChangeKind.CONTRACT], Bump("major", "contract changed")),
])
def test_a_bump_by_kinds(kinds: list[ChangeKind], bump: Bump) -> None:
    assert by_kinds(map(change, kinds)) == bump


@pytest.mark.parametrize(("labels", "bump"), [
    (["bug", "minority"], Bump("patch", "no pull request has a label that says more")),
    (["minor", "release:patch"], Bump("minor", "label minor")),
    (["semver/major", "minor"], Bump("major", "label semver/major")),
    (["Release: Minor"], Bump("minor", "label Release: Minor")),
])
def test_a_bump_by_labels(labels: list[str], bump: Bump) -> None:
    assert by_labels(labels) == bump


@pytest.mark.parametrize(("messages", "size"), [
    ([], "patch"), (["Feature done", "fix: a"], "patch"), (["fix: a", "feat: b"], "minor"),
    (["feat(api)!: c", "feat: b"], "major"), (["fix: a\n\nBREAKING CHANGE: d"], "major"),
    (["fix: a\n\nBREAKING-CHANGE: d"], "major"), (["no BREAKING CHANGE: here"], "patch"),
    (["feat:nothing"], "patch"),
])
def test_a_bump_by_commits(messages: list[str], size: str) -> None:
    assert by_commits(messages).size == size


def test_the_next_version() -> None:
    assert next_version(None, Bump("major", "")) == FIRST
    for size, after in (("major", (2, 0, 0)), ("minor", (1, 3, 0)), ("patch", (1, 2, 4))):
        assert next_version(Version(1, 2, 3), Bump(size, "")) == after


HOME = Home("acme/assistant", "main")
QUEUED = "gh-readonly-queue/main/pr-1-" + "b" * 40


def run(event: str = "push", branch: str = "main", repository: str = "acme/assistant",
        head: str = "acme/assistant") -> RunSeen:
    """A run that may be believed, but for what is given."""
    return RunSeen(7, event, ".github/workflows/gate.yml", "a" * 40, branch, repository, head, "")


def test_runs_that_are_believed() -> None:
    assert why_not(run(), HOME) == ""
    assert why_not(run("merge_group", QUEUED), HOME) == ""


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "workflow_dispatch",
                                   "workflow_run", "schedule", "release", ""])
def test_other_events_are_not_believed(event: str) -> None:
    assert "whose author writes the workflow" in why_not(run(event), HOME)


@pytest.mark.parametrize("other", [
    run(head="mallory/assistant"), run(head=""), run(repository="mallory/assistant"),
    run(branch="topic"), run(branch="v1.0.0"), run("merge_group", "topic"),
    run("merge_group", "gh-readonly-queue/next/pr-1-" + "b" * 40), run("merge_group", "main"),
    run("push", QUEUED),
])
def test_runs_that_are_not_this_branchs_own_are_not_believed(other: RunSeen) -> None:
    assert why_not(other, HOME)


def test_a_workflow_that_is_gone_or_other_is_not_believed() -> None:
    assert same_workflow(b"on: push", b"on: push")
    for then, now in ((None, None), (b"", None), (None, b""), (b"on: push", b"on: push\n")):
        assert not same_workflow(then, now)


MANIFEST = """version: 1
service: {build: ., port: 8000}
contract: {preset: openai-chat}
gates: {share: [smoke.passed]}
release: {%s}
"""


def test_the_manifest_declares_how_it_is_released() -> None:
    text = MANIFEST % ("tag: 'api-v{major}.{minor}.{patch}', bump: labels, unproven: draft, "
                       "image: 'ghcr.io/acme/assistant', dispatch: deploy.yml")
    manifest, problems = parse_manifest(text, "gatekeeper.yaml")
    assert not problems
    assert manifest is not None
    assert manifest.release == Release("api-v{major}.{minor}.{patch}", "labels",
                                       "ghcr.io/acme/assistant", "draft", "deploy.yml")


@pytest.mark.parametrize(("key", "said"), [
    ("tag: 'v{major}'", "is no pattern of tags"), ("bump: kind", "kind"),
    ("image: 'ghcr.io/acme/assistant:v1'", "names no registry and repository, without a tag"),
    ("image: assistant", "names no registry"), ("image: 'GHCR.io/Acme/x'", "names no registry"),
    ("dispatch: ../x.yml", "is not the name of a workflow's file"), ("unproven: delete", "delete"),
])
def test_what_cannot_be_is_refused_with_its_place(key: str, said: str) -> None:
    _, problems = parse_manifest(MANIFEST % key, "gatekeeper.yaml")
    assert len(problems) == 1
    assert said in problems[0].message
    assert problems[0].line == 5
