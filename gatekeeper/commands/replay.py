"""`gatekeeper replay`: one case of a pack shown, and asked again where a service is up. The pack is
not touched."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gatekeeper.adapters.console import Console, emit, style_of
from gatekeeper.adapters.elsewhere import ServiceElsewhere
from gatekeeper.adapters.http import HttpConnection
from gatekeeper.cases.asking import Ask, Interviewer, Target
from gatekeeper.errors import CouldNotMeasure, ExitCode, UsageError
from gatekeeper.evidence.pack import Pack, undamaged
from gatekeeper.evidence.record import RunRecord
from gatekeeper.formats.spelling import nearest
from gatekeeper.judging.bench_in import bench_of
from gatekeeper.judging.case_judging import Bench, judge_case
from gatekeeper.judging.concluding import with_waiver
from gatekeeper.judging.from_pack import policy_in
from gatekeeper.model import Attempt, Case, Side
from gatekeeper.neutral import for_log, for_shell, for_terminal
from gatekeeper.outcome import CaseJudgement, CaseStatus, SideJudgement
from gatekeeper.plan import UP_SECONDS
from gatekeeper.policy.resolve import Policy
from gatekeeper.redaction import Redactor
from gatekeeper.report.markdown import run_alone
from gatekeeper.report.replay import beside, case_lines, heard
from gatekeeper.report.terminal import Style
from gatekeeper.service.credentials import find_credentials
from gatekeeper.service.readiness import Ready, await_ready

_WORST_FIRST = (ExitCode.BLOCK, ExitCode.UNDECIDED, ExitCode.PASS)


@dataclass(frozen=True, slots=True)
class _Told:
    """One case, as the pack has it, and as it was asked again."""

    stored: CaseJudgement
    head: tuple[Attempt, ...]
    base: tuple[Attempt, ...]
    asked: tuple[Attempt, ...] = ()
    again: SideJudgement | None = None

    @property
    def latest(self) -> SideJudgement:
        return self.again or self.stored.head


def replay_command(folder: Path, name: str, url: str) -> ExitCode:
    """Show the case; the exit code is of its latest answers."""
    pack = Pack.open(folder)
    with undamaged(folder, "a case is replayed from a pack as it was written"):
        record = pack.read_record()
        policy = policy_in(pack, record)
        bench = bench_of(pack, record, policy)
        told = list(_stored(pack, record, policy, bench, name))
        if url:
            told = _asked_again(told, policy, bench, url)
        style = style_of(sys.stdout)
        lines = [line for one in told for line in _lines(one, policy, style, url)]
        lines += _how(told, record, folder, url)
    emit("\n".join(lines) + "\n")
    code = min((_code(one.latest) for one in told), key=_WORST_FIRST.index)
    if altered := pack.altered():
        print(f"{for_log(str(folder))}: not as it was sealed: {for_log(', '.join(altered[:3]))}; "
              "do not trust it", file=sys.stderr)
        return ExitCode.UNDECIDED if code is ExitCode.PASS else code
    return code


def _code(side: SideJudgement) -> ExitCode:
    if side.status is CaseStatus.PASSED:
        return ExitCode.PASS
    blocks = side.is_loss or side.status is CaseStatus.UNVERIFIED
    return ExitCode.BLOCK if blocks else ExitCode.UNDECIDED


def _stored(
    pack: Pack, record: RunRecord, policy: Policy, bench: Bench, name: str
) -> Iterator[_Told]:
    """The case of that name; an edited one is both of its versions."""
    names = {case.case_id: case for case in policy.cases}
    found = [case for case in policy.cases if name in (case.case_id,
                                                      case.case_id.partition("@")[0])]
    if not found:
        raise UsageError(f"{name}: there is no such case in this pack", nearest(name, names))
    with pack.attempts() as attempts:
        for case in found:
            head, base = (attempts.of(case.case_id, side) for side in (Side.HEAD, Side.BASE))
            judged = judge_case(bench, case, head, base)
            yield _Told(with_waiver(judged, policy, record.judged_at[:10]), head, base)


def _asked_again(
    told: list[_Told], policy: Policy, bench: Bench, url: str
) -> list[_Told]:
    """Every case put to the service that is up, and judged against what base said then."""
    contract, declared = policy.contracts[Side.HEAD], policy.services[Side.HEAD]
    ready = replace(declared.ready, timeout=min(declared.ready.timeout, UP_SECONDS))
    known = find_credentials(policy, {}, (Side.HEAD,), lambda name: os.environ.get(name, ""), False)
    for missing in known.missing.values():
        raise CouldNotMeasure(missing.cause)
    headers = dict(known.headers.get(Side.HEAD, {}))
    probe = HttpConnection(url, headers)
    outcome = await_ready(ServiceElsewhere(url), probe, contract, replace(declared, ready=ready),
                          ours=False, cancelled=threading.Event())
    probe.close()
    if not isinstance(outcome, Ready):
        raise CouldNotMeasure(f"{url} cannot be asked: {outcome.cause}",
                              "start the service there, or leave --url out")
    came: list[Attempt] = []
    target = Target(lambda: HttpConnection(url, headers), outcome.model, contract)
    interviewer = Interviewer({Side.HEAD: target}, 1, Redactor(known.values), came.append)
    try:
        for one in told:
            times = bench.rule(one.stored.case).repeats
            Console().say(f"asking {one.stored.case.case_id} {times} times")
            interviewer.ask([Ask(one.stored.case, Side.HEAD, number)
                             for number in range(1, times + 1)])
    finally:
        interviewer.close()
    return [_judged_again(one, bench, tuple(came)) for one in told]


def _judged_again(one: _Told, bench: Bench, came: tuple[Attempt, ...]) -> _Told:
    case: Case = one.stored.case
    mine = tuple(sorted((attempt for attempt in came if attempt.case_id == case.case_id),
                        key=lambda attempt: attempt.number))
    now = replace(bench, head_absent=None, asked=frozenset())
    return replace(one, asked=mine, again=judge_case(now, case, mine, one.base).head)


def _lines(one: _Told, policy: Policy, style: Style, url: str) -> Iterator[str]:
    stored, contracts = one.stored, policy.contracts
    yield from case_lines(stored, style)
    head = heard("head, in the pack", stored.head, one.head, contracts[Side.HEAD])
    columns = [head]
    if stored.base is not None:
        columns.insert(0, heard("base, in the pack", stored.base, one.base,
                                contracts[Side.BASE]))
    yield from beside(columns, style)
    if one.again is not None:
        again = heard(f"asked again at {for_terminal(url, 60)}", one.again, one.asked,
                      contracts[Side.HEAD])
        yield from beside([head, again], style)
        yield f"in the pack: {stored.head.status}; asked again: {one.again.status}"
        yield ""


def _how(told: list[_Told], record: RunRecord, folder: Path, url: str) -> Iterator[str]:
    if url:
        return
    case = told[0].stored.case.case_id
    yield "ask it again, with the service started for it:"
    yield f"  {for_terminal(run_alone(case, record.manifest_path))}"
    yield "or of a service that is up:"
    name = case.partition("@")[0]
    yield f"  gatekeeper replay {for_terminal(for_shell(str(folder)))} " \
          f"{for_terminal(for_shell(name))} --url URL"
