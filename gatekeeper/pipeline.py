"""The order of the stages, written once:

survey, plan, pack, then (where something that counts changed) start, smoke, ask, confirm and stop,
and in every case judge, report and seal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gatekeeper import __version__
from gatekeeper.errors import Interrupted, UsageError
from gatekeeper.evidence.files import CONTRACT
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord, SideRecord
from gatekeeper.evidence.resuming import Kept, check_same, check_whole, take_up
from gatekeeper.formats.canonical import plain
from gatekeeper.judging.from_pack import policy_in
from gatekeeper.judging.judgement import Judgement
from gatekeeper.measuring import Means, find_means, measure
from gatekeeper.model import Change, Side
from gatekeeper.options import Options
from gatekeeper.plan import Plan, Survey, make_plan
from gatekeeper.policy.declared import Declared
from gatekeeper.ports import Repository
from gatekeeper.report.write import write_reports
from gatekeeper.service.contract import lines
from gatekeeper.stages.run import World
from gatekeeper.stages.telling import keep_history, keep_told
from gatekeeper.survey import take_survey
from gatekeeper.trees.instructions import instructions_of


def run(git: Repository, options: Options, world: World) -> Judgement:
    """The main job: from a repository to a judged pack."""
    survey = take_survey(git, options, world.authority)
    plan = make_plan(survey, options)
    _keep_apart(plan.baseline_pack, options.evidence)
    means = find_means(survey, plan, world) if plan.needed else None
    if means is not None:
        world = replace(world, redact=world.redact.knowing(means.credentials.values))
    record = _first_record(survey, plan, options, world)
    pack = (Pack.reopen if options.resume else Pack.create)(options.evidence)
    try:
        kept = Kept()
        if options.resume:
            record, kept = _resumed(pack, record, survey, means)
        return _judged(git, world, survey, plan, pack, record, means, kept)
    finally:
        pack.close()


def _resumed(
    pack: Pack, record: RunRecord, survey: Survey, means: Means | None
) -> tuple[RunRecord, Kept]:
    """The record of a run that goes on, and what its pack holds; UsageError where it cannot."""
    check_whole(pack)
    earlier = pack.read_record()
    check_same(pack.folder, earlier, record,
               (policy_in(pack, earlier).digest, survey.policy.digest))
    runtime = means.runtimes[Side.HEAD].name if means else "none"
    if earlier.runtime not in ("none", runtime):
        raise UsageError(f"{pack.folder} was measured on the {earlier.runtime} runtime, and this "
                         f"is {runtime}", "name it with --runtime, or leave --resume out")
    return replace(record, machines=(*earlier.machines, *record.machines)), take_up(pack)


def _keep_apart(baseline: str, evidence: Path) -> None:
    if baseline and Path(baseline).resolve() == evidence.resolve():
        raise UsageError(f"--baseline {baseline} is where this run would write its own pack",
                         "name another folder with --evidence")


def _judged(
    git: Repository, world: World, survey: Survey, plan: Plan, pack: Pack, record: RunRecord,
    means: Means | None, kept: Kept,
) -> Judgement:
    _write_declared(pack, survey, git)
    keep_told(pack, survey, git, world.redact)
    keep_history(pack, survey, git, world.earlier)
    pack.write_record(record)
    world.progress.say(f"{survey.subject.words}: {plan.why}")
    if means is not None:
        if plan.uncompared:
            world.progress.say(plan.uncompared)
        record = measure(git, survey, plan, pack, record, world, means, kept)
    else:
        record = replace(record, nothing_changed=True, complete=True)
    pack.write_record(record)
    return _reported(pack, record)


def _reported(pack: Pack, record: RunRecord) -> Judgement:
    """The verdict, on disk. An interrupt is in it however late it comes."""
    try:
        judgement = write_reports(pack)
    except Interrupted:
        pack.write_record(replace(record, interrupted=True, complete=False))
        judgement = write_reports(pack)
    return judgement


def _first_record(survey: Survey, plan: Plan, options: Options, world: World) -> RunRecord:
    subject = survey.subject
    return RunRecord(
        gatekeeper=__version__,
        judged_at=world.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        event=options.event.blocks,
        runtime="none",
        subject=subject.words,
        manifest_path=survey.head.manifest_path,
        cases_path=survey.head.cases_path,
        base_manifest_path=survey.base_path,
        base_cases_path=survey.base.cases_path if survey.base else "",
        base_unreadable=survey.unreadable,
        baseline=plan.baseline,
        changes=tuple(_redacted(change, world.redact) for change in survey.changes),
        limited=plan.limited,
        asked=plan.asked,
        drilled=options.failures,
        shard=options.shard,
        spent=plan.spent,
        machines=(world.machine,),
        repeats=plan.repeats,
        risk_repeats=plan.risk_repeats,
        stopping=plan.sampling.words,
        concurrency=plan.concurrency,
        releasable=subject.releasable,
        rooted=options.event.rooted,
        acceptance=survey.accepted.acceptance,
        acceptance_unread=survey.accepted.unread,
        head=SideRecord(subject.head_tree, subject.head_commit),
        base=SideRecord(subject.base_tree, subject.base_commit) if survey.base_path else None,
    )


def _redacted(change: Change, redact: Callable[[str], str]) -> Change:
    """A value that was turned may be one that must not be stored."""
    return replace(change, before=redact(change.before), after=redact(change.after),
                   note=redact(change.note))


def _write_declared(pack: Pack, survey: Survey, git: Repository) -> None:
    """What judges: both sides' manifests and cases, the sources each is grounded in, the lines."""
    for side, declared, tree in (
        (Side.HEAD, survey.head, survey.subject.head_tree),
        (Side.BASE, survey.base, survey.subject.base_tree),
    ):
        if declared is None:
            continue
        pack.write_policy(side, declared.manifest_text, declared.cases_text, declared.own_files)
        # Each side is grounded in its own contents of the folder that the policy names.
        own = declared if side is Side.BASE else survey.policy
        sources = own.manifest.eval.sources
        folder = declared.path(sources) if sources else ""
        for entry in git.files(tree, folder) if folder else ():
            content = git.read(tree, entry.path)
            if content is not None and b"\0" not in content:
                pack.write_source(side, entry.path.removeprefix(folder + "/"), content)
        pack.write_instructions(side, _instructions(survey, git, declared, tree))
    pack.write_json(CONTRACT, {
        line.name: {"state": line.state, "declared": plain(line.declared),
                    "missing": list(line.missing)}
        for line in lines(survey.policy.promise)
    })


def _instructions(survey: Survey, git: Repository, declared: Declared, tree: str
                  ) -> dict[str, str]:
    """What a side's service is told; what either side watches counts, on both."""
    manifests = [side.manifest for side in (survey.head, survey.base) if side is not None]
    prefix = f"{declared.folder}/" if declared.folder else ""
    paths = [entry.path.removeprefix(prefix) for entry in git.files(tree, declared.folder)]
    return instructions_of(manifests, paths, lambda path: git.read(tree, prefix + path))
