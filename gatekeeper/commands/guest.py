"""What a run says on GitHub: the log, the summary, the pull request's comment, the check run or the
job's annotations, and the outputs, all before the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gatekeeper.adapters.workflow import Workflow, hand_over
from gatekeeper.errors import ExitCode, GatekeeperError
from gatekeeper.evidence.files import JUNIT, MANIFEST
from gatekeeper.evidence.pack import Pack
from gatekeeper.github.event import DESK, Event
from gatekeeper.github.forge import Forge, ForgeError
from gatekeeper.github.inputs import Manners
from gatekeeper.github.protecting import look, own_check_name, workflow_path
from gatekeeper.github.protection import Finding, findings
from gatekeeper.github.publish import Published, one_warning, publish_check, publish_comment
from gatekeeper.github.run_context import RunContext
from gatekeeper.judging.judgement import Judgement
from gatekeeper.judging.verdict import EXIT_CODES
from gatekeeper.neutral import for_markdown
from gatekeeper.outcome import Conclusion
from gatekeeper.report import terminal
from gatekeeper.report.annotations import Annotation, annotate, annotate_problems
from gatekeeper.report.check_run import CheckRun, make_check, make_complaint_check
from gatekeeper.report.comment import Mark, complaint, gate_digest, make_body, make_complaint
from gatekeeper.report.limits import SUMMARY_BYTES, fitting
from gatekeeper.report.markdown import headline, render
from gatekeeper.report.outputs import make_outputs
from gatekeeper.report.visit import DEPENDABOT, GATE, Visit, standing_of

PULLS = ("pull_request", "pull_request_target", "workflow_dispatch", "workflow_run")
"""Events whose results are of the pull request's own head."""
SILENT = Manners("", GATE, "never", "", check_run=False, required_check="", artifact="",
                 run_fork_code=False)
"""Until the inputs are read."""
BY_A_FORK = "the fork's author can edit the workflow that measured this: merge by the required " \
            "check, or run the branch yourself"


@dataclass(frozen=True, slots=True)
class Guest:
    """One run on one repository; `forge` is None where there is no token."""

    workflow: Workflow
    here: RunContext
    workflow_ref: str
    """`GITHUB_WORKFLOW_REF`: which workflow's file decides whether the gate runs."""
    manners: Manners
    event: Event = DESK
    forge: Forge | None = None
    reported: bool = False
    """The results are a fork's own, and told for it: no check is written with them."""

    def report(self, judgement: Judgement, evidence: Path) -> None:
        """Everything there is to say of a verdict."""
        conclusion = judgement.verdict.conclusion
        quiet = judgement.record.nothing_changed or conclusion is Conclusion.INTERRUPTED
        visit = self._visit(() if quiet else self._notes(judgement))
        self.workflow.log(terminal.render(judgement, terminal.Style(), str(evidence)))
        self._summarize(judgement, visit)
        comment = Published()
        if conclusion is not Conclusion.INTERRUPTED:  # the runner leaves no time for more
            comment = self._comment(make_body(judgement, self._mark(visit), visit),
                                    passed=conclusion is Conclusion.PASS,
                                    create=not judgement.record.nothing_changed)
            self._check(make_check(judgement, visit), annotate(judgement), comment)
        # Relative: later steps see the workspace at another path than this container does.
        where = evidence.relative_to(Path.cwd().resolve())
        self.workflow.put(make_outputs(judgement, str(where), str(where / JUNIT),
                                       Pack.open(evidence).read_json(MANIFEST), comment.url))
        hand_over(evidence, like=Path.cwd())

    def released(self, words: str, exit_code: ExitCode) -> None:
        """What came of a release, where nothing was judged for it."""
        self.workflow.summarize(f"{headline('📦', for_markdown(words, 600), self._visit(()))}\n")
        verdict = {code: str(conclusion) for conclusion, code in EXIT_CODES.items()}[exit_code]
        self.workflow.put({"verdict": verdict, "exit-code": str(int(exit_code))})

    def relay(self, judgement: Judgement) -> None:
        """A verdict on what a fork's own run measured: one comment, headed so."""
        visit = self._visit((BY_A_FORK,))
        self._summarize(judgement, visit)
        comment = self._comment(make_body(judgement, self._mark(visit), visit),
                                passed=judgement.verdict.conclusion is Conclusion.PASS, create=True)
        self._told(comment)
        self.workflow.put({"comment-url": comment.url})

    def complain(self, error: GatekeeperError) -> None:
        """Why there is no verdict."""
        visit = self._visit(())
        self.workflow.summarize(complaint(error, visit=visit))
        comment = Published()
        if error.exit_code is not ExitCode.INTERRUPTED:
            comment = self._comment(make_complaint(error, self._mark(visit), visit), passed=False,
                                    create=True)
            self._check(make_complaint_check(error, visit), annotate_problems(error), comment)
        words = {ExitCode.USAGE: "usage", ExitCode.INTERRUPTED: "interrupted"}
        self.workflow.put({"verdict": words.get(error.exit_code, "undecided"),
                           "exit-code": str(int(error.exit_code)), "comment-url": comment.url})

    def _visit(self, notes: tuple[str, ...]) -> Visit:
        return Visit(self.manners.name, self.event.number, standing_of(self.event), notes,
                     self.here.url, self.reported)

    def _summarize(self, judgement: Judgement, visit: Visit) -> None:
        self.workflow.summarize(fitting(lambda limits: render(judgement, limits, visit),
                                        SUMMARY_BYTES, SUMMARY_BYTES))

    def _mark(self, visit: Visit) -> Mark:
        return Mark(gate_digest(visit.name), self.event.head_sha, self.here.run, self.here.attempt,
                    self.here.began)

    def _comment(self, body: str, passed: bool, create: bool) -> Published:
        number, wish = self.event.number, self.manners.comment
        if self.forge is None or not number or wish == "never":
            return Published()
        quiet = wish == "not-passed" or self.event.name == "merge_group"
        wanted = create and not (quiet and passed)
        return publish_comment(self.forge, number, body, self.manners.author, wanted,
                               follows_head=self.event.name in PULLS)

    def _check(self, check: CheckRun, remarks: tuple[Annotation, ...], comment: Published) -> None:
        """The check run; where it is not written the remarks are the job's own annotations."""
        made = Published()
        if (self.forge is not None and self.manners.check_run and self.event.head_sha
                and not self.reported):
            made = publish_check(self.forge, check, self.event.head_sha, self.here.url,
                                 f"{self.here.run}.{self.here.attempt}.{gate_digest(check.name)}")
        if not made.url:
            self.workflow.annotate(remarks)
        self._told(comment, made)

    def _told(self, *published: Published) -> None:
        """What was not written, and why."""
        for one in published:
            if one.note:
                self.workflow.log(one.note)
        if warning := one_warning(published, self._read_only()):
            self.workflow.warn(warning)

    def _read_only(self) -> str:
        if self.event.fork and not self.reported:
            return "a fork's pull request has a token that may only read"
        return "Dependabot has a token that may only read" if self.event.actor == DEPENDABOT else ""

    def _notes(self, judgement: Judgement) -> tuple[str, ...]:
        """What of the branch's rules leaves the gate open to be passed by."""
        if self.forge is None or self.event.name not in PULLS or not self.event.base_ref:
            return ()
        record = judgement.record
        try:
            name, known = own_check_name(self.forge, self.here)
            check = self.manners.required_check or name
            path = workflow_path(self.workflow_ref)
            seen = look(self.forge, self.event.base_ref, (path,) if path else (),
                        (record.manifest_path, record.cases_path))
        except ForgeError as error:
            return (f"whether the gate blocks could not be looked up: {error.message}",)
        blocks, *others = findings(seen, check)
        if blocks.holds is False and not (known or self.manners.required_check):
            blocks = Finding(False, "whether the gate blocks cannot be told, for this job's check "
                             "has a name that is not known", "grant the job `actions: read`, or "
                             "set the input `required-check`")
        return tuple(f"{one.words}; {one.help}" if one.help else one.words
                     for one in (blocks, *others) if one.holds is False)
