"""Checks whose outcome is taken from the record: others were asked, and what they said was kept.

Nothing is asked here. What was never said, was said of something else, or cannot be read as an
answer is unmeasured, also where the check is negated.
"""

from __future__ import annotations

from gatekeeper.checks.kinds import Check, Exchange, either, excerpt
from gatekeeper.model import CheckCall
from gatekeeper.outcome import CheckStatus, Finding
from gatekeeper.witnesses.own_checks import NoFinding, read_answer, read_entry
from gatekeeper.witnesses.rubric import count, read_vote
from gatekeeper.witnesses.testimony import PYTHON, RUBRIC, SIMILAR, Testimony, read_cosine

NOBODY = Testimony()


def _said(call: CheckCall, exchange: Exchange) -> Testimony:
    return exchange.testimony.get(str(CheckCall(call.name, call.argument, call.threshold)), NOBODY)


def _unheard(expected: str, testimony: Testimony, why: str = "") -> Finding:
    """Nothing that counts was said, and why."""
    reasons = list(dict.fromkeys(filter(None, (why, *testimony.failed))))
    words = "; ".join(reasons[:3]) or "nobody was asked"
    return Finding(CheckStatus.UNMEASURED, expected, words)


def _llm_rubric(call: CheckCall, exchange: Exchange) -> Finding:
    expected = f"meets the rubric {excerpt(call.argument)}"
    testimony = _said(call, exchange)
    result = count(testimony.said, testimony.due)
    if result.passed is None:
        none = [vote for vote in map(read_vote, testimony.said) if isinstance(vote, str)]
        lost = f", {len(none)} that cannot be counted ({excerpt(none[0])})" if none else ""
        why = (f"no majority of {testimony.due} votes of {testimony.by}: {result.to_pass} to pass, "
               f"{result.to_fail} to fail{lost}") if testimony.by else ""
        return _unheard(expected, testimony, why)
    reason = f"{excerpt(result.reason)} " if result.reason else ""
    return either(result.passed, expected,
                  f"{'meets it' if result.passed else 'does not'}: {reason}(from the record: said "
                  f"by {testimony.by}, {result.agreeing} of {testimony.due} votes)")


def _similar(call: CheckCall, exchange: Exchange) -> Finding:
    least = call.threshold or 0.0
    expected = f"a likeness of {least:g} or more with {excerpt(call.argument)}"
    testimony = _said(call, exchange)
    value = read_cosine(testimony.said[0]) if len(testimony.said) == 1 else None
    if value is None:
        return _unheard(expected, testimony)
    return either(value >= least, expected,
                  f"{value:g} (from the record: embeddings of {testimony.by})")


def _lint_similar(call: CheckCall) -> str:
    if not call.argument:
        return "needs the text to compare with: `similar(0.8):text`"
    if call.threshold is None:
        return "needs a threshold: `similar(0.8):text`"
    return "" if 0 < call.threshold <= 1 else "the threshold must be above 0 and at most 1"


def _python(call: CheckCall, exchange: Exchange) -> Finding:
    testimony = _said(call, exchange)
    try:
        found = read_answer(testimony.said[0]) if len(testimony.said) == 1 else None
    except NoFinding as error:
        return _unheard(f"what {call.argument} asks for", testimony, f"its answer is {error}")
    if found is None:
        return _unheard(f"what {call.argument} asks for", testimony)
    return either(found.passed, excerpt(found.expected),
                  f"{excerpt(found.got)} (from the record: said by {testimony.by})")


def _lint_python(call: CheckCall) -> str:
    try:
        read_entry(call.argument)
    except ValueError as error:
        return str(error)
    return ""


WITNESSED_CHECKS = (
    Check(RUBRIC, "A model of yours (`judge` in the manifest) says that the answer meets this "
          "rubric; without a value the rubric is the row's `expected_behavior`. The majority of "
          "its votes counts.",
          "That model said so of this reply, taken from the record; not that it was not talked "
          "into it.", _llm_rubric, lambda call: "", declared="judge", of_row=True),
    Check(SIMILAR, "The cosine of the embeddings (`embeddings` in the manifest) of the answer and "
          "of this text is at least the number in brackets.",
          "The same topic and wording, to that model, taken from the record; not the same answer: "
          "a yes and a no may be alike.", _similar, _lint_similar, declared="embeddings",
          threshold=True),
    Check(PYTHON, "A function of yours, `python:path/to/file.py:function`, says that the answer "
          "passes. It is base's, and runs in a container without network ([own checks]"
          "(own-checks.md)).",
          "What your function looks at, taken from the record; not what it leaves out.", _python,
          _lint_python),
)
