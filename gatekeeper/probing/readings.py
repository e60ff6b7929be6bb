"""What came of a probe, read: held, broken, or not told. Pure.

Broken is only what contradicts a promise: a crash, a hang, a 5xx, an answer to what is no request.
What a sound service may do and does not prove the promise either is unmeasured; what was never
promised is moot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gatekeeper.formats.structured import MISSING, at_pointer
from gatekeeper.manifest.contract import Contract
from gatekeeper.model import Answer, Fault, NoAnswer, Reply
from gatekeeper.outcome import CheckStatus, Finding
from gatekeeper.probing.probes import FIRST, Lenient, Probe, Wish
from gatekeeper.probing.sightings import NOT_KEPT, Probed, Seen, Sighting
from gatekeeper.service.contract import read_reply

HELD, BROKEN, MOOT, UNMEASURED = (CheckStatus.HELD, CheckStatus.BROKEN, CheckStatus.MOOT,
                                  CheckStatus.UNMEASURED)
NOT_SENT = "not sent"
_OURS = "gate-fault"
WORDS_PER_TOKEN = 8
"""No tokeniser puts more words than this into a token."""
SLOW_MS = 100.0
"""A reply that takes less alone says nothing about how several share the time."""
IN_TURN = 0.8
"""From this share of the time of all, one after another, they were not seen to be served
together."""
_BY_OTHERS = (401, 403, 411, 413, 429, 431)
"""Refusals that a proxy before the service makes, in a form of its own."""
_MUST_KEEP_FORM = (Wish.REFUSED,)


@dataclass(frozen=True, slots=True)
class ProbeFinding:
    """One probe on one line of the contract."""

    probe: str
    line: str
    sent: str
    finding: Finding

    @property
    def status(self) -> CheckStatus:
        """The fate of the promise."""
        return self.finding.status


def read_probes(
    contract: Contract, probes: tuple[Probe, ...], probed: Probed
) -> tuple[ProbeFinding, ...]:
    """Every probe of a spelled-out contract, in order; those of the form of answers and of errors
    follow from the others."""
    reader = _Reader(contract, probed.seen)
    found = [ProbeFinding(probe.name, probe.line, probe.sent, reader.read(probe, probed.not_sent))
             for probe in probes]
    found += [ProbeFinding(name, "response_shape", sent, finding)
              for name, sent, finding in reader.forms(probes, probed.not_sent)]
    return tuple(found)


def is_alive(contract: Contract, reply: Reply) -> bool:
    """A normal request was answered: with anything that is no error."""
    return reply.error in ("", NOT_KEPT) and _is_good(reply) and not _has_error(contract, reply)


def _has_error(contract: Contract, reply: Reply) -> bool:
    """Something stands at the pointer of an error's message."""
    pointer = contract.response_shape.error
    found = at_pointer(_json(reply), pointer) if pointer else MISSING
    return found is not MISSING and found not in (None, "", [], {}, False)


class _Reader:
    def __init__(self, contract: Contract, seen: Mapping[str, Sighting]) -> None:
        self._contract = contract
        self._seen = seen
        self._rules: Mapping[Wish, Callable[[Probe, Sighting], tuple[CheckStatus, str]]] = {
            Wish.ANSWERED: self._answered, Wish.REFUSED: self._refused,
            Wish.TURNED_AWAY: self._refused, Wish.CUT_OFF: self._cut_off,
            Wish.TOGETHER: self._together, Wish.ONE_MORE: self._one_more, Wish.LEFT: self._left,
        }

    def read(self, probe: Probe, not_sent: str) -> Finding:
        sighting = self._seen.get(probe.name)
        if sighting is None or len(sighting.replies) != probe.times:
            return Finding(UNMEASURED, probe.expected, f"{NOT_SENT}: {not_sent}")
        if sighting.ended:
            return Finding(BROKEN, probe.expected, f"the service ended: {sighting.ended}")
        status, got = self._rules[probe.wish](probe, sighting)
        after = sighting.after.reply if sighting.after else None
        if probe.name != FIRST and after is not None and not is_alive(self._contract, after):
            ours = after.error == _OURS
            return Finding(UNMEASURED if ours else BROKEN, probe.expected,
                           f"{got}; and then a normal request is not answered: "
                           f"{self._words(after)}")
        return Finding(status, probe.expected, got)

    def _is_alive(self, seen: Seen) -> bool:
        return is_alive(self._contract, seen.reply)

    def _answer(self, reply: Reply) -> Answer | NoAnswer:
        return read_reply(self._contract, reply)

    def _words(self, reply: Reply) -> str:
        """What came, in words."""
        found = self._answer(reply)
        if isinstance(found, NoAnswer):
            return found.reason
        return f"HTTP {reply.status}, {found.text[:80]!r}"

    # The rules

    def _answered(self, probe: Probe, sighting: Sighting) -> tuple[CheckStatus, str]:
        reply = sighting.replies[0].reply
        found = self._answer(reply)
        if isinstance(found, Answer):
            return HELD, f"HTTP {reply.status}, an answer"
        if probe.name == FIRST or found.fault is Fault.WORLD:
            return UNMEASURED, found.reason
        return BROKEN, found.reason

    def _refused(self, probe: Probe, sighting: Sighting) -> tuple[CheckStatus, str]:
        reply, status = sighting.replies[0].reply, sighting.replies[0].reply.status
        words = self._words(reply)
        if reply.error == _OURS:
            return UNMEASURED, words
        if status is None or (reply.error and not _is_good(reply)):
            return self._no_reply(probe, reply), words
        if 400 <= status < 500 or (status == 501 and probe.method == "GET"):
            return HELD, words
        if not _is_good(reply):
            return (BROKEN if status >= 500 else UNMEASURED), words
        if _has_error(self._contract, reply):
            return self._leniently(probe), f"HTTP {status} with an error inside: {words}"
        return self._leniently(probe), f"it is answered all the same: {words}"

    def _no_reply(self, probe: Probe, reply: Reply) -> CheckStatus:
        """A long prompt may take long, on this machine at least; anything else is a hang."""
        slow = reply.error == "timed-out" and probe.lenient is Lenient.UNTOLD
        return UNMEASURED if slow and probe.line == "limits" else BROKEN

    def _leniently(self, probe: Probe) -> CheckStatus:
        return {Lenient.BROKEN: BROKEN, Lenient.UNTOLD: UNMEASURED,
                Lenient.ALLOWED: MOOT}[probe.lenient]

    def _cut_off(self, probe: Probe, sighting: Sighting) -> tuple[CheckStatus, str]:
        reply = sighting.replies[0].reply
        if reply.error == "timed-out":
            return UNMEASURED, f"{self._words(reply)}, on this machine"
        if reply.error in (_OURS, NOT_KEPT):
            return UNMEASURED, self._words(reply)
        if reply.error or not _is_good(reply):
            return BROKEN, self._words(reply)
        text, finish, tokens = self._parts(reply)
        if tokens is None:
            words = len(text.split())
            if words > probe.most * WORDS_PER_TOKEN:
                return BROKEN, f"{words} words, finish reason {finish or 'none'}"
            return UNMEASURED, f"it does not say how many tokens, in {words} words"
        counted = "1 token" if tokens == 1 else f"{tokens} tokens"
        got = f"{counted}, finish reason {finish or 'none'}"
        if tokens > probe.most:
            return BROKEN, got
        if probe.name == "few-tokens" and finish != "length":
            return UNMEASURED, f"{got}: it ends by itself, and was not seen to be cut off"
        return HELD, got

    def _parts(self, reply: Reply) -> tuple[str, str, int | None]:
        """Text, finish reason and tokens of a reply that may have no text."""
        shape, body = self._contract.response_shape, _json(reply)
        text, finish, tokens = (at_pointer(body, pointer) if pointer else MISSING
                                for pointer in (shape.content, shape.finish_reason, shape.tokens))
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            tokens = None
        return (text if isinstance(text, str) else "", finish if isinstance(finish, str) else "",
                tokens)

    def _together(self, probe: Probe, sighting: Sighting) -> tuple[CheckStatus, str]:
        lost = [seen for seen in sighting.replies if not self._is_alive(seen)]
        count = len(sighting.replies)
        if lost:
            return self._lost(lost, count)
        alone = self._alone()
        took = max(seen.started * 1000 + seen.total_ms for seen in sighting.replies)
        if count > 1 and alone >= SLOW_MS:
            times = f"in the time of {took / alone:.1f} that are asked alone"
            if took > IN_TURN * count * alone:
                return UNMEASURED, f"{count} of {count} answered, {times}: one after another"
            return HELD, f"{count} of {count} answered, {times}"
        return HELD, f"{count} of {count} answered"

    def _alone(self) -> float:
        """Milliseconds that a normal request took which was asked alone; the quickest counts."""
        times = [one.after.total_ms for one in self._seen.values()
                 if one.after is not None and self._is_alive(one.after)]
        return min(times, default=0.0)

    def _one_more(self, probe: Probe, sighting: Sighting) -> tuple[CheckStatus, str]:
        lost = [seen for seen in sighting.replies
                if not self._is_alive(seen) and seen.reply.status not in (429, 503)]
        count = len(sighting.replies)
        if lost:
            return self._lost(lost, count)
        waiting = sum(seen.reply.status in (429, 503) for seen in sighting.replies)
        told = f", {waiting} told to wait" if waiting else ""
        return HELD, f"{count - waiting} of {count} answered{told}"

    def _lost(self, lost: list[Seen], count: int) -> tuple[CheckStatus, str]:
        words = f"{count - len(lost)} of {count} answered; {self._words(lost[0].reply)}"
        ours = any(seen.reply.error == _OURS for seen in lost)
        return (UNMEASURED if ours else BROKEN), words

    def _left(self, probe: Probe, sighting: Sighting) -> tuple[CheckStatus, str]:
        reply = sighting.replies[0].reply
        if not _is_good(reply):
            return UNMEASURED, self._words(reply)
        return HELD, "the next one is answered"

    # What the others show beside

    def forms(
        self, probes: tuple[Probe, ...], not_sent: str
    ) -> Iterator[tuple[str, str, Finding]]:
        """The form of answers and of errors."""
        yield self._answers_form(not_sent)
        if self._contract.response_shape.error:
            yield self._errors_form(probes, not_sent)

    def _answers_form(self, not_sent: str) -> tuple[str, str, Finding]:
        shape, sighting = self._contract.response_shape, self._seen.get(FIRST)
        wanted = {"text": shape.content, "finish reason": shape.finish_reason}
        if self._contract.stream:
            wanted["number of tokens"] = shape.tokens
        expected = ", ".join(f"{name} at {place}" for name, place in wanted.items() if place)
        chat = self._contract.stream and shape.delta.startswith("/choices/")
        name, sent = "answer-form", "a normal request"
        expected += ", [DONE] at its end" if chat else ""
        if sighting is None or len(sighting.replies) != 1:
            return name, sent, Finding(UNMEASURED, expected, f"{NOT_SENT}: {not_sent}")
        seen = sighting.replies[0]
        found = self._answer(seen.reply)
        if isinstance(found, NoAnswer):
            return name, sent, Finding(UNMEASURED, expected, found.reason)
        if chat and not seen.done:
            return name, sent, Finding(BROKEN, expected, "the stream ends without [DONE]")
        _, finish, tokens = self._parts(seen.reply)
        there = {"finish reason": bool(finish), "number of tokens": tokens is not None}
        missing = [one for one, place in wanted.items() if place and not there.get(one, True)]
        if missing:
            return name, sent, Finding(UNMEASURED, expected, f"no {', no '.join(missing)}")
        pieces = f", in {seen.pieces} pieces" if seen.pieces is not None else ""
        return name, sent, Finding(HELD, expected, f"all of it{pieces}")

    def _errors_form(
        self, probes: tuple[Probe, ...], not_sent: str
    ) -> tuple[str, str, Finding]:
        pointer = self._contract.response_shape.error
        expected, name, sent = f"a message at {pointer}", "error-form", "what must be refused"
        good = 0
        for probe in probes:
            sighting = self._seen.get(probe.name)
            if probe.wish not in _MUST_KEEP_FORM or sighting is None or not sighting.replies:
                continue
            reply = sighting.replies[0].reply
            if _is_good(reply) and not reply.error and _has_error(self._contract, reply):
                return name, sent, Finding(BROKEN, expected + ", with HTTP 4xx",
                                           f"{probe.sent}: HTTP {reply.status}")
            status = reply.status or 0
            if reply.error or not 400 <= status < 500 or status in _BY_OTHERS:
                continue
            if not _has_error(self._contract, reply):
                shown = " ".join(reply.body.split())[:80]
                return name, sent, Finding(BROKEN, expected,
                                           f"{probe.sent}: HTTP {status} with {shown!r}")
            good += 1
        if good:
            return name, sent, Finding(HELD, expected, f"in {good} of {good} refusals")
        why = "nothing was refused" if self._seen else f"{NOT_SENT}: {not_sent}"
        return name, sent, Finding(UNMEASURED, expected, why)


def _is_good(reply: Reply) -> bool:
    return reply.status is not None and 200 <= reply.status < 300


def _json(reply: Reply) -> object:
    try:
        return json.loads(reply.body) if reply.body else MISSING
    except (ValueError, RecursionError):
        return MISSING
