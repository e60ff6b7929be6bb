"""What routes owe, what a runbook holds, what earlier runs tell: as tables and values."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.judging.learned import last_shutdown, repeated_reading, tried_facts
from gatekeeper.judging.learning import Earlier, EarlierRun, kept_failing, read_earlier, tried
from gatekeeper.judging.measure import Fact
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.told import COLAB, LOCAL_CPU, RENTED_GPU, Route
from gatekeeper.model import Fault
from gatekeeper.routes.documents import documents_among
from gatekeeper.routes.owed import OWED, Shown, completeness, owed
from gatekeeper.routes.prose import headings, sentences
from gatekeeper.routes.runbook import missing_sections
from gatekeeper.routes.shutdown import Shutdown, read_shutdown
from tests.support.builders import hostile_text

YES, NOT_RUN = Fact(True), Fact(None, "no engine", Fault.WORLD)
SHOWN = Shown(YES, YES, YES, YES, "docker stop x", YES, YES, YES)
ROUTES = {
    LOCAL_CPU: Route(LOCAL_CPU),
    COLAB: Route(COLAB, "a.ipynb", "T4", "out", "all is gone"),
    RENTED_GPU: Route(RENTED_GPU, instance="A100", ports=(), access="tunnel"),
}


@pytest.mark.parametrize("kind", OWED)
def test_a_route_that_shows_everything_owes_nothing(kind: str) -> None:
    assert owed(ROUTES[kind], SHOWN) == ()
    assert completeness(ROUTES[kind], ()).holds


LACKS = [
    (LOCAL_CPU, "environment report", replace(SHOWN, environment=NOT_RUN), ROUTES[LOCAL_CPU]),
    (LOCAL_CPU, "smoke test", replace(SHOWN, smoke=NOT_RUN), ROUTES[LOCAL_CPU]),
    (LOCAL_CPU, "eval CSV", replace(SHOWN, answered=NOT_RUN), ROUTES[LOCAL_CPU]),
    (LOCAL_CPU, "stop command", replace(SHOWN, stop=""), ROUTES[LOCAL_CPU]),
    (COLAB, "notebook copy", replace(SHOWN, notebook=Fact(False, "x")), ROUTES[COLAB]),
    (COLAB, "runtime type", SHOWN, replace(ROUTES[COLAB], runtime_type="")),
    (COLAB, "outputs copied back", replace(SHOWN, outputs=Fact(False, "x")), ROUTES[COLAB]),
    (COLAB, "reset risk", SHOWN, replace(ROUTES[COLAB], reset_risk="")),
    (RENTED_GPU, "instance type", SHOWN, replace(ROUTES[RENTED_GPU], instance="")),
    (RENTED_GPU, "exposed ports", SHOWN, replace(ROUTES[RENTED_GPU], ports=None)),
    (RENTED_GPU, "tunnel or private network", SHOWN, replace(ROUTES[RENTED_GPU], access="")),
    (RENTED_GPU, "eval result", replace(SHOWN, answered=NOT_RUN), ROUTES[RENTED_GPU]),
    (RENTED_GPU, "shutdown proof", replace(SHOWN, stopped=NOT_RUN, shutdown=Fact(False, "x")),
     ROUTES[RENTED_GPU]),
]


@pytest.mark.parametrize(("kind", "name", "shown", "route"), LACKS, ids=lambda one: str(one)[:24])
def test_each_thing_that_is_missing_is_owed(
    kind: str, name: str, shown: Shown, route: Route
) -> None:
    missing = owed(route, shown)
    assert [one.name for one in missing] == [name]
    fact = completeness(route, missing)
    ours = missing[0].fact.holds is None
    assert (fact.holds, fact.fault) == ((None, Fault.WORLD) if ours else (False, Fault.CHANGE))


def test_every_row_of_the_table_is_tried() -> None:
    assert {(kind, due.name) for kind, dues in OWED.items() for due in dues} == {
        (kind, name) for kind, name, _, _ in LACKS}


def test_no_route_is_not_complete() -> None:
    assert completeness(Route(), ()) == Fact(False, "no route is declared")


@pytest.mark.parametrize(("content", "why"), [
    (b"", "not JSON"), (b"[]", "not a JSON object"), (b"{}", "does not name the `instance`"),
    (b'{"instance": "i", "state": "running"}', "`state` is none of"),
    (b'{"instance": "i", "state": "deleted", "at": "soon"}', "no moment"),
    (b'{"instance": "i", "state": "deleted", "at": "2026-01-01T10:00"}', "no time zone"),
    (b"[" * 200_000, "larger than"),
])
def test_what_is_no_proof_of_a_shutdown(content: bytes, why: str) -> None:
    found = read_shutdown(content)
    assert isinstance(found, str)
    assert why in found


def test_a_proof_of_a_shutdown_is_told_in_utc() -> None:
    content = b'{"instance": "i", "state": "terminated", "at": "2026-01-01T10:00+09:00", "x": 1}'
    assert read_shutdown(content) == Shutdown("i", "terminated", "2026-01-01T01:00:00Z")


RUNBOOK = """# Assistant

## Task
Answers.
## Model and version
Small 1.
## Runtime
CPU.
## License
MIT.
## How to run
```
python service.py
```
## How to test
curl it.
## Known limits
Context length 4096, latency target 2 s, unsupported requests: medical, privacy: nothing is kept.
## How to stop or roll back
Kill it; go back to the previous release.
"""
JAPANESE = """# 用途
返金の質問に答える。
# モデル
小
# 実行環境
CPU
# ライセンス
MIT
# 起動
`python service.py`
# テスト
curl
# 制限
コンテキスト 4096、遅延の目標 2 秒、未対応の依頼、個人情報は扱わない
# 停止
止める。ロールバックは前の版。
"""


@pytest.mark.parametrize("text", [RUNBOOK, JAPANESE])
def test_a_runbook_with_all_sections(text: str) -> None:
    assert missing_sections(text) == ()


@pytest.mark.parametrize(("before", "after", "missing"), [
    ("## Task\nAnswers.\n", "", "task"),
    ("Answers.\n", "", "task"),
    ("## License\nMIT.\n", "", "license note"),
    ("## How to test\ncurl it.\n", "", "how to test"),
    ("Context length 4096, ", "", "known limits: context length"),
    (", privacy: nothing is kept", "", "known limits: privacy"),
    ("; go back to the previous release", "", "how to stop or roll back: rolling back"),
])
def test_what_a_runbook_lacks_is_named(before: str, after: str, missing: str) -> None:
    assert before in RUNBOOK
    assert missing_sections(RUNBOOK.replace(before, after)) == (missing,)


def test_a_heading_in_code_is_none() -> None:
    assert [one.text for one, _ in headings("# A\n```\n# B\n```\nC\n=\n")] == ["A", "C"]


@given(hostile_text)
def test_any_text_has_sentences_and_headings(text: str) -> None:
    assert all(1 <= one.line <= text.count("\n") + len(text) + 1 for one in sentences(text))
    missing_sections(text)


def test_the_readme_beside_the_manifest_comes_first() -> None:
    paths = ["README.md", "a/NOTES.md", "a/README.ja.md", "a/b/README.md", "a/readme", "a/x.md",
             "RELEASE_NOTES.md", "a/README.py"]
    assert documents_among(paths, "a") == ["a/README.ja.md", "a/readme", "README.md", "a/NOTES.md",
                                           "RELEASE_NOTES.md"]


def run(day: int, kinds: str, failed: str = "", passed: str = "", **more: object) -> EarlierRun:
    """One earlier run, of a day in March."""
    return EarlierRun(f"sha256:{day}", f"2026-03-{day:02}T00:00:00Z", tuple(kinds.split()),
                      tuple(passed.split()), tuple(failed.split()), **more)  # type: ignore[arg-type]


TWICE = (run(1, "prompt", "a b"), run(2, "decoding", "a", "b"))


def test_what_kept_failing_failed_twice_and_last() -> None:
    assert kept_failing(TWICE) == ("a",)
    assert kept_failing((*TWICE, run(3, "model", "", "a"))) == ()
    assert kept_failing((*TWICE, run(3, "model", "c"))) == ("a",)
    assert kept_failing((run(1, "prompt", "a"),)) == ()


def test_what_was_tried_was_tried_while_a_case_kept_failing() -> None:
    facts = tried_facts(Earlier("packs", runs=TWICE))
    assert {what: fact.holds for what, fact in facts.items()} == {
        "prompt": True, "rag": False, "schema": False, "decoding": True, "runtime": False}
    assert facts["prompt"].reason == "last in the run of 2026-03-01, in which a failed"
    mended = (*TWICE, run(3, "model", "", "a"))
    assert not any(fact.holds for fact in tried_facts(Earlier("packs", runs=mended)).values())
    assert tried((run(1, "contract", "a"), run(2, "code", "a")), "schema")


def test_earlier_runs_that_are_not_known_prove_nothing() -> None:
    for earlier in (Earlier(), Earlier("packs", "there is no folder packs")):
        assert not any(fact.holds for fact in tried_facts(earlier).values())
        assert repeated_reading(earlier).doubts[0].fault is Fault.CHANGE
        assert last_shutdown(earlier, "none").holds is False


def test_earlier_runs_that_could_not_be_asked_for_decide_nothing() -> None:
    earlier = Earlier("GitHub", "it does not answer", unreachable=True)
    assert {fact.holds for fact in tried_facts(earlier).values()} == {None}
    assert {fact.fault for fact in tried_facts(earlier).values()} == {Fault.WORLD}
    assert repeated_reading(earlier).doubts[0].fault is Fault.WORLD
    assert last_shutdown(earlier, "none").holds is None


def test_the_last_gpu_runs_shutdown() -> None:
    gpu = run(5, "model", gpu=True)
    proof = Shutdown("i-1", "terminated", "2026-03-05T09:00:00Z")
    assert last_shutdown(Earlier("packs", runs=TWICE), "none").holds
    assert last_shutdown(Earlier("packs", runs=(*TWICE, gpu)), "none").holds is False
    assert last_shutdown(Earlier("packs", runs=(*TWICE, gpu)), proof).holds
    later = replace(gpu, judged_at="2026-03-06T00:00:00Z")
    assert last_shutdown(Earlier("packs", runs=(gpu, later)), proof).holds is False
    own = replace(gpu, shutdown="container, port gone")
    assert last_shutdown(Earlier("packs", runs=(own,)), "none").holds


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["runs", "store", "fault", "refused", "pack", "kinds"]),
                        inner, max_size=4), max_leaves=12))
def test_what_a_pack_says_of_earlier_runs_is_read_or_known_for_none(data: object) -> None:
    assert isinstance(read_earlier(data), Earlier)


BASE = """version: 1
service: {build: .}
contract: {preset: openai-chat}
gates: {share: [failures == 0]}
"""


@pytest.mark.parametrize(("line", "complaint"), [
    ("route: cloud", "unknown word `cloud`"),
    ("history: {folder: packs, github: evidence}", "earlier runs are kept in one place"),
    ("route: {kind: local-cpu, instance: A100}", "says nothing of the route local-cpu"),
    ("route: {instance: A100}", "says nothing of no route"),
    ("route: {kind: colab, stop_by: tomorrow}", "is no moment with a time zone"),
    ("route: {kind: colab, stop_by: 2027-01-31T18:00}", "is no moment with a time zone"),
    ("route: {kind: colab, notebook: ../x.ipynb}", "leaves the manifest's folder"),
    ("route: {kind: rented-gpu, access: public}", "unknown word `public`"),
    ("gates: {share: {blocks: [change:weights], until: [failures == 0]}}", "unknown word"),
])
def test_a_route_that_is_none_is_told_with_its_place(line: str, complaint: str) -> None:
    text = BASE if not line.startswith("gates") else BASE.rpartition("gates")[0]
    manifest, problems = parse_manifest(f"{text}{line}\n", "g.yaml")
    assert manifest is None
    assert complaint in str(problems[0])


def test_a_moment_is_kept_in_utc() -> None:
    manifest, _ = parse_manifest(
        BASE + "route: {kind: rented-gpu, ports: [], stop_by: 2027-01-31T18:00+09:00}\n", "g.yaml")
    assert manifest is not None
    assert (manifest.route.stop_by, manifest.route.ports) == ("2027-01-31T09:00:00Z", ())
