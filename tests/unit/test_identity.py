"""What a service says of itself beside what its tree says: read out of hostile packs too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.formats.structured import MISSING, Plain
from gatekeeper.judging.identity import differences, likenesses_in, read_identity
from gatekeeper.judging.measure import Fact
from gatekeeper.model import Fault, Side
from gatekeeper.ports import Received
from gatekeeper.redaction import Redactor
from gatekeeper.service.identity import likenesses, models_of
from gatekeeper.service.likeness import Likeness, agree, as_text

KNOWN_BY = {"/props#/alias": "model.yaml#/name"}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("services", "head", "identity", "reported", "declared", "expected", "got",
                         "reason", "unmeasured")), inner, max_size=5), max_leaves=12)


class Pages:
    """A service of fixed pages."""

    def __init__(self, **pages: Any) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def exchange(self, method: str, path: str, body: bytes | None, timeout: float, *,
                 stream: bool = False) -> Received:
        self.asked.append(path)
        page = self.pages.get(path.strip("/").replace("/", "_"))
        if isinstance(page, Received):
            return page
        return Received(404, b"") if page is None else Received(200, json.dumps(page).encode())

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("one", "other", "same"), [
    ("a", "a", True), ("a", "b", False), ("0.7", "0.699999988079071", True), ("1", "1.0", True),
    ("0.7", "0.71", False), ("true", "1", False), ("", "0", False), ("nan", "nan", True),
    ("Q4_0", "q4_0", False), ("4", "4096", False),
])
def test_what_agrees(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is agree(other, one) is same


@given(st.text(), st.text())
def test_text_agrees_with_nothing_else(one: str, other: str) -> None:
    letters = f"x{one}", f"x{other}"
    assert agree(*letters) is (one == other)


def test_values_as_text() -> None:
    shown = [as_text(value) for value in ("a", Plain("0.7"), 0.7, True, None, {"b": 1, "a": []})]
    assert shown == ["a", "0.7", "0.7", "true", "null", '{"a": [], "b": 1}']
    assert as_text(MISSING) is None


@given(st.text(min_size=300), st.text(min_size=300))
def test_long_values_are_told_apart_by_digest(one: str, other: str) -> None:
    assert (as_text(one) == as_text(other)) is (one == other)


def test_a_page_is_asked_once_and_its_values_compared() -> None:
    service = Pages(props={"alias": "small", "slots": 4, "path": "ghp_" + "a" * 36})
    known_by = {"/props#/alias": "model.yaml#/name", "/props#/slots": "model.yaml#/slots",
                "/props#/gone": "model.yaml#/name", "/none#/x": "missing.yaml#/name",
                "/props#/path": "model.yaml#/name"}
    found = likenesses(service, known_by, {"model.yaml": b"name: small\nslots: 4\n"}.get,
                       Redactor())
    assert [one.holds for one in found] == [True, True, False, False, False]
    assert service.asked == ["/props", "/none"]
    assert (found[2].got, found[2].reason) == (None, "it is not there")
    assert (found[3].expected, found[3].got, found[3].reason) == (None, None, "HTTP 404")
    assert found[4].got == "⟦redacted:github-token⟧"


@pytest.mark.parametrize(("page", "reason"), [
    (Received(200, b"<html>"), "not JSON"), (Received(200, b"[" * 100_000), "not JSON"),
    (Received(None, b"", error="timed-out"), "timed-out"), (Received(500, b"{}"), "HTTP 500"),
])
def test_a_page_that_says_nothing(page: Received, reason: str) -> None:
    found = likenesses(Pages(props=page), KNOWN_BY, {"model.yaml": b"name: a\n"}.get, Redactor())
    assert (found[0].holds, found[0].reason, found[0].unmeasured) == (False, reason, False)


def test_a_page_that_gatekeeper_could_not_ask_is_nobodys_fault() -> None:
    page = Received(None, b"", error="gate-fault")
    found = likenesses(Pages(props=page), KNOWN_BY, {"model.yaml": b"name: a\n"}.get, Redactor())
    rows = {one.reported: one for one in found}
    assert list(differences(rows, KNOWN_BY)) == []
    assert read_identity(rows, KNOWN_BY, None).fault is Fault.WORLD


def test_models_are_listed_and_bounded() -> None:
    listed = [{"id": f"m{n}"} for n in range(50)] + [{"id": 3}, "x"]
    assert models_of(Pages(v1_models={"data": listed}), Redactor())[:2] == ("m0", "m1")
    assert models_of(Pages(v1_models={"data": {"id": "x"}}), Redactor()) == ()
    assert models_of(Pages(), Redactor()) == ()


def environment(**row: Any) -> dict[str, Any]:
    usual = {"reported": "/props#/alias", "declared": "model.yaml#/name", "expected": "a",
             "got": "a", "reason": "", "unmeasured": False, "holds": True}
    return {"services": {"head": {"identity": [{**usual, **row}]}}}


def test_a_row_that_only_claims_to_hold_does_not() -> None:
    found = likenesses_in(environment(got="b"), Side.HEAD)
    assert read_identity(found, KNOWN_BY, None).holds is False
    assert list(differences(found, KNOWN_BY)) == [
        "/props#/alias says `b`, model.yaml#/name says `a`"]


def test_nothing_declared_proves_nothing() -> None:
    fact = read_identity({}, {}, None)
    assert (fact.holds, fact.fault) == (None, Fault.CHANGE)


def test_a_row_that_is_missing_is_not_proven() -> None:
    assert read_identity({}, KNOWN_BY, None).holds is None
    not_started = Fact(None, "head's service did not start")
    assert read_identity({}, KNOWN_BY, not_started) is not_started


@given(anything)
def test_a_pack_may_hold_anything(found: Any) -> None:
    rows = likenesses_in(found, Side.HEAD)
    assert all(isinstance(one, Likeness) for one in rows.values())
    read_identity(rows, KNOWN_BY, None)
