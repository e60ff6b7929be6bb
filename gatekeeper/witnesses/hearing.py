"""Hearing the others: a judge model, embeddings and own checks are asked about stored replies.

It happens after a round of asking the service and before anything is judged by what they say. Each
is asked once for each reply, what came is kept in the pack, and nothing is asked again. What cannot
be asked leaves its reason there too: no row passes because nobody answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.evidence.pack import Pack
from gatekeeper.formats.canonical import to_line
from gatekeeper.judging.case_judging import Bench
from gatekeeper.manifest.secrets import Auth, fault_of_value
from gatekeeper.manifest.witnesses import OwnChecks
from gatekeeper.model import Answer, Case, NoAnswer, Side
from gatekeeper.neutral import shortened, visible
from gatekeeper.policy.resolve import Origin, Policy
from gatekeeper.policy.secrets import unsettled
from gatekeeper.ports import Connection, Progress, Ran
from gatekeeper.redaction import Redactor
from gatekeeper.service.contract import read_reply
from gatekeeper.witnesses.endpoint import Endpoint, in_parallel
from gatekeeper.witnesses.heard import keep
from gatekeeper.witnesses.own_checks import given_to, read_entry, read_out
from gatekeeper.witnesses.rubric import MAX_ANSWER
from gatekeeper.witnesses.testimony import PYTHON, RUBRIC, Question, Testimony, cosine, witnessed

BATCH = 256
"""Questions that are looked at together; an own check is started once for each batch."""
MAX_TEXT = 1000
"""Characters kept of what an own check says, and of why somebody did not answer."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How the others are reached from here."""

    connect: Callable[[str, Mapping[str, str]], Connection]
    """A connection to a URL, with headers."""
    secret: Callable[[str], str]
    """The value of a variable; empty where it is not there."""
    redactor: Callable[[str], Redactor]
    """What replaces this secret too before anything is kept."""
    run_own: Callable[[OwnChecks, bytes], Ran]
    """Runs an own check on its input; CouldNotMeasure where it cannot be run at all."""
    fork: bool = False
    """The change comes from a fork."""


class _NobodyToAsk(Exception):
    """Why nobody can be asked at all."""


class Hearing:
    """One run's questions to others."""

    def __init__(self, pack: Pack, policy: Policy, reach: Reach, redact: Redactor,
                 progress: Progress) -> None:
        self._pack = pack
        self._policy = policy
        self._reach = reach
        self._redact = redact
        self._progress = progress
        self._endpoints: dict[str, Endpoint] = {}

    def hear(self, cases: Iterable[Case], bench: Callable[[], Bench]) -> None:
        """Ask whatever has not been asked about these cases' stored replies; `bench` is what they
        would be judged with, and is made only where somebody is to be asked."""
        wanted = [case for case in cases if witnessed(case)]
        questions = self._open(bench(), wanted) if wanted else iter(())
        while batch := list(islice(questions, BATCH)):
            batch.sort(key=lambda question: (question.call.name, question.call.argument))
            for name, some in groupby(batch, key=lambda question: question.call.name):
                self._ask(name, list(some))

    def _open(self, bench: Bench, cases: list[Case]) -> Iterator[Question]:
        with self._pack.attempts() as attempts:
            for case in cases:
                for side in Side:
                    for attempt in attempts.of(case.case_id, side):
                        answer = read_reply(bench.contracts[side], attempt.reply)
                        if not isinstance(answer, Answer):
                            continue
                        for one in bench.witnesses.questions(case, side, attempt.number, answer):
                            if one.key not in bench.witnesses.heard:
                                yield one

    def _ask(self, name: str, questions: list[Question]) -> None:
        ask = {RUBRIC: self._ask_judge, PYTHON: self._ask_own}.get(name, self._ask_embeddings)
        try:
            if barred := barred_by(self._policy, self._reach.fork):
                raise _NobodyToAsk(barred)
            for question, testimony in ask(questions):
                keep(self._pack, question, testimony)
        except _NobodyToAsk as error:
            for question in questions:
                keep(self._pack, question, Testimony(failed=(str(error),)))

    # A judge

    def _ask_judge(self, questions: list[Question]) -> Iterator[tuple[Question, Testimony]]:
        judge = self._policy.manifest.judge
        if judge is None:
            raise _NobodyToAsk("the policy that decides names no `judge`")
        endpoint = self._endpoint(RUBRIC, judge.url, judge.auth, judge.timeout, judge.max_calls)
        self._say(f"asking {judge.model}", len(questions))

        def vote(connection: Connection, task: tuple[int, Question]) -> str | NoAnswer:
            body = {**(judge.request or {}), "model": judge.model, "messages": task[1].payload}
            return endpoint.chat(connection, body)

        votes: dict[int, list[str | NoAnswer]] = {}
        tasks = []
        for place, question in enumerate(questions):
            if endpoint.allots(judge.votes):
                tasks += [(place, question)] * judge.votes
            else:
                yield question, _spent(judge.model, "judge", judge.max_calls)
        for (place, question), answer in in_parallel(tasks, judge.concurrency, endpoint.connect,
                                                     vote):
            votes.setdefault(place, []).append(answer)
            if len(votes[place]) == judge.votes:
                yield question, self._testimony(judge.model, votes.pop(place))

    def _testimony(self, by: str, answers: list[str | NoAnswer]) -> Testimony:
        """Answers are kept a character longer than what counts, so that a cut is seen as one. They
        come in any order: they are kept in one."""
        said = sorted(one[: MAX_ANSWER + 1] for one in answers if isinstance(one, str))
        failed = sorted(_short(f"{by}: {one.reason}") for one in answers
                        if isinstance(one, NoAnswer))
        return Testimony(by, tuple(said), tuple(failed))

    # Embeddings

    def _ask_embeddings(self, questions: list[Question]) -> Iterator[tuple[Question, Testimony]]:
        asked = self._policy.manifest.embeddings
        if asked is None:
            raise _NobodyToAsk("the policy that decides names no `embeddings`")
        endpoint = self._endpoint("similar", asked.url, asked.auth, asked.timeout, asked.max_calls)
        self._say(f"comparing with {asked.model}", len(questions))

        def compare(connection: Connection, question: Question) -> Testimony:
            rows = endpoint.embed(connection, {"model": asked.model, "input": question.payload})
            try:
                if not isinstance(rows, NoAnswer):
                    return Testimony(asked.model, (cosine(*rows),))
                reason = rows.reason
            except ValueError as error:
                reason = str(error)
            return Testimony(asked.model, failed=(_short(f"{asked.model}: {reason}"),))

        tasks = []
        for question in questions:
            if endpoint.allots(1):
                tasks.append(question)
            else:
                yield question, _spent(asked.model, "embeddings", asked.max_calls)
        yield from in_parallel(tasks, asked.concurrency, endpoint.connect, compare)

    def _endpoint(
        self, name: str, url: str, auth: Auth | None, timeout: float, max_calls: int
    ) -> Endpoint:
        if name not in self._endpoints:
            headers: Mapping[str, str] = {}
            value = ""
            if auth is not None:
                value = self._reach.secret(auth.secret).strip()
                if fault := fault_of_value(auth.secret, value):
                    raise _NobodyToAsk(fault)
                headers = auth.headers(value)
            redact = self._reach.redactor(value)
            self._endpoints[name] = Endpoint(lambda: self._reach.connect(url, headers), redact,
                                             timeout, max_calls)
        return self._endpoints[name]

    # Own checks

    def _ask_own(self, questions: list[Question]) -> Iterator[tuple[Question, Testimony]]:
        for argument, some in groupby(questions, key=lambda question: question.call.argument):
            yield from self._ask_one_own(argument, list(some))

    def _ask_one_own(
        self, argument: str, questions: list[Question]
    ) -> Iterator[tuple[Question, Testimony]]:
        entry, own = read_entry(argument), self._policy.manifest.own_checks
        source, by = self._policy.own_files.get(entry.path), f"{argument} in {own.image}"
        if source is None:
            why = (f"{entry.path} is not among base's own checks; head's is run once its policy is "
                   "accepted")
            yield from ((question, Testimony(by, failed=(why,))) for question in questions)
            return
        self._say(f"running {argument}", len(questions))
        try:
            ran = self._reach.run_own(
                own, given_to(entry, source, [question.payload for question in questions]))
        except CouldNotMeasure as error:
            why = _short(f"own checks run in a container, and cannot be run here: {error.message}")
            yield from ((question, Testimony(by, failed=(why,))) for question in questions)
            return
        answers = read_out(ran.out)
        for question in questions:
            key = (question.case_id, question.side.value, question.number)
            yield question, self._own_testimony(by, argument, answers.get(key, []), ran)

    def _own_testimony(
        self, by: str, argument: str, answers: list[dict[str, Any]], ran: Ran
    ) -> Testimony:
        if not answers:
            words = " ".join(ran.last_words.split()[-30:])
            how = ran.ended or "ended without an answer that could be read"
            said = f": {words}" if words else ""
            return Testimony(by, failed=(self._kept(f"{argument} {how}{said}"),))
        if len(answers) > 1:
            return Testimony(by, failed=(f"{argument} answered {len(answers)} times about one "
                                         "reply",))
        answer = answers[0]
        if "error" in answer:
            return Testimony(by, failed=(self._kept(f"{argument} raised {answer['error']}"),))
        found = {name: self._kept(value) if isinstance(value, str) else value
                 for name in ("passed", "expected", "got") if (value := answer.get(name))
                 is not None}
        return Testimony(by, (to_line(found).strip()[: MAX_ANSWER + 1],))

    def _kept(self, text: str) -> str:
        return shortened(self._redact(text), MAX_TEXT)

    def _say(self, words: str, count: int) -> None:
        self._progress.say(f"{words} about {count} {'reply' if count == 1 else 'replies'}")


def _short(text: str) -> str:
    return shortened(visible(text), MAX_TEXT)


def _spent(by: str, key: str, calls: int) -> Testimony:
    return Testimony(by, failed=(f"{by} was not asked: the {calls} calls of `{key}.max_calls` are "
                                 "spent",))


def barred_by(policy: Policy, fork: bool) -> str:
    """Why nobody is asked under a policy, however it decides; empty where others may be.

    Whom to ask, and which secret they are sent, is base's to say. Where head's policy decides and
    nobody has accepted it, it must not choose who is sent a secret."""
    return {
        Origin.UNREADABLE: "base's policy cannot be used, and nobody has accepted whom head's asks",
        Origin.ADOPTED: "base has no policy, and whom a fork asks is nobody's choice here",
        None: "",
    }[unsettled(policy, fork)]
