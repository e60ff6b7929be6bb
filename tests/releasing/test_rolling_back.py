"""The way back: which release, what both notes say, and nothing twice."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.github_transport import Transport
from gatekeeper.errors import UsageError
from gatekeeper.formats.tags import TagPattern
from gatekeeper.github.releases import ReleaseSeen
from gatekeeper.releasing.rolling_back import Because, Way, go_back, released_by_us, way_among
from tests.releasing.conftest import Remote, client_of
from tests.releasing.test_creating import Kill, Killed, made, wanted

TAGS = {"v1.0.0": "a", "v1.9.0": "b", "v1.10.0": "c", "v2.0.0": "d", "nightly": "e"}
BECAUSE = Because("it answers @everyone", "2026-11-25", f"sha256:{'1' * 64}")


@pytest.mark.parametrize(("left", "version", "to"), [
    ("v2.0.0", "", "v1.10.0"), ("v1.10.0", "", "v1.9.0"), ("v2.0.0", "v1.0.0", "v1.0.0"),
    ("v1.9.0", "v2.0.0", "v2.0.0")])
def test_the_way_is_to_the_version_before_or_the_one_that_is_named(
    left: str, version: str, to: str
) -> None:
    assert way_among(TAGS, TagPattern(), left, version) == Way(left, to)


@pytest.mark.parametrize(("left", "version", "said"), [
    ("v1.0.0", "", "there is no release before v1.0.0"),
    ("v2.0.0", "v2.0.0", "v2.0.0 is the latest release already"),
    ("v2.0.0", "v3.0.0", "v3.0.0 is no release that gatekeeper made"),
])
def test_where_there_is_no_way_it_is_told(left: str, version: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        way_among(TAGS, TagPattern(), left, version)
    assert refused.value.message.startswith(said)


@pytest.fixture
def two(remote: Remote) -> Remote:
    """Two releases, the second of which is the latest."""
    made(remote, wanted(remote.push(), "v0.1.0"))
    remote.local.commit({"a": "b"})
    made(remote, wanted(remote.push(), "v0.2.0"))
    return remote


def gone_back(remote: Remote) -> ReleaseSeen:
    """One run's way back."""
    with client_of(remote.github) as client:
        assert set(released_by_us(client.releases(9))) == {"v0.1.0", "v0.2.0"}
        return go_back(client, Way("v0.2.0", "v0.1.0"), BECAUSE)


@pytest.mark.parametrize("immutable", [False, True])
def test_both_notes_say_why_and_the_earlier_one_is_the_latest(
    two: Remote, immutable: bool
) -> None:
    for release in two.github.releases:
        release["immutable"] = immutable
    gone_back(two)
    first, second = two.github.releases
    assert two.github.chosen_latest == first["id"]
    assert "The latest release again, in place of <code>v0&#46;2&#46;0</code>" in first["body"]
    assert "Rolled back to <code>v0&#46;1&#46;0</code>" in second["body"]
    for release in (first, second):
        assert release["body"].startswith("<!-- gatekeeper release ")
        assert "@everyone" not in release["body"]
    assert list(two.tags()) == ["v0.1.0", "v0.2.0"]


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_rollback_that_is_killed_at_any_request_is_completed_by_the_next(
    two: Remote, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    send, github = Transport.send, two.github
    before = [dict(one) for one in github.releases]
    asked = len(github.asked)
    gone_back(two)
    after, total = [one["body"] for one in github.releases], len(github.asked) - asked
    for number in range(1, total + 1):
        for release, kept in zip(github.releases, before, strict=True):
            release |= kept
        github.chosen_latest = github.releases[1]["id"]
        monkeypatch.setattr(Transport, "send", Kill(number, done).at(send))
        with pytest.raises(Killed):
            gone_back(two)
        monkeypatch.setattr(Transport, "send", send)
        gone_back(two)
        assert [one["body"] for one in github.releases] == after, number
        assert github.chosen_latest == github.releases[0]["id"]
