"""What comes up in place of a broken service: the fallback, and base's own service again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from gatekeeper.cases.asking import Ask, Interviewer, Target
from gatekeeper.drill.outcome import Recovery
from gatekeeper.evidence.attempts import AttemptWriter
from gatekeeper.evidence.files import ROLLBACKS
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.drill_judging import Due, held_by
from gatekeeper.manifest.drill import Fallback
from gatekeeper.manifest.service import Service
from gatekeeper.model import Case, Fault, Side
from gatekeeper.policy.resolve import Origin
from gatekeeper.ports import Runtime
from gatekeeper.service.readiness import Ready
from gatekeeper.service.sides import SideUp
from gatekeeper.service.smoke import smoke_test
from gatekeeper.service.watching import NOT_KNOWN, Asked, ask_once
from gatekeeper.stages.drill_services import DrillServices
from gatekeeper.stages.run import Run
from gatekeeper.witnesses.hearing import barred_by

PATIENCE = 600.0
"""Seconds beyond every limit that a contract may declare for one reply."""


def fall_back(
    run: Run, services: DrillServices, runtime: Runtime, fallback: Fallback, since: float
) -> Recovery:
    """The fallback comes up and passes smoke, or the reason why not."""
    run.world.progress.say("drill: falling back")
    if fallback.url:
        return _ask_elsewhere(run, fallback, since)
    what = f"image {fallback.image}" if fallback.image else f"build {_context(fallback)}"
    if runtime.name == "process":
        return Recovery(what, reason="an image is started in Docker, and this run took the process "
                        "runtime", fault=Fault.WORLD)
    # Built from the tree whose policy declares it: the other may not have it.
    policy = run.survey.policy
    decides = policy.origin is Origin.BASE and run.survey.base is not None and \
        run.survey.base.manifest.drill is not None
    tree = Side.BASE if decides and fallback.build else Side.HEAD
    if not services.has(tree):
        return Recovery(what, reason=f"{tree}'s files are not here", fault=Fault.WORLD)
    service = replace(run.plan.services[Side.HEAD], build=fallback.build, image=fallback.image)
    contract = policy.contracts[Side.HEAD]
    up = services.start("fallback", Side.HEAD, service, contract, tree=tree)
    found = _smoked(run, what, up, service, Side.HEAD, since)
    if up.service is not None:
        services.stop(up.service)
    return found


def _context(fallback: Fallback) -> str:
    return fallback.build.context if fallback.build else ""


def _ask_elsewhere(run: Run, fallback: Fallback, since: float) -> Recovery:
    """One request to a service that is up elsewhere; it is neither started nor stopped."""
    what, headers, reach = f"url {fallback.url}", {}, run.world.reach
    redact = run.world.redact
    if barred := barred_by(run.survey.policy, reach.fork):
        return Recovery(what, reason=f"not asked: {barred}", fault=Fault.WORLD)
    if fallback.auth is not None:
        secret = reach.secret(fallback.auth.secret)
        if reach.fork or not secret:
            why = "a fork's run is given no secret" if reach.fork else \
                f"the secret {fallback.auth.secret} is not there"
            return Recovery(what, reason=why, fault=Fault.WORLD)
        redact = redact.knowing((secret,))
        headers = fallback.auth.headers(secret)
    asked = Asked(fallback.url, run.survey.policy.contracts[Side.HEAD], "", fallback.model)
    connection = reach.connect(fallback.url, headers)
    wrong = ask_once(connection, asked, redact, PATIENCE)
    connection.close()
    if wrong == NOT_KNOWN:
        return Recovery(what, reason="gatekeeper itself failed to ask it", fault=Fault.WORLD)
    return Recovery(what, None if wrong else monotonic() - since, reason=redact(wrong))


def _smoked(
    run: Run, what: str, up: SideUp, service: Service, side: Side, since: float
) -> Recovery:
    """Ready, and the smoke test, asked as that side is."""
    if not isinstance(up.outcome, Ready) or up.service is None:
        assert not isinstance(up.outcome, Ready)
        return Recovery(what, reason=up.outcome.cause, fault=up.outcome.fault)
    connection = run.starter.connect(side, up.service.url)
    found = smoke_test(connection, run.survey.policy.contracts[side], service.ready.path,
                       up.outcome.model, run.world.redact)
    connection.close()
    if "passed" not in found:
        return Recovery(what, reason="gatekeeper itself failed to ask it", fault=Fault.WORLD)
    if not found["passed"]:
        return Recovery(what, reason=str(found["reason"]))
    return Recovery(what, monotonic() - since)


def roll_back(
    run: Run, services: DrillServices, bench: Bench, due: Sequence[Due], name: str, since: float
) -> Recovery:
    """Base's service comes up again, passes smoke, and is asked the cases that base passes."""
    run.world.progress.say("drill: rolling back to base")
    policy = run.survey.policy
    service, contract = policy.services[Side.BASE], policy.contracts[Side.BASE]
    what = f"base {run.survey.subject.base_commit[:12]}"
    up = services.start("rollback", Side.BASE, service, contract)
    found = _smoked(run, what, up, service, Side.BASE, since)
    if found.reason or up.service is None or not isinstance(up.outcome, Ready):
        return found
    place = f"{ROLLBACKS}/{name}.jsonl"
    (run.pack.folder / place).unlink(missing_ok=True)
    asked = [one.case for one in due]
    if asked:
        run.world.progress.say(f"drill: asking the rollback {len(asked)} cases")
        with run.pack.appending(place) as writer:
            interview(run, up, asked, writer, range(1, 2))
            for again in range(policy.manifest.eval.confirmations):
                with run.pack.attempts(place) as attempts:
                    lost = {*held_by(bench, due, attempts).lost}
                missed = [case for case in asked if case.case_id in lost]
                if not missed:
                    break
                interview(run, up, missed, writer, range(again + 2, again + 3))
    return replace(found, done_after=monotonic() - since if asked else None)


def interview(
    run: Run, up: SideUp, cases: Sequence[Case], writer: AttemptWriter, numbers: range
) -> None:
    """Ask base's service some cases, each so many times; every reply is kept."""
    assert up.service is not None
    assert isinstance(up.outcome, Ready)
    url = up.service.url
    target = Target(lambda: run.starter.connect(Side.BASE, url), up.outcome.model,
                    run.survey.policy.contracts[Side.BASE])
    workers = min(run.plan.concurrency, len(cases))
    interviewer = Interviewer({Side.BASE: target}, workers, run.world.redact, writer.append)
    try:
        interviewer.ask([Ask(case, Side.BASE, number) for case in cases for number in numbers])
    finally:
        interviewer.close()
