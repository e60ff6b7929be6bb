"""`report.html` as a person uses it, in Chromium: filters, keyboard, what differs, hostile text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gatekeeper.evidence.record import SideRecord
from gatekeeper.model import Change, ChangeKind, Fault, Risk
from gatekeeper.ports import StartFailure
from gatekeeper.report.html.page import Room
from tests.page.conftest import Show
from tests.support.builders import HOSTILE
from tests.support.chromium import Chromium, Page
from tests.support.npm import node_modules
from tests.support.report import many, page_of, told

pytestmark = pytest.mark.xdist_group("chromium")
SHOWN = "[...document.querySelectorAll('tr.case .opens')].map((one) => one.textContent)"
COUNT = "document.querySelector('.count').textContent"
CASES = (
    told("days", "Refunds within 14 days.", "Refunds within 30 days of delivery."),
    told("cites", "See the policy.", risk=Risk.GROUNDING, prompt="Which policy is it?"),
    told("fine", "Yes.", "Yes.", passes=True, risk=Risk.SAFETY),
)
DOCUMENTS = {
    "contract": {"endpoint": {"state": "declared", "declared": "/v1/chat/completions"},
                 "limits": {"state": "broken", "declared": {"timeout": 10}, "missing": [],
                            "probes": [{"probe": "too long", "passed": False, "got": "HTTP 200"}]},
                 "stop_path": {"state": "unknown", "missing": ["contract.stop_path.rollback"]}},
    "shutdown": {"head": {"exit_code": 0, "killed": False, "seconds": 0.4, "proven": False,
                          "gone": {"container": True, "network": False}}},
    "drill": {"failure": "does-not-start", "passed": True,
              "steps": [{"at": 0.0, "what": "broken on purpose", "ok": True},
                        {"at": 2.5, "what": "the fallback answers", "ok": True}]},
    "smoke": {"passed": True, "first_message": "Hello"},
}


def click(page: Page, selector: str) -> None:
    page.run(f"document.querySelector({json.dumps(selector)}).click()")


def test_the_verdict_and_its_reasons_stand_first(show: Show) -> None:
    page = show(*CASES)
    assert page.run("document.title") == "gatekeeper: Blocked"
    assert page.run("document.querySelector('h1').innerText.trim()") == "✗ Blocked"
    assert "gate share is closed: failures == 0, measured 2 (2 of 3 cases)" in page.run(
        "document.querySelector('.reasons').innerText")
    assert page.run("[...document.querySelectorAll('main h2')].slice(0, 2).map((h) => h.innerText)"
                    ) == ["Gates", "Cases"]


def test_what_did_not_pass_is_listed_and_the_rest_on_request(show: Show) -> None:
    page = show(*CASES)
    assert page.run(SHOWN) == ["days", "cites"]
    assert page.run(COUNT) == "2 of 3 cases shown"
    click(page, "[name=show][value=all]")
    assert page.run(SHOWN) == ["days", "cites", "fine"]


def test_by_risk_by_gate_and_what_is_new(show: Show) -> None:
    page = show(*CASES)
    click(page, "[name=risk][value=grounding]")
    assert page.run(SHOWN) == ["cites"]
    click(page, "[name=risk][value=format]")
    assert page.run(SHOWN) == ["days", "cites"]
    click(page, "#fresh")
    assert page.run(SHOWN) == ["days"]
    page.run("[...document.querySelectorAll('.filters button')].pop().click()")
    assert page.run(SHOWN) == ["days", "cites"]
    click(page, ".conditions button")
    assert page.run("document.querySelector('#gate').value") == "failures"
    assert page.run(SHOWN) == ["days", "cites"]
    assert page.run("document.activeElement.id") == "cases"


def test_text_is_looked_for_in_prompts_and_replies(show: Show) -> None:
    page = show(*CASES)
    page.run("document.querySelector('#text').focus()")
    page.type("30 DAYS")
    page.until(f"{COUNT} === '1 of 3 cases shown'")
    assert page.run(SHOWN) == ["days"]
    page.run("document.querySelector('#text').select()")
    page.type("which policy")
    page.until(f"{SHOWN}.join() === 'cites'")
    page.run("document.querySelector('#text').select()")
    page.type("nothing like it")
    page.until("document.querySelector('.none').textContent !== ''")
    assert page.run("document.querySelector('.none').textContent") == "No case is like that."


def test_the_count_is_told_to_those_who_cannot_see_it(show: Show) -> None:
    page = show(*CASES)
    assert page.run("document.querySelector('.count').getAttribute('aria-live')") == "polite"


def test_everything_can_be_done_with_the_keyboard(show: Show) -> None:
    page = show(*CASES)
    page.press("Tab")
    assert page.run("document.activeElement.innerText") == "Skip to the cases"
    page.press("Enter")
    page.press("Tab")
    assert page.run("document.activeElement.name") == "show"
    page.press("ArrowRight")
    assert page.run(SHOWN) == ["days", "cites", "fine"]
    page.press("Tab")
    page.press(" ")
    assert page.run(SHOWN) == ["days"]
    for _ in range(20):
        page.press("Tab")
        if page.run("document.activeElement.className") == "opens":
            break
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter")
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert page.run("document.querySelector('.detail').innerText").startswith("Prompt")
    page.press("Enter")
    assert page.run("document.querySelector('tr.under').hidden") is True


def test_what_differs_is_marked_word_by_word(show: Show) -> None:
    page = show(*CASES)
    click(page, ".opens")
    marked = "[...document.querySelectorAll('.prose %s')].map((one) => one.textContent)"
    assert page.run(marked % "del") == ["30", " of delivery"]
    assert page.run(marked % "ins") == ["14"]


@pytest.mark.parametrize(("base", "head", "gone", "come"), [
    ("返金は三十日以内です。", "返金は十四日以内です。", ["三"], ["四"]),
    ("한국어 답변입니다", "한국어 대답입니다", ["답변입니다"], ["대답입니다"]),
    ("a b c d e", "a b c d e f", [], [" f"]),
    ("one two three", "one 2 3", ["two three"], ["2 3"]),
])
def test_scripts_without_spaces_are_compared_by_character(
    show: Show, base: str, head: str, gone: list[str], come: list[str]
) -> None:
    page = show(told("a", head, base))
    click(page, ".opens")
    marked = "[...document.querySelectorAll('.prose %s')].map((one) => one.textContent)"
    assert "".join(page.run(marked % "del")) == "".join(gone)
    assert "".join(page.run(marked % "ins")) == "".join(come)
    whole = "[...document.querySelectorAll('.reply .prose')].map((one) => one.textContent)"
    assert page.run(whole) == [base, head]


@pytest.mark.parametrize(("base", "head", "note"), [
    ("The same.", "The same.", "Base and head say the same, to the letter."),
    ("alpha beta gamma delta", "eins zwei drei vier", "next to nothing in common"),
    ("x " * 2900, "".join(f"{n} " for n in range(1200)), "next to nothing in common"),
])
def test_where_marks_would_say_nothing_there_are_none(
    show: Show, base: str, head: str, note: str
) -> None:
    page = show(told("a", head, base))
    click(page, ".opens")
    assert note in page.run("document.querySelector('.detail').textContent")
    assert page.run("document.querySelectorAll('.prose del, .prose ins').length") == 0


def test_every_attempt_and_every_check_can_be_seen(show: Show) -> None:
    page = show(told("a", "No.", "30 days.", attempts=3))
    click(page, ".opens")
    attempts = "[...document.querySelectorAll('.attempt')].map((one) => one.ariaPressed)"
    assert page.run(attempts) == ["true", "false", "false"]
    page.run("document.querySelectorAll('.attempt')[2].click()")
    assert page.run(attempts) == ["false", "false", "true"]
    checks = page.run("document.querySelector('.findings').innerText")
    for words in ("answers", "contains:day", "a day", "✓ held", "✗ broken", "no day"):
        assert words in checks


def test_a_case_can_be_linked_to(show: Show) -> None:
    page = show(*CASES, fragment="#case=fine")
    assert page.run("document.activeElement.textContent") == "fine"
    assert page.run("document.activeElement.ariaExpanded") == "true"


def test_times_are_drawn_for_both_sides_with_numbers_below(show: Show) -> None:
    page = show(*many(60))
    assert page.run("document.querySelectorAll('.dots.base rect').length") == 60
    assert page.run("document.querySelectorAll('.dots.head circle').length") == 60
    assert page.run("document.querySelectorAll('.share').length") == 2
    rows = page.run("document.querySelector('table.numbers').innerText")
    assert "needs 299" in rows
    assert "6\u00a0ms" in rows


def test_contract_drill_and_shutdown_are_shown_whatever_their_keys(show: Show) -> None:
    page = show(*CASES, documents=DOCUMENTS, changes=(
        Change(ChangeKind.QUANTIZATION, "config.toml", "/q", "int8", "int2"),),
        head=SideRecord(started=True, ready_seconds=3.2, model="tiny"))
    text = page.run("document.querySelector('main').innerText")
    for words in ("✗ broken", "too long", "? unknown", "the fallback answers", "2.5 s",
                  "network still there", "container gone", "not proven", "exit code 0",
                  "ready, serves tiny", "int8", "int2"):
        assert words in text
    assert page.run("document.querySelectorAll('#drill .timeline li').length") == 2
    assert "quantization: int8 → int2" in page.run("document.querySelector('header').innerText")


def test_sections_without_anything_to_say_are_not_there(show: Show) -> None:
    page = show(nothing_changed=True)
    titles = "[...document.querySelectorAll('nav a')].map((one) => one.textContent)"
    assert page.run(titles) == ["What changed", "Policy", "This run"]
    assert page.run("document.querySelector('h1').innerText.trim()") == "✓ Pass"


def test_a_service_that_did_not_start_says_why(show: Show) -> None:
    failure = StartFailure("exited with code 1", Fault.CHANGE, "OOM", "line 1\n<b>line 2</b>")
    page = show(told("a", ""), head=SideRecord(failure=failure))
    page.run("document.querySelector('#services details').open = true")
    shown = page.run("document.querySelector('#services').innerText")
    assert "did not start: exited with code 1" in shown
    assert "<b>line 2</b>" in shown


NASTY = ("</script><script>document.title = 'owned'</script>", "<img src=x onerror=alert(1)>",
         "<!--<script>", "<svg onload=alert(1)>", "javascript:alert(1)", "<style>*{display:none}",
         "<iframe src=https://e.example>", "\u202egnp.exe", "a\u200bb", "\u0000\ud800\u2028",
         "{{7*7}}", "<base href=https://e.example>", "&lt;b&gt;", "__proto__", "x" * 50_000)


def test_hostile_text_is_shown_and_does_nothing(show: Show) -> None:
    """Wherever a model, a service or a change can put text."""
    bad = "\n".join((*NASTY, *HOSTILE))
    failure = StartFailure(bad, Fault.CHANGE, bad, bad)
    page = show(
        *(told(text, text, text[::-1] + " x", prompt=text, got=text, waived=text if at % 2 else "")
          for at, text in enumerate((*NASTY, bad))),
        documents={name: {bad: bad, "steps": [{"at": 1, "what": bad, "__proto__": bad}]}
                   for name in ("contract", "drill", "shutdown", "smoke", "environment")},
        changes=(Change(ChangeKind.MODEL, bad, bad, bad, bad),), subject=bad,
        head=SideRecord(failure=failure, model=bad, died=bad, identity={bad: bad}), runtime=bad)
    page.run("document.querySelector('[name=show][value=all]').click()")
    page.run("document.querySelectorAll('.opens').forEach((one) => one.click())")
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.run("document.title") == "gatekeeper: Blocked"
    alien = "document.querySelectorAll('img, iframe, base, link, object, embed, [onerror]').length"
    assert page.run(alien) == 0
    assert page.run("document.scripts.length") == 3
    assert page.run("document.querySelectorAll('style').length") == 1
    assert page.run("[...document.querySelectorAll('a')].every((a) => a.hash)") is True
    body = page.run("document.body.innerText")
    assert "<img src=x onerror=alert(1)>" in body
    assert "\\u202egnp.exe" in body
    assert "a\\u200bb" in body
    assert "\u202e" not in body
    assert "of 50,000 characters" in body


def test_the_page_may_run_nothing_but_its_own_script(show: Show) -> None:
    """Were text ever taken for markup, the policy would still not run it."""
    page = show(*CASES)
    page.run("""document.body.append(Object.assign(document.createElement('script'),
             {textContent: 'document.title = "owned"'}))""")
    assert page.run("document.title") == "gatekeeper: Blocked"
    assert "Content Security Policy" in page.errors.pop()


def test_thousands_of_cases_are_listed_a_page_at_a_time(show: Show) -> None:
    page = show(*many(5_000))
    assert page.run(COUNT) == "500 of 5,000 cases shown"
    assert page.run("document.querySelectorAll('tr.case').length") == 100
    click(page, ".more")
    assert page.run("document.querySelectorAll('tr.case').length") == 200
    click(page, "[name=show][value=all]")
    page.run("document.querySelector('#text').focus()")
    page.type("question 4321:")
    page.until(f"{SHOWN}.join() === 'case_04321'")


def test_what_did_not_fit_is_said(show: Show) -> None:
    page = show(*many(50), room=Room(failing=5_000, passing=0, brief=2_000))
    said = page.run("document.querySelector('#cases').innerText")
    assert re.search(r"Of \d+ cases only a line is in this page", said)
    assert re.search(r"\d+ cases did not fit into this page at all", said)
    click(page, "[name=show][value=all]")
    page.run("[...document.querySelectorAll('.opens')].pop().click()")
    assert "Only this much of the case fits" in page.run("document.body.innerText")


@pytest.mark.parametrize("width", [320, 400])
def test_on_a_phone_nothing_runs_out_of_the_screen(show: Show, width: int) -> None:
    page = show(*CASES, told("long", "x" * 300, "y" * 300), documents=DOCUMENTS, width=width)
    page.run("document.querySelectorAll('.opens').forEach((one) => one.click())")
    assert page.run("document.documentElement.scrollWidth") == width
    assert page.run("document.querySelector('tr.case').getAttribute('role')") == "row"


def test_print_opens_what_failed(show: Show) -> None:
    page = show(*CASES)
    page.run("window.dispatchEvent(new Event('beforeprint'))")
    assert page.run("document.querySelectorAll('tr.under:not([hidden])').length") == 2
    page.run("window.dispatchEvent(new Event('afterprint'))")
    assert page.run("document.querySelectorAll('tr.under:not([hidden])').length") == 0
    assert page.printed().startswith(b"%PDF")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(show: Show, dark: bool, width: int) -> None:
    """Deque's checker of accessibility, from npm, contrast included."""
    axe = (node_modules() / "axe-core" / "axe.min.js").read_text("utf-8")
    page = show(*CASES, *many(20), documents=DOCUMENTS, dark=dark, width=width,
                changes=(Change(ChangeKind.QUANTIZATION, "config.toml", "/q", "int8", "int2"),))
    page.run("[...document.querySelectorAll('.opens')].slice(0, 2).forEach((one) => one.click())")
    page.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.call("Runtime.evaluate", expression=axe)
    found = page.run("axe.run().then((told) => told.violations.map((one) => "
                     "[one.id, one.nodes.map((node) => node.html.slice(0, 200))]))")
    assert found == []


def test_without_its_script_the_page_says_where_to_look(chromium: Chromium, tmp_path: Path) -> None:
    page = chromium.open("about:blank")
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    place = tmp_path / "report.html"
    place.write_text(page_of(*CASES), "utf-8")
    page.go(place.as_uri())
    shown = page.call("DOM.getOuterHTML", nodeId=page.call("DOM.getDocument")["root"]["nodeId"])
    assert "failure_table.md" in shown["outerHTML"]
    assert "Blocked</h1>" in shown["outerHTML"]
    page.call("Page.close")
