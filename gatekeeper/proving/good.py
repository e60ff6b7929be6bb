"""Good replies to start from: those that passed in a run, else made up from what a case expects."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gatekeeper.checks.kinds import Baseline, items
from gatekeeper.judging.case_judging import Bench, judge_attempt
from gatekeeper.judging.concluding import Attempts
from gatekeeper.model import Answer, Attempt, Case, Reply, Side, Timing
from gatekeeper.outcome import CaseStatus
from gatekeeper.policy.resolve import Policy
from gatekeeper.proving.replies import Good, make_reply
from gatekeeper.service.contract import make_request, read_reply

QUICK_MS = 20.0
"""How long a reply that is made up is said to have taken."""
REFUSAL = "I'm sorry, but I can't help with that."
ASKING = "Could you please provide the document that says so?"
_LITERAL = ("equals", "contains", "icontains", "starts-with", "levenshtein")
_LISTS = ("contains-all", "contains-any")


class NoAttempts:
    """No attempts at all."""

    def of(self, case_id: str, side: Side) -> tuple[Attempt, ...]:
        """None."""
        return ()


def as_attempt(case: Case, side: Side, reply: Reply, total_ms: float, number: int = 1) -> Attempt:
    """A reply as one attempt of a case."""
    return Attempt(case.case_id, side, number, {}, reply, Timing(0.0, None, total_ms))


def passes(bench: Bench, case: Case, good: Good) -> bool:
    """Whether a reply passes its case, held against itself where it is held against base."""
    answer = read_reply(bench.contracts[Side.HEAD], good.reply)
    if not isinstance(answer, Answer):
        return False
    attempt = as_attempt(case, Side.HEAD, good.reply, good.total_ms)
    judged = judge_attempt(bench, case, attempt, Side.HEAD, Baseline((answer,)))
    return judged.status is CaseStatus.PASSED


def good_replies(
    bench: Bench, policy: Policy, attempts: Attempts, model: str | None = None
) -> dict[str, Good]:
    """Case id -> a reply that passes it; cases for which there is none are left out. `model`: what
    the attempts were asked of; then only answers to the very same request count."""
    goods, same = {}, defaultdict(list)
    for case in policy.cases:
        same[case.prompt].append(case.case_id)
    for case in policy.cases:
        # What another case was answered to the same prompt is an answer to this one too.
        ids = [case.case_id, *(one for one in same[case.prompt] if one != case.case_id)]
        good = next((one for one in _candidates(bench, case, ids, attempts, model)
                     if passes(bench, case, one)), None)
        if case.requirements and good is not None:
            goods[case.case_id] = good
    return goods


def _candidates(
    bench: Bench, case: Case, ids: list[str], attempts: Attempts, model: str | None
) -> Iterator[Good]:
    contract = bench.contracts[Side.HEAD]
    same = bench.contracts.get(Side.BASE) == contract
    given: dict[Side, list[tuple[Attempt, Answer]]] = {}
    for side in (Side.HEAD, Side.BASE):
        if side is Side.HEAD or same:
            asked = (one for case_id in ids for one in attempts.of(case_id, side)
                     if _is_of(one, case, bench, model))
            answers = ((one, read_reply(contract, one.reply)) for one in asked)
            given[side] = [(one, answer) for one, answer in answers if isinstance(answer, Answer)]
    base = next((answer.text for _, answer in given.get(Side.BASE, [])), None)
    for found in given.values():
        for one, answer in found:
            good = Good(one.reply, answer.text, one.timing.total, answer.citations)
            yield replace(good, base_text=base if base != answer.text else None)
    for text in _made_up(case, bench.sources.get(Side.HEAD, {})):
        yield Good(make_reply(contract, text), text, QUICK_MS, made_up=True)


def _is_of(attempt: Attempt, case: Case, bench: Bench, model: str | None) -> bool:
    if model is None:
        return True
    return attempt.request == make_request(bench.contracts[attempt.side], case.prompt, model)


def _made_up(case: Case, sources: Mapping[str, str]) -> Iterator[str]:
    """Texts that may be what a case wants; whether they are is told by its checks."""
    words = ". ".join(_pieces(case))
    quotes = [f'"{_sentence(text)}" [{name}]' for name, text in sorted(sources.items())]
    plain = words or case.expected_behavior or "Yes."
    yield plain
    yield _as_json(case, plain)
    yield REFUSAL
    yield ASKING
    for quote in quotes:
        yield quote
        yield f"{plain} {quote}"
        yield f"{REFUSAL} {quote}"
    yield f"{REFUSAL} {plain}"
    yield "Yes."


def _pieces(case: Case) -> Iterator[str]:
    for requirement in case.requirements:
        call = requirement.alternatives[0]
        if call.negated:
            continue
        if call.name in _LITERAL:
            yield call.argument
        elif call.name in _LISTS:
            yield from items(call.argument)


def _as_json(case: Case, text: str) -> str:
    value: dict[str, object] = {"answer": text}
    for requirement in case.requirements:
        for call in requirement.alternatives:
            if call.name == "required-keys":
                for path in items(call.argument):
                    _put(value, path.split("."))
    return json.dumps(value, ensure_ascii=False)


def _put(value: dict[str, object], path: list[str]) -> None:
    if len(path) == 1:
        value.setdefault(path[0], "…")
        return
    if path[1].isdecimal() or path[1] == "*":
        inner: dict[str, object] = {}
        if len(path) > 2:
            _put(inner, path[2:])
        value[path[0]] = [inner or "…"]
        return
    below = value.setdefault(path[0], {})
    if isinstance(below, dict):
        _put(below, path[1:])


def _sentence(text: str) -> str:
    """A sentence of a source that is long enough to be quoted."""
    lines = [line.strip().lstrip("#-* ") for line in text.splitlines()]
    longest = max(lines, key=len, default="")
    return longest.split(". ")[0].replace('"', "'") if longest else text[:80]

