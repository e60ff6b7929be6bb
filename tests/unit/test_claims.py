"""Claims outside a route: labelled sentences, and where in a file they count."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from gatekeeper.manifest.told import COLAB, LOCAL_CPU, RENTED_GPU, Route
from gatekeeper.routes.claims import claims_in, claims_in_manifest
from gatekeeper.routes.overclaims import OVERCLAIMS
from tests.support.builders import hostile_text

LABELLED = [tuple(part.strip() for part in line.split("|", 2))
            for line in (Path(__file__).parent / "claims.txt").read_text("utf-8").splitlines()
            if line and not line.startswith("#")]


def found(route: str | Route, text: str) -> list[tuple[int, str]]:
    """Line and name of every claim in a README."""
    whose = Route(kind=route) if isinstance(route, str) else route
    return [(claim.line, claim.what) for claim in claims_in(whose, "README.md", text)]


@pytest.mark.parametrize(("route", "claim", "sentence"), LABELLED)
def test_a_labelled_sentence(route: str, claim: str, sentence: str) -> None:
    names = {name for _, name in found(route, sentence)}
    assert claim in names if claim != "-" else not names


def test_every_overclaim_is_labelled_and_so_is_its_denial() -> None:
    claimed = {claim for _, claim, _ in LABELLED if claim != "-"}
    assert claimed == {rule.name for rules in OVERCLAIMS.values() for rule in rules}
    assert sum(claim == "-" for _, claim, _ in LABELLED) >= 60
    assert len(LABELLED) >= 120


README = """\
# Assistant

Answers questions about
the refund policy. It is production-ready
and cites its sources. Throughput was not measured.

```
echo "50 requests per second"
```

| what | value |
|---|---|
| throughput | not measured |
| speed | 80 requests per second |

<!-- production-ready -->

## Known limits

- production latency
- 50 requests per second

## Usage

> Low-latency answers

1. It scales horizontally.
"""


def test_claims_have_lines_and_limits_are_none() -> None:
    assert found(LOCAL_CPU, README) == [
        (4, "production latency"), (14, "throughput"), (25, "production latency"),
        (27, "throughput")]


@pytest.mark.parametrize("heading", [
    "Known limits", "Limitations", "Not tested", "What was not tried", "Roadmap", "制限事項",
    "今後の予定", "限制", "未测试"])
def test_what_stands_under_limits_is_no_claim(heading: str) -> None:
    text = f"# A\n\n## {heading}\n\nproduction latency\n\n### more\n\n50 requests per second\n"
    assert found(LOCAL_CPU, text) == []
    assert found(LOCAL_CPU, text + "\n## Usage\n\nIt is production-ready.\n") == [
        (13, "production latency")]


def test_one_route_may_say_what_another_may_not() -> None:
    assert found(RENTED_GPU, "Throughput of 400 requests per second.") == []
    assert found(COLAB, "Throughput of 400 requests per second.") == []
    assert found(Route(), "It is production-ready.") == []


def test_a_rented_gpu_that_is_guarded_may_be_public() -> None:
    guarded = Route(kind=RENTED_GPU, auth="OAuth", logging="Loki", monitoring="Grafana, pages Ann")
    assert found(guarded, "The endpoint is ready for the public.") == []
    half = Route(kind=RENTED_GPU, auth="OAuth")
    assert found(half, "The endpoint is ready for the public.") != []


def test_a_manifest_is_read_where_it_tells_something() -> None:
    text = """version: 1
about:
  task: Answers in real time
  unsupported: [production latency, 50 requests per second]
  privacy: nothing is kept
route: {kind: local-cpu}
contract: {limits: {latency_target: 2s}}
"""
    claims = list(claims_in_manifest(Route(kind=LOCAL_CPU), "gatekeeper.yaml", text))
    assert [str(claim) for claim in claims] == [
        "gatekeeper.yaml:3: claims production latency (the machine is not the one that will "
        "serve): Answers in real time"]


@given(hostile_text)
def test_any_text_can_be_read(text: str) -> None:
    for route in OVERCLAIMS:
        for line, _ in found(route, text):
            assert 1 <= line <= len(text.splitlines())
