"""From a commit of the default branch, or a tag, to a release: the order of it.

Look at the trees, choose the tag, find evidence that this very tree has passed or measure it, and
only then write: tag, draft, notes, files, publication (`creating.py`). Without proof no tag is
made; of a tag that somebody else made, it is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gatekeeper.evidence.pack import Pack
from gatekeeper.github.forge import ForgeError
from gatekeeper.github.releases import Releases, ReleaseSeen
from gatekeeper.judging.judgement import Judgement
from gatekeeper.manifest.parse import NAME, parse_manifest
from gatekeeper.manifest.release import Release
from gatekeeper.model import Side
from gatekeeper.options import Options
from gatekeeper.outcome import Conclusion
from gatekeeper.plan import Survey
from gatekeeper.releasing.claim import Claim, Proof
from gatekeeper.releasing.creating import LOOKED_AT, create
from gatekeeper.releasing.deciding import Choice, Nothing, Since, choose
from gatekeeper.releasing.mark import read_mark
from gatekeeper.releasing.notes import Facts, make_notes
from gatekeeper.releasing.proof import prove
from gatekeeper.releasing.steps import Asset, Conflict, Wanted, of_tag


@dataclass(frozen=True, slots=True)
class Means:
    """What a release is made with."""

    forge: Releases
    survey: Callable[[Options], Survey]
    measure: Callable[[Options], Judgement]
    find: Callable[[Claim], tuple[Proof, str] | None]
    """Earlier evidence, laid where the options say, with the page of its run."""
    labels: Callable[[str, str], tuple[str, ...]]
    """Of the pull requests between two commits."""
    messages: Callable[[str, str], tuple[str, ...]]
    assets: Callable[[Path, str], tuple[Asset, ...]]
    """A pack's folder and a tag -> the files to release."""
    tag_image: Callable[[str, str], None]
    """Gives `repository@sha256:…` in its registry a tag."""
    redact: Callable[[str], str]
    say: Callable[[str], None]
    now: str
    page: str
    """Of this run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    conclusion: Conclusion
    words: str
    tag: str = ""
    release: ReleaseSeen | None = None
    proof: Proof | None = None
    judgement: Judgement | None = None
    """What decided, where something was measured or found."""


def release(means: Means, options: Options, pushed: str = "") -> Outcome:
    """Release the commit that the options' event names; `pushed` is the tag that somebody else
    pushed, empty on the default branch."""
    commit, branch = options.event.head_sha, means.forge.default_branch()
    agreed = means.forge.compare(branch, commit) in ("behind", "identical")
    survey = means.survey(options) if agreed else None
    rules = (survey.head.manifest.release or Release()) if survey else \
        _rules_of(means.forge, options.manifest, branch)
    if pushed and rules.pattern.read(pushed) is None:
        return Outcome(Conclusion.PASS, f"tag {pushed} is no release's: those are named "
                       f"{rules.tag}")
    if survey is None:
        words = f"commit {commit[:12]} is not on {branch}: nobody but its author has agreed to it"
        return _unproven(means, rules, pushed, Outcome(Conclusion.BLOCK, words))
    options = replace(options, tags=rules.pattern)
    survey = means.survey(options)
    previous = survey.subject.base_name
    chosen = _chosen(means, rules, options, survey, pushed)
    if isinstance(chosen, Nothing):
        if chosen.release is not None:  # a run may have been killed between these two
            _dispatch(means, rules, chosen.release.tag)
        return Outcome(Conclusion.PASS, chosen.why, release=chosen.release,
                       tag=chosen.release.tag if chosen.release else "")
    means.say(f"{chosen.tag}: {chosen.why}")
    found = _proven(means, options, survey, rules)
    if isinstance(found, Outcome):
        return _unproven(means, rules, pushed, found)
    proof, page = found
    facts = Facts(chosen.tag, commit, proof, survey.changes, previous, page)
    return _published(means, options, rules, facts)


def _rules_of(forge: Releases, manifest: str, branch: str) -> Release:
    """How the default branch releases: a commit that is not on it does not say what becomes of
    itself."""
    content = forge.file(manifest or NAME, branch) or b""
    declared, _ = parse_manifest(content.decode("utf-8", "replace"), NAME)
    return (declared.release if declared else None) or Release()


def _chosen(
    means: Means, rules: Release, options: Options, survey: Survey, pushed: str
) -> Choice | Nothing:
    subject = survey.subject
    if pushed:  # whoever pushes tags may write releases too: what stands of it proves nothing
        return Choice(pushed, "somebody pushed it")
    between = subject.base_commit, subject.head_commit
    return choose(means.forge, rules, Since(
        subject.head_commit, subject.base_name, survey.changes,
        lambda: means.labels(*between), lambda: means.messages(*between)), options.force)


def _proven(
    means: Means, options: Options, survey: Survey, rules: Release
) -> tuple[Proof, str] | Outcome:
    """The proof with the page of the run that measured; or why there is none."""
    builds = survey.policy.services[Side.HEAD].build is not None
    claim = Claim(survey.subject.head_tree, survey.policy.digest, means.now,
                  rules.image if builds else "", builds)
    found = means.find(claim)
    if found is not None:
        means.say(f"evidence of {found[1]} proves it")
        return found
    means.say("no earlier evidence proves it: it is measured now")
    judgement = means.measure(replace(options, force=True))
    proof = prove(Pack.open(options.evidence), replace(claim, fresh=True))
    if isinstance(proof, Proof):
        return proof, means.page
    if judgement.verdict.conclusion is not Conclusion.PASS:
        words = "; ".join(reason.text for reason in judgement.verdict.reasons)
        return Outcome(judgement.verdict.conclusion, words, judgement=judgement)
    return Outcome(Conclusion.UNDECIDED, f"what was measured is no proof: {proof}",
                   judgement=judgement)


def _published(means: Means, options: Options, rules: Release, facts: Facts) -> Outcome:
    proof, tag = facts.proof, facts.tag
    if proof.image:
        means.tag_image(proof.image, tag)
    done = create(means.forge, Wanted(
        tag, facts.mark, f"{tag}\n\nevidence pack {proof.pack_digest}",
        proof.judgement.record.judged_at, tag, _as_sent(means, make_notes(facts)),
        means.assets(options.evidence, tag), _is_newest(means.forge, rules, tag)))
    if isinstance(done, Conflict):
        return Outcome(Conclusion.UNDECIDED, f"{done.why}; {done.help}", tag, proof=proof,
                       judgement=proof.judgement)
    _dispatch(means, rules, tag)
    return Outcome(Conclusion.PASS, f"released as {tag}", tag, done.release, proof,
                   proof.judgement)


def _as_sent(means: Means, notes: str) -> str:
    """The notes as they stand on GitHub in the end: whatever is sent is redacted, and a mark that
    was there already is made plain. What is looked for afterwards has to be that."""
    return means.redact(means.redact(notes))


def _dispatch(means: Means, rules: Release, tag: str) -> None:
    """Start the declared workflow on the tag, once."""
    if rules.dispatch and not means.forge.dispatched(rules.dispatch, tag):
        means.forge.dispatch(rules.dispatch, tag)
        means.say(f"{rules.dispatch} is started on {tag}")


def _is_newest(forge: Releases, rules: Release, tag: str) -> bool:
    """Whether no published release has a higher version."""
    own = rules.pattern.read(tag)
    others = (rules.pattern.read(one.tag) for one in forge.releases(LOOKED_AT)
              if not (one.draft or one.prerelease))
    return own is not None and all(one <= own for one in others if one is not None)


def _unproven(means: Means, rules: Release, pushed: str, outcome: Outcome) -> Outcome:
    """Say it of a tag that somebody pushed; by option its release stops looking like one."""
    if not pushed:
        return outcome
    words = [f"tag {pushed} has no proof: {outcome.words}"]
    decided = outcome.conclusion in (Conclusion.BLOCK, Conclusion.UNDECIDED)
    standing = [one for one in of_tag(means.forge.releases(LOOKED_AT), pushed)
                if not one.draft and read_mark(one.body) is None]
    for one in standing if decided else ():
        try:
            words.append(_demoted(means.forge, rules.unproven, one))
        except ForgeError as error:
            words.append(f"its release could not be made a {rules.unproven}: {error.message}")
    return replace(outcome, words="; ".join(filter(None, words)), tag=pushed)


def _demoted(forge: Releases, to: str, standing: ReleaseSeen) -> str:
    if to == "keep":
        return "its release stays, as the policy says"
    if to == "draft":
        forge.edit_release(standing.id, {"draft": True})
        return "its release is a draft again"
    if not standing.prerelease:
        forge.edit_release(standing.id, {"prerelease": True, "make_latest": "false"})
    return "its release is a prerelease, and not the latest"
