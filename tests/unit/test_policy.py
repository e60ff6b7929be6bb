"""Whose policy judges, what counts at once, and what waits for somebody to accept it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import FilesNeedMending, UsageError
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import (
    POLICY_KEYS,
    SERVICE_KEYS,
    TOLD_KEYS,
    UNION_KEYS,
    Manifest,
)
from gatekeeper.model import Side
from gatekeeper.policy.acceptance import Acceptance, by_own_word
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import Origin, Policy, resolve
from gatekeeper.policy.view import view
from tests.support.make import make_condition

MANIFEST = """
version: 1
service: {build: ., resources: {memory: 1g}, ready: {path: /health, timeout: 30s}}
contract: {preset: openai-chat, limits: {latency_target: 1s}}
gates: {share: [failures == 0, smoke.passed]}
"""
CASES = """case_id,prompt,expected_behavior,risk,pass,notes
a,Return JSON,JSON,format,,
b,Be quick,fast,performance,,
"""
WAIVER = "{case: a, reason: known, owner: \"@ann\", expires: 2027-01-31}"


def declared(manifest: str = MANIFEST, cases: str = CASES, path: str = "gatekeeper.yaml"
             ) -> Declared:
    """One side's declarations."""
    files = {path: manifest.encode(), "eval_cases.csv": cases.encode()}
    return read_declared(path, files.get)


def edited(before: str, after: str) -> Policy:
    """Base's manifest against one in which a text is replaced."""
    assert before in MANIFEST
    return resolve(declared(), declared(MANIFEST.replace(before, after)))


def told(policy: Policy) -> list[str]:
    """What the edits read like."""
    return [str(edit) for edit in policy.edits]


def conditions(policy: Policy, gate: str = "share") -> list[str]:
    """What a gate of the deciding policy asks for."""
    return [one.words for one in policy.manifest.gates[gate].until]


# Whose policy decides


def test_base_decides_over_a_gate_that_head_loosens() -> None:
    policy = edited("failures == 0, ", "")
    assert conditions(policy) == ["failures == 0", "smoke.passed"]
    assert told(policy) == ["gate share no longer asks for failures == 0 (looser)"]
    assert policy.origin is Origin.BASE
    assert len(policy.waiting) == 1


def test_on_adoption_head_decides_and_nothing_waits() -> None:
    policy = resolve(None, declared())
    assert (policy.origin, policy.edits, policy.unaccepted) == (Origin.ADOPTED, (), ())


def test_a_base_that_cannot_be_read_needs_to_be_accepted() -> None:
    head, why = declared(), "base:gatekeeper.yaml:1:1: not YAML"
    assert "nobody accepted" in resolve(None, head, why).unaccepted[0]
    digest = resolve(None, head, why).own_digests[Side.HEAD]
    accepted = resolve(None, head, why, Acceptance(digest, "@ann", "looked at it", own=False))
    assert accepted.unaccepted == ()
    assert accepted.acceptance is not None


def test_a_commit_of_a_protected_branch_is_its_own_root_of_trust() -> None:
    loosened = declared(MANIFEST.replace("failures == 0, ", ""))
    policy = resolve(declared(), loosened, rooted=True)
    assert policy.origin is Origin.COMMIT
    assert conditions(policy) == ["smoke.passed"]
    assert policy.waiting == ()


# What counts at once


@pytest.mark.parametrize(
    ("before", "after", "words", "now"),
    [
        ("smoke.passed]", "smoke.passed, regressions == 0]",
         "gate share also asks for regressions == 0 (tighter)",
         ["failures == 0", "smoke.passed", "regressions == 0 (added by this change)"]),
        ("failures == 0", "failures == 0, errors == 0",
         "gate share also asks for errors == 0 (tighter)",
         ["failures == 0", "smoke.passed", "errors == 0 (added by this change)"]),
        ("failures == 0", "failures == 0, failures.format == 0", None,
         ["failures == 0", "smoke.passed"]),
        ("failures == 0", "failures.format == 0",
         "gate share no longer asks for failures == 0 (looser)",
         ["failures == 0", "smoke.passed"]),
        ("failures == 0, ", "", "gate share no longer asks for failures == 0 (looser)",
         ["failures == 0", "smoke.passed"]),
        ("failures == 0", "failures <= 1",
         "gate share asks for failures <= 1 in place of failures == 0 (looser)",
         ["failures == 0", "smoke.passed"]),
        ("failures == 0", "failures < 1", None, ["failures == 0", "smoke.passed"]),
    ],
)
def test_a_gate_is_never_less_than_base_asks(
    before: str, after: str, words: str | None, now: list[str]
) -> None:
    policy = edited(before, after)
    assert told(policy) == ([words] if words else [])
    assert conditions(policy) == now


def test_a_stricter_threshold_stands_beside_the_old_one() -> None:
    base = declared(MANIFEST.replace("failures == 0", "failures <= 1"))
    policy = resolve(base, declared())
    assert conditions(policy) == ["failures <= 1", "smoke.passed",
                                  "failures == 0 (added by this change)"]
    assert told(policy) == [
        "gate share asks for failures == 0 in place of failures <= 1 (tighter)"]


def test_a_gate_that_is_added_counts_and_one_that_is_dropped_counts_too() -> None:
    policy = edited("{share: [failures == 0, smoke.passed]}",
                    "{ship: [smoke.passed, errors == 0]}")
    assert conditions(policy) == ["failures == 0", "smoke.passed"]
    assert conditions(policy, "ship")[0] == "smoke.passed (added by this change)"
    assert told(policy) == [
        "gate share is dropped (failures == 0, smoke.passed) (looser)",
        "gate ship is added (smoke.passed, errors == 0) (tighter)",
    ]


def test_cases_of_both_sides() -> None:
    cases = CASES.replace("b,Be quick", "c,Be quick").replace("Return JSON", "Return a list")
    policy = resolve(declared(), declared(cases=cases))
    assert [case.case_id for case in policy.cases] == ["a@base", "a@head", "b", "c"]
    assert [case.case_id for case in policy.cases if case.head_only] == ["a@head", "c"]
    assert [case.case_id for case in policy.cases if case.added] == ["c"]
    assert told(policy) == [
        "case a is edited; it runs as a@base and a@head (replaced)",
        "case b is removed; it still runs (looser)",
        "case c is added (tighter)",
    ]


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ('"is-json\nrequired-keys:title"',
         "is held to more: is-json → is-json, required-keys:title"),
        ("contains-json", "is held to something else: is-json → contains-json"),
        ("is-json || contains:no", "is made easier: is-json → is-json || contains:no"),
    ],
)
def test_what_a_row_is_held_to(checks: str, words: str) -> None:
    cases = CASES.replace("notes", "notes,checks").replace("format,,", f"format,,,{checks}")
    cases = cases.replace("performance,,", "performance,,,")
    policy = resolve(declared(), declared(cases=cases))
    assert [edit.words for edit in policy.edits] == [
        f"case a {words}; it runs as a@base and a@head"]


def test_a_lower_latency_target_holds_head_without_moving_what_base_is_held_to() -> None:
    policy = edited("latency_target: 1s", "latency_target: 500ms")
    assert told(policy) == ["contract.limits.latency_target: 1s → 500ms (tighter)"]
    held = {case.case_id: str(case.requirements[0]) for case in policy.cases}
    assert held == {"a": "is-json", "b@base": "latency:1s", "b@head": "latency:500ms"}


def test_tighter_ceilings_hold_head_alone() -> None:
    """Base under head's ceilings might not start, and then nothing could regress."""
    policy = edited("memory: 1g", "memory: 64m")
    assert policy.services[Side.HEAD].resources.memory == 64 * 1024**2
    assert policy.services[Side.BASE].resources.memory == 1024**3


def test_a_change_cannot_raise_its_own_ceiling() -> None:
    policy = edited("memory: 1g", "memory: 8g")
    assert policy.services[Side.HEAD].resources.memory == 1024**3
    assert told(policy) == ["service.resources.memory: 1g → 8g (looser)"]


def test_a_side_keeps_its_own_service() -> None:
    policy = edited("build: .,", "image: assistant:2, port: 9000,")
    own = policy.services[Side.HEAD]
    assert (own.image, own.port, own.ready.timeout) == ("assistant:2", 9000, 30)


def test_both_sides_are_called_through_bases_contract_until_heads_is_accepted() -> None:
    head = declared(MANIFEST.replace("openai-chat,", "openai-chat, endpoint: /v2/chat,"))
    policy = resolve(declared(), head)
    assert {one.endpoint for one in policy.contracts.values()} == {"/v1/chat/completions"}
    accepted = resolve(declared(), head, acceptance=accept(policy))
    assert accepted.contracts[Side.BASE].endpoint == "/v1/chat/completions"
    assert accepted.contracts[Side.HEAD].endpoint == "/v2/chat"


def test_a_preset_spelled_out_is_no_edit() -> None:
    spelled = MANIFEST.replace("openai-chat,", "openai-chat, endpoint: /v1/chat/completions,")
    assert resolve(declared(), declared(spelled)).edits == ()


# Acceptance


def accept(policy: Policy) -> Acceptance:
    """Somebody accepts what head proposes."""
    return Acceptance(policy.own_digests[Side.HEAD], "@ann", "right", own=False)


def test_an_accepted_policy_decides_alone() -> None:
    head = declared(MANIFEST.replace("failures == 0, ", ""), CASES.replace("b,Be quick", "c,Be"))
    policy = resolve(declared(), head)
    accepted = resolve(declared(), head, acceptance=accept(policy))
    assert accepted.origin is Origin.ACCEPTED
    assert conditions(accepted) == ["smoke.passed"]
    assert [case.case_id for case in accepted.cases] == ["a", "c"]
    assert accepted.waiting == ()
    assert accepted.digest == policy.own_digests[Side.HEAD]


def test_an_acceptance_of_another_digest_is_none() -> None:
    head = declared(MANIFEST.replace("failures == 0, ", ""))
    other = resolve(declared(), declared(MANIFEST.replace("1s", "2s")))
    policy = resolve(declared(), head, acceptance=accept(other))
    assert policy.origin is Origin.BASE
    assert policy.acceptance is None


def test_a_digest_survives_a_squash_and_a_moved_line() -> None:
    """It is over what judges: not over commits, comments, places or names of files."""
    moved = declared("# a remark\n" + MANIFEST, CASES.replace("format,,", "format,yes,ours"))
    assert resolve(None, moved).digest == resolve(None, declared()).digest


def test_ones_own_word_needs_the_digest_and_a_reason() -> None:
    proposed = "sha256:" + "a" * 64
    accepted = by_own_word("a" * 64, " a new endpoint ", proposed)
    assert (accepted.digest, accepted.reason, accepted.own) == (proposed, "a new endpoint", True)
    with pytest.raises(UsageError, match="another digest"):
        by_own_word("sha256:" + "b" * 64, "why", proposed)
    with pytest.raises(UsageError, match="--reason"):
        by_own_word(proposed, " ", proposed)


# Waivers


def waived(before: str, after: str) -> Policy:
    """Base with one list of waivers, head with another."""
    one, other = (declared(f"{MANIFEST}waivers: [{text}]\n") for text in (before, after))
    return resolve(one, other)


def test_head_cannot_waive_a_case_of_bases() -> None:
    policy = waived("", WAIVER)
    assert policy.manifest.waivers == ()
    assert told(policy) == ["case a is waived until 2027-01-31 (looser)"]


def test_head_cannot_prolong_a_waiver_but_may_shorten_or_drop_it() -> None:
    longer, shorter = WAIVER.replace("2027", "2029"), WAIVER.replace("2027", "2026")
    assert [w.expires for w in waived(WAIVER, longer).manifest.waivers] == ["2027-01-31"]
    assert [w.expires for w in waived(WAIVER, shorter).manifest.waivers] == ["2026-01-31"]
    assert waived(WAIVER, "").manifest.waivers == ()
    assert told(waived(WAIVER, longer)) == [
        "the waiver of case a is prolonged: 2027-01-31 → 2029-01-31 (looser)"]
    assert told(waived(WAIVER, "")) == ["the waiver of case a is dropped (tighter)"]


def test_head_may_waive_a_case_that_head_adds() -> None:
    head = declared(f"{MANIFEST}waivers: [{WAIVER.replace('case: a', 'case: c')}]\n",
                    CASES + "c,New,JSON,format,,\n")
    assert [w.case for w in resolve(declared(), head).manifest.waivers] == ["c"]


def test_a_waiver_of_nothing_is_refused_with_its_place() -> None:
    with pytest.raises(FilesNeedMending, match=r"gatekeeper\.yaml:6:11: the waiver names `aa`"):
        declared(f"{MANIFEST}waivers: [{WAIVER.replace('case: a', 'case: aa')}]\n")


# Keys


def test_every_manifest_key_belongs_to_one_side() -> None:
    known = POLICY_KEYS | SERVICE_KEYS | UNION_KEYS | TOLD_KEYS
    fields = {field for field in Manifest.__dataclass_fields__ if field != "service"}
    fields |= {f"service.{field}" for field in Service.__dataclass_fields__
               if field != "built_with"}  # no key: filled in for the runtime alone
    covered = {key for key in fields
               if key in known or any(one.startswith(f"{key}.") for one in known)}
    assert fields == covered
    assert len(known) == sum(map(len, (POLICY_KEYS, SERVICE_KEYS, UNION_KEYS, TOLD_KEYS)))


@pytest.mark.parametrize(
    ("gate", "complaint"),
    [
        ("failures.safety == 0", "no case has risk safety"),
        ("failures <= 2", "can never close with 2 cases"),
        ("cases.count >= 3", "can never open with 2 cases"),
        ("latency.p95 <= 1s", "needs 59 attempts, 2 cases make 2\n    help: `eval.repeats: 30`"),
        ("latency.p99 <= 1s", "needs 299 attempts, 2 cases make 2\n    help: `eval.repeats: 150`"),
        ("goodput >= 99%", "needs 299 attempts, 2 cases make 2\n    help: `eval.repeats: 150`"),
        ("goodput >= 50%", "needs 5 attempts, 2 cases make 2\n    help: `eval.repeats: 3`"),
        ("latency.ratio <= 1.2", "needs 5 cases, there are 2\n    help: add cases; more repeats"),
        ("ttft.p50 <= 1s", "needs `contract.stream`\n    help: declare it, or drop the condition"),
        ("ttft.ratio <= 1.2", "needs `contract.stream`"),
        ("inter_token.p50 <= 1s", "needs `contract.stream`"),
    ],
)
def test_a_gate_that_cannot_work_with_these_cases_is_refused(gate: str, complaint: str) -> None:
    with pytest.raises(FilesNeedMending, match=r"gatekeeper\.yaml:5:17") as refused:
        declared(MANIFEST.replace("failures == 0", gate))
    assert complaint in str(refused.value)


def test_filled_in_results_are_no_edit_of_a_case() -> None:
    filled = CASES.replace("format,,", "format,yes,gatekeeper: fine")
    assert resolve(declared(), declared(cases=filled)).edits == ()


def test_a_share_needs_a_target_and_a_speed_a_count_of_tokens() -> None:
    for gate, key in (("goodput >= 50%", "contract.limits.latency_target"),
                      ("tokens_per_second.p50 >= 1", "contract.response_shape.tokens")):
        own = ("{endpoint: /a, request: {q: '{prompt}'}, response_shape: {content: /a}, "
               "limits: {timeout: 1s}}")
        manifest = MANIFEST.replace("{preset: openai-chat, limits: {latency_target: 1s}}", own)
        with pytest.raises(FilesNeedMending) as refused:
            declared(manifest.replace("failures == 0", gate) + "eval: {repeats: 9}\n",
                     CASES.replace("b,Be quick,fast,performance,,\n", ""))
        assert f"gatekeeper.yaml:5:17: `{gate}` needs `{key}`" in str(refused.value)


def test_a_stream_is_policy_and_its_target_a_promise() -> None:
    policy = edited("limits: {", "stream: true, limits: {first_token_target: 300ms, ")
    assert "contract.limits.first_token_target: absent → 300ms (tighter)" in told(policy)
    assert "contract.stream: false → true (replaced)" in told(policy)
    assert not policy.contracts[Side.HEAD].stream


# Properties

_MEASURES = st.sampled_from(("failures", "errors", "regressions", "failures.format"))
_CONDITIONS = st.builds(lambda measure, most: f"{measure} <= {most}" if most else f"{measure} == 0",
                        _MEASURES, st.integers(0, 0) | st.integers(0, 1))
_GATES = st.dictionaries(st.sampled_from(("share", "ship", "tune")),
                         st.lists(_CONDITIONS, min_size=1, max_size=4), min_size=1, max_size=3)
_ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(("ask", "tell")),
                           st.sampled_from(("format", "safety"))),
                 min_size=1, max_size=4, unique_by=lambda row: row[0])


@st.composite
def policies(draw: st.DrawFn) -> Declared:
    """Any sound manifest with any sound cases."""
    gates = draw(_GATES)
    rows = [*draw(_ROWS), *((case_id, "ask", "format") for case_id in "xyz")]
    manifest = MANIFEST.replace("{share: [failures == 0, smoke.passed]}",
                                str(gates).replace("'", '"'))
    manifest += f"eval: {{repeats: {draw(st.integers(1, 3))}}}\n"
    lines = [f"{case_id},{prompt},,{risk},," for case_id, prompt, risk in rows]
    return declared(manifest, "\n".join([CASES.splitlines()[0], *lines]) + "\n")


@given(policies())
def test_a_policy_compared_with_itself_has_no_edits(one: Declared) -> None:
    policy = resolve(one, replace(one))
    assert policy.edits == ()
    assert policy.digest == policy.own_digests[Side.HEAD] == policy.own_digests[Side.BASE]


@given(policies(), policies())
def test_what_decides_asks_at_least_what_base_asks(one: Declared, other: Declared) -> None:
    decides = resolve(one, other)
    for name, gate in one.manifest.gates.items():
        now = decides.manifest.gates[name].until
        assert all(any(new.implies(old) for new in now) for old in gate.until)
    assert decides.manifest.eval == one.manifest.eval
    known = {case.case_id.partition("@")[0] for case in decides.cases if not case.head_only}
    assert known == {case.case_id for case in resolve(None, one).cases}


@given(policies(), policies())
def test_a_loosening_is_never_told_as_a_tightening(one: Declared, other: Declared) -> None:
    """What is tighter one way is looser the other way round, edit by edit."""
    there = [edit.direction for edit in resolve(one, other).edits]
    back = [edit.direction for edit in resolve(other, one).edits]
    assert there.count("looser") == back.count("tighter") or "replaced" in there + back
    assert "tighter" not in there or "looser" in back


@given(policies(), policies(), policies())
def test_an_acceptance_covers_one_digest_only(
    base: Declared, one: Declared, other: Declared
) -> None:
    given_to_one = accept(resolve(base, one))
    same = resolve(None, one).digest == resolve(None, other).digest
    used = resolve(base, other, acceptance=given_to_one).acceptance is not None
    assert not used or same


@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from(("<=", "<")),
       st.sampled_from(("<=", "<")))
def test_a_condition_implies_another_when_it_lets_no_more_through(
    one: int, other: int, sign: str, sign2: str
) -> None:
    if (sign, one) == ("<", 0) or (sign2, other) == ("<", 0):
        return  # can never open, and is refused
    stricter, looser = make_condition(f"errors {sign} {one}"), make_condition(
        f"errors {sign2} {other}")
    lets = all(looser.holds(n) for n in range(12) if stricter.holds(n))
    assert stricter.implies(looser) == lets


# How often a case is asked, and what its attempts come to


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("{repeats: 3}", "{repeats: 3, reducer: majority}",
         "eval.reducer: all → majority (looser)"),
        ("{repeats: 3, reducer: at-least-3}", "{repeats: 3, reducer: at-least-2}",
         "eval.reducer: at-least-3 → at-least-2 (looser)"),
        ("{repeats: 3, reducer: majority}", "{repeats: 3}",
         "eval.reducer: majority → all (replaced)"),
        ("{repeats: 3, reducer: majority}", "{repeats: 3, reducer: at-least-2}",
         "eval.reducer: majority → at-least-2 (replaced)"),
        ("{repeats: 3}", "{repeats: 3, by_risk: {format: {repeats: 5}}}",
         "eval.by_risk.format: absent → all of 5 (replaced)"),
    ],
)
def test_another_reducer_waits_to_be_accepted(before: str, after: str, words: str) -> None:
    base, head = (declared(f"{MANIFEST}eval: {text}\n") for text in (before, after))
    policy = resolve(base, head)
    assert told(policy) == [words]
    assert len(policy.waiting) == 1
    assert policy.manifest.eval == base.manifest.eval


def test_a_risk_that_is_asked_like_the_rest_is_no_edit() -> None:
    base = declared(f"{MANIFEST}eval: {{repeats: 3}}\n")
    head = declared(f"{MANIFEST}eval: {{repeats: 3, by_risk: {{format: {{repeats: 3}}}}}}\n")
    policy = resolve(base, head)
    assert policy.edits == ()
    assert policy.own_digests[Side.BASE] == policy.own_digests[Side.HEAD]


# The drill


DRILL = "drill: {failure: [killed, hung], notice: 5s}\n"


def test_a_policy_without_a_drill_has_the_digest_of_before_there_were_any() -> None:
    assert "drill" not in view(declared().manifest)
    assert resolve(declared(), declared(MANIFEST + DRILL)).own_digests[Side.HEAD] != \
        resolve(None, declared()).digest


@pytest.mark.parametrize(("before", "after", "words", "counts"), [
    ("", DRILL, "a drill is added: killed, hung (tighter)", ("killed", "hung")),
    (DRILL, "", "the drill is dropped: killed, hung (looser)", ("killed", "hung")),
    (DRILL, DRILL.replace(", hung", ""), "the drill no longer breaks: hung (looser)",
     ("killed", "hung")),
    (DRILL, DRILL.replace("hung", "hung, slow"), "the drill also breaks: slow (tighter)",
     ("killed", "hung", "slow")),
    (DRILL, DRILL.replace("5s", "9s"),
     "a failure has to be noticed within 9s in place of 5s (looser)", ("killed", "hung")),
    (DRILL, DRILL.replace("5s", "2s"),
     "a failure has to be noticed within 2s in place of 5s (tighter)", ("killed", "hung")),
    (DRILL, DRILL.replace("5s", "5s, fallback: {image: a}"),
     "drill.fallback is replaced (replaced)", ("killed", "hung")),
])
def test_what_a_change_does_to_the_drill(
    before: str, after: str, words: str, counts: tuple[str, ...]
) -> None:
    policy = resolve(declared(MANIFEST + before), declared(MANIFEST + after))
    assert told(policy) == [words]
    drill = policy.manifest.drill
    assert drill is not None
    assert drill.failure == counts
    assert drill.notice == (2.0 if "2s" in after else 5.0)
    assert drill.fallback is None


def test_a_url_that_head_would_fall_back_to_is_not_asked_until_it_is_accepted() -> None:
    url = MANIFEST + "drill: {failure: killed, fallback: {url: \"http://inside\"}}\n"
    policy = resolve(declared(), declared(url))
    assert policy.manifest.drill is not None
    assert policy.manifest.drill.fallback is None
    assert [edit.words for edit in policy.waiting] == [
        "the drill falls back to a URL, which is not asked until then"]
    image = url.replace("url: \"http://inside\"", "image: small")
    added = resolve(declared(), declared(image)).manifest.drill
    assert added is not None
    assert added.fallback is not None
