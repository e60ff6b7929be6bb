"""Which secrets a run gives to whom: what base declares, to nobody else, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import FilesNeedMending
from gatekeeper.formats.canonical import plain, to_json
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.render import render_effective
from gatekeeper.model import Fault, Side
from gatekeeper.policy.acceptance import by_own_word
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.directions import Direction
from gatekeeper.policy.resolve import Policy, resolve
from gatekeeper.policy.view import view
from gatekeeper.redaction import Redactor
from gatekeeper.service.contract import spelled_out
from gatekeeper.service.credentials import Credentials, find_credentials

MANIFEST = """
version: 1
service:
  build: .
  environment: {PLAIN: x, HF_TOKEN: {secret: HUB_TOKEN}}
contract:
  preset: openai-chat
  auth: {secret: SERVICE_KEY}
gates: {share: [smoke.passed]}
"""
NONE = MANIFEST.replace(", HF_TOKEN: {secret: HUB_TOKEN}", "").replace(
    "  auth: {secret: SERVICE_KEY}\n", "")
CASES = "case_id,prompt,expected_behavior,risk,pass,notes\na,Say hi,hi,regression,,\n"
VALUES = {"HUB_TOKEN": "hub-value-1", "SERVICE_KEY": "key-value-22", "OTHER": "other-value-3"}


def declared(text: str) -> Declared:
    """One side's declarations."""
    files = {"gatekeeper.yaml": text.encode(), "eval_cases.csv": CASES.encode()}
    return read_declared("gatekeeper.yaml", files.get)


def found(policy: Policy, values: Mapping[str, str] = VALUES, fork: bool = False) -> Credentials:
    """The credentials of both sides."""
    return find_credentials(policy, policy.services, policy.services,
                            lambda name: values.get(name, ""), fork)


def test_each_side_is_given_what_base_declares() -> None:
    given = found(resolve(declared(MANIFEST), declared(MANIFEST)))
    assert given.environments == {side: {"HF_TOKEN": "hub-value-1"} for side in Side}
    assert given.headers == {
        side: {"Authorization": "Bearer key-value-22"} for side in Side}
    assert given.values == ("hub-value-1", "key-value-22")
    assert not given.missing


def test_the_runtime_alone_sees_them_among_the_variables() -> None:
    policy = resolve(None, declared(MANIFEST))
    service = policy.services[Side.HEAD]
    assert service.environment == {"PLAIN": "x"}
    assert found(policy).given_to(Side.HEAD, service).environment == {
        "PLAIN": "x", "HF_TOKEN": "hub-value-1"}


def test_another_header_carries_the_key_bare() -> None:
    text = MANIFEST.replace("{secret: SERVICE_KEY}", "{header: X-Api-Key, secret: SERVICE_KEY}")
    assert found(resolve(None, declared(text))).headers[Side.HEAD] == {"X-Api-Key": "key-value-22"}


@pytest.mark.parametrize("asked", [
    "HF_TOKEN: {secret: OTHER}",  # another secret under the same name
    "TOKEN: {secret: HUB_TOKEN}",  # the same under another
    "HF_TOKEN: {secret: HUB_TOKEN}, MORE: {secret: OTHER}",
])
def test_a_secret_that_head_adds_or_renames_it_does_not_get(asked: str) -> None:
    head = MANIFEST.replace("HF_TOKEN: {secret: HUB_TOKEN}", asked)
    policy = resolve(declared(MANIFEST), declared(head))
    given = found(policy).environments
    assert given[Side.BASE] == {"HF_TOKEN": "hub-value-1"}
    assert set(given.get(Side.HEAD, {}).values()) <= {"hub-value-1"}
    assert "other-value-3" not in str(given)
    assert policy.waiting
    accepted = by_own_word(policy.own_digests[Side.HEAD], "it needs it",
                           policy.own_digests[Side.HEAD])
    after = resolve(declared(MANIFEST), declared(head), acceptance=accepted)
    assert len(found(after).environments[Side.HEAD]) == asked.count("secret")


def test_a_key_that_head_declares_is_not_sent() -> None:
    policy = resolve(declared(NONE), declared(MANIFEST))
    assert (found(policy).headers, found(policy).environments) == ({}, {})
    told = sorted(str(edit) for edit in policy.waiting)
    assert told == ["contract.auth.header: absent → Authorization (replaced)",
                    "contract.auth.secret: absent → SERVICE_KEY (replaced)",
                    "service.environment.HF_TOKEN.secret: absent → HUB_TOKEN (replaced)"]


def test_asking_for_no_secret_any_more_is_tighter_and_counts_at_once() -> None:
    head = MANIFEST.replace(", HF_TOKEN: {secret: HUB_TOKEN}", "")
    policy = resolve(declared(MANIFEST), declared(head))
    edit, = policy.edits
    assert (edit.direction, edit.path) == (Direction.TIGHTER, "service.environment.HF_TOKEN.secret")
    assert Side.HEAD not in found(policy).environments


def test_a_fork_is_given_none_and_an_unaccepted_policy_chooses_none() -> None:
    for policy, fork, why in (
        (resolve(declared(MANIFEST), declared(MANIFEST)), True, "comes from a fork"),
        (resolve(None, declared(MANIFEST)), True, "a fork's says nothing of secrets"),
        (resolve(None, declared(MANIFEST), "not YAML"), False, "nobody has accepted head's"),
    ):
        given = found(policy, fork=fork)
        assert given.values == ()
        assert not any(value for one in given.environments.values() for value in one.values())
        failure = given.missing[Side.HEAD]
        assert why in failure.cause
        assert failure.fault is Fault.WORLD


@pytest.mark.parametrize(("value", "why"), [
    ("", "is not in the environment"), ("   ", "is not in the environment"),
    ("short", "fewer than 6 characters"), ("two\nlines-of-it", "not one line of plain text"),
    ("schlüssel", "not one line of plain text"), ("nul\0inside", "holds a NUL"),
])
def test_a_key_that_cannot_be_used_is_named_and_nothing_starts(value: str, why: str) -> None:
    given = found(resolve(None, declared(MANIFEST)), {**VALUES, "SERVICE_KEY": value})
    cause = given.missing[Side.HEAD].cause
    assert why in cause
    assert "`contract.auth` names it" in cause
    assert "`env: {SERVICE_KEY: ${{ secrets.SERVICE_KEY }}}`" in cause


def test_a_variable_may_have_many_lines() -> None:
    given = found(resolve(None, declared(MANIFEST)), {**VALUES, "HUB_TOKEN": "a\nlong\nkey"})
    assert given.environments[Side.HEAD] == {"HF_TOKEN": "a\nlong\nkey"}
    assert not given.missing


def test_a_side_that_is_not_started_here_needs_no_variables() -> None:
    policy = resolve(None, declared(MANIFEST))
    given = find_credentials(policy, {}, [Side.HEAD],
                             lambda name: VALUES[name] if name == "SERVICE_KEY" else "", False)
    assert (given.environments, dict(given.missing)) == ({}, {})


def test_what_is_kept_shows_no_value() -> None:
    given = found(resolve(None, declared(MANIFEST)))
    assert "value" not in repr(given).replace("values", "")
    policy = resolve(None, declared(MANIFEST))
    stored = to_json(plain(policy.manifest)) + render_effective(policy.manifest,
                                                                policy.contracts[Side.HEAD])
    assert not any(value in stored for value in VALUES.values())


@given(st.text(min_size=6, max_size=20), st.text(max_size=10), st.text(max_size=10))
def test_a_redactor_that_learns_a_secret_replaces_it(secret: str, before: str, after: str) -> None:
    told = Redactor(["another-secret"]).knowing([secret])(f"{before}{secret}{after}another-secret")
    assert "another-secret" not in told
    assert secret not in told.replace("⟦redacted:secret⟧", "") or secret in before + after


def test_policies_without_secrets_keep_their_digest() -> None:
    digested = view(declared(NONE).manifest)
    assert "service.secrets" not in digested
    assert "auth" not in digested["contract"]
    own = view(declared(MANIFEST).manifest)
    assert own["service.secrets"] == {"HF_TOKEN": "HUB_TOKEN"}
    assert own["contract"]["auth"]["secret"] == "SERVICE_KEY"


def test_the_effective_manifest_reads_back_the_same() -> None:
    manifest = declared(MANIFEST).manifest
    text = render_effective(manifest, spelled_out(manifest))
    again, problems = parse_manifest(text, "effective.yaml")
    assert not problems
    assert again is not None
    assert (again.service.secrets, again.service.environment, again.contract.auth) == (
        manifest.service.secrets, manifest.service.environment, manifest.contract.auth)


@pytest.mark.parametrize(("text", "complaint"), [
    ("{secret: GITHUB_TOKEN}", "`GITHUB_TOKEN` belongs to the runner"),
    ("{secret: sk-live-abc}", "a secret is named, and this is not the name of a variable"),
    ("{secrets: HUB_TOKEN}", "unknown key `secrets`"),
    ("[HUB_TOKEN]", "expected text, got a list"),
])
def test_what_is_no_name_of_a_secret_is_told_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(FilesNeedMending) as raised:
        declared(MANIFEST.replace("{secret: HUB_TOKEN}", text))
    assert complaint in str(raised.value)
    assert "gatekeeper.yaml:5:" in str(raised.value)
    assert "sk-live-abc" not in str(raised.value)


BUILT = MANIFEST.replace("  build: .\n", "  build: .\n  build_secrets: [BUILD_KEY]\n")


def test_a_build_is_given_what_base_declares_and_nothing_that_head_adds() -> None:
    values = {**VALUES, "BUILD_KEY": "build-value-4"}
    both = found(resolve(declared(BUILT), declared(BUILT)), values)
    assert both.builds == {side: {"BUILD_KEY": "build-value-4"} for side in Side}
    assert "build-value-4" in both.values
    assert "build-value-4" not in repr(both)
    more = BUILT.replace("[BUILD_KEY]", "[BUILD_KEY, OTHER]")
    policy = resolve(declared(BUILT), declared(more))
    assert found(policy, values).builds == both.builds
    assert [edit.direction for edit in policy.edits] == [Direction.LOOSER]
    assert found(resolve(declared(MANIFEST), declared(BUILT)), values).builds == {}
    fewer = resolve(declared(BUILT), declared(MANIFEST))
    assert [edit.direction for edit in fewer.edits] == [Direction.TIGHTER]
    assert found(fewer, values).builds == {Side.BASE: {"BUILD_KEY": "build-value-4"}}


def test_the_runtime_alone_sees_the_values_of_a_build() -> None:
    policy = resolve(declared(BUILT), declared(BUILT))
    given = found(policy, {**VALUES, "BUILD_KEY": "build-value-4"})
    service = given.given_to(Side.HEAD, policy.services[Side.HEAD])
    assert service.built_with == {"BUILD_KEY": "build-value-4"}
    assert "build-value-4" not in repr(service)
    assert policy.services[Side.HEAD].built_with == {}


def test_a_build_without_its_secret_does_not_start() -> None:
    given = found(resolve(declared(BUILT), declared(BUILT)))
    assert set(given.missing) == set(Side)
    assert "BUILD_KEY" in given.missing[Side.HEAD].cause
    assert "service.build_secrets" in given.missing[Side.HEAD].cause + \
        given.missing[Side.HEAD].detail


def test_a_variable_that_a_drill_spoils_is_spoilt() -> None:
    policy = resolve(declared(MANIFEST), declared(MANIFEST))
    spoilt = replace(policy.services[Side.HEAD], environment={"HF_TOKEN": "wrong"})
    assert found(policy).given_to(Side.HEAD, spoilt).environment == {"HF_TOKEN": "wrong"}


ELSEWHERE = MANIFEST.replace(
    "  build: .\n  environment: {PLAIN: x, HF_TOKEN: {secret: HUB_TOKEN}}\n",
    "  url: http://127.0.0.1:{}\n").replace("gates:", "  stop_path: {stop: x, disable: x}\ngates:")


def test_the_key_is_not_sent_where_the_change_says() -> None:
    base = ELSEWHERE.replace("{}", "8001")
    same = find_credentials(resolve(declared(base), declared(base)), {}, Side, VALUES.get, False)
    assert set(same.headers[Side.HEAD].values()) == {"Bearer key-value-22"}
    assert not same.missing
    moved = resolve(declared(base), declared(ELSEWHERE.replace("{}", "8002")))
    given = find_credentials(moved, {}, Side, VALUES.get, False)
    assert "the change names another address" in given.missing[Side.HEAD].cause
    assert "key-value-22" not in str(given.headers[Side.HEAD])
    assert set(given.headers[Side.BASE].values()) == {"Bearer key-value-22"}
    adopted = resolve(None, declared(base))
    assert not find_credentials(adopted, {}, [Side.HEAD], VALUES.get, False).missing
