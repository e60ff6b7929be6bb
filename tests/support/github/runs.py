"""Workflow runs: their jobs, and the artifacts they left on another host."""

from __future__ import annotations

from typing import Any

from tests.support.github.accounts import HTML, Document, account, repository
from tests.support.github.exchange import NOT_FOUND, Answer, page, refused
from tests.support.github.gitdata import git
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need


def _job(s: Situation, job: dict[str, Any]) -> Document:
    run = f"{s.repository}/actions/runs/{job['run']}"
    started = job["runner_name"] != ""
    return {
        "id": job["id"], "node_id": f"CR_{job['id']}", "run_id": job["run"], "run_url": run,
        "run_attempt": job["attempt"], "head_sha": job["head_sha"], "name": job["name"],
        "url": f"{s.repository}/actions/jobs/{job['id']}", "status": job["status"],
        "html_url": f"{HTML}/{s.facts.repo}/actions/runs/{job['run']}/job/{job['id']}",
        "conclusion": job["conclusion"], "created_at": job["started_at"],
        "started_at": job["started_at"], "steps": [], "labels": ["ubuntu-24.04"],
        "completed_at": job["started_at"] if job["status"] == "completed" else None,
        "check_run_url": f"{s.repository}/check-runs/{job['id']}", "workflow_name": "gate",
        "head_branch": "feature", "runner_id": 1 if started else None,
        "runner_name": job["runner_name"] or None, "runner_group_id": 2 if started else None,
        "runner_group_name": "GitHub Actions" if started else None}


def list_jobs(s: Situation, run: int, attempt: int) -> Answer:
    """The jobs of one attempt."""
    of_run = [job for job in s.facts.jobs if (job["run"], job["attempt"]) == (run, attempt)]
    if not of_run:
        return NOT_FOUND
    return page(s.asked, [_job(s, job) for job in of_run], "jobs")


def get_run(s: Situation, run: int) -> Answer:
    """One run."""
    kept = s.facts.runs.get(run)
    return Answer(document=_run(s, run, kept)) if kept else NOT_FOUND


def _run(s: Situation, number: int, run: dict[str, Any]) -> Document:
    url, at = f"{s.repository}/actions/runs/{number}", run["created_at"]
    html = f"{HTML}/{s.facts.repo}/actions/runs/{number}"
    ours = repository(s.api, s.facts.repo, at, s.facts.default_branch, False)
    theirs = run["head_repo"] and repository(s.api, run["head_repo"], at, "main",
                                             run["head_repo"] != s.facts.repo)
    person = {"name": "Ann", "email": "ann@example.com"}
    return {
        "id": number, "node_id": f"WFR_{number}", "name": "gate", "run_number": number,
        "run_attempt": 1, "event": run["event"], "status": "completed", "conclusion": "success",
        "path": run["path"], "head_sha": run["head_sha"], "head_branch": run["head_branch"],
        "workflow_id": 1, "url": url, "html_url": html, "pull_requests": [], "created_at": at,
        "updated_at": at, "run_started_at": at, "repository": ours, "head_repository": theirs,
        "display_title": "A change", "check_suite_id": 1, "check_suite_node_id": "CS_1",
        "actor": account(s.api, "ann"), "triggering_actor": account(s.api, "ann"),
        "head_commit": {"id": run["head_sha"], "tree_id": run["head_sha"], "message": "A change",
                        "timestamp": at, "author": person, "committer": person},
        "workflow_url": f"{s.repository}/actions/workflows/1", "previous_attempt_url": None,
        "check_suite_url": f"{s.repository}/check-suites/1",
        **{f"{name}_url": f"{url}/{name}" for name in ("jobs", "logs", "artifacts", "cancel",
                                                       "rerun")}}


def list_all_artifacts(s: Situation) -> Answer:
    """The artifacts of every run, newest first."""
    name = s.asked.query.get("name")
    found = [one for one in reversed(s.facts.artifacts) if name in (None, one["name"])]
    return page(s.asked, [_artifact(s, one) for one in found], "artifacts")


def dispatch(s: Situation, workflow: str) -> Answer:
    """Start a workflow on a branch or tag."""
    ref = str(s.body.get("ref", ""))
    if not workflow.endswith((".yml", ".yaml")) or (s.facts.default_branch,
                                                    f".github/workflows/{workflow}") \
            not in s.facts.files:
        return NOT_FOUND
    names = (f"refs/tags/{ref}", f"refs/heads/{ref}")
    if not any(git(s.facts.repository, "rev-parse", "--verify", "--quiet", one) for one in names):
        return refused(422, f"No ref found for: {ref}")
    s.facts.dispatches.append((workflow, ref))
    return Answer(204)


def list_dispatched(s: Situation, workflow: str) -> Answer:
    """A workflow's runs that were started by hand on a branch or tag."""
    at = {"event": "workflow_dispatch", "head_sha": "0" * 40, "head_repo": s.facts.repo,
          "path": f".github/workflows/{workflow}", "created_at": s.facts.now()}
    found = [_run(s, 9000 + number, {**at, "head_branch": ref})
             for number, (name, ref) in enumerate(s.facts.dispatches)
             if name == workflow and s.asked.query.get("branch", ref) == ref]
    return page(s.asked, found, "workflow_runs")


def _artifact(s: Situation, artifact: dict[str, Any]) -> Document:
    run = s.facts.runs.get(artifact["run"])
    url, at = f"{s.repository}/actions/artifacts/{artifact['id']}", artifact["created_at"]
    return {
        "id": artifact["id"], "node_id": f"MDg6_{artifact['id']}", "name": artifact["name"],
        "size_in_bytes": len(artifact["content"]), "url": url,
        "archive_download_url": f"{url}/zip", "expired": artifact["expired"],
        "created_at": at, "expires_at": at, "updated_at": at,
        "workflow_run": run and {
            "id": artifact["run"], "repository_id": 1,
            "head_repository_id": 1 if run["head_repo"] == s.facts.repo else 2,
            "head_branch": run["head_branch"], "head_sha": run["head_sha"]}}


def list_artifacts(s: Situation, run: int) -> Answer:
    """The artifacts of a run, those that have expired among them."""
    of_run = [one for one in s.facts.artifacts if one["run"] == run]
    return page(s.asked, [_artifact(s, one) for one in of_run], "artifacts")


def get_artifact(s: Situation, artifact: int) -> Answer:
    """Where an artifact can be had for a minute."""
    found = next((one for one in s.facts.artifacts if one["id"] == artifact), None)
    if found is None:
        return NOT_FOUND
    if found["expired"]:
        return refused(410, "Artifact has expired")
    return Answer(302, headers={"location": f"{s.storage}/artifacts/{artifact}?sig=1"})


_READ = Need("read", ("actions",))
ROUTES = (
    Route("GET", "/actions/runs/{run#}/attempts/{attempt#}/jobs", _READ, list_jobs),
    Route("GET", "/actions/runs/{run#}/artifacts", _READ, list_artifacts),
    Route("GET", "/actions/artifacts/{artifact#}/zip", _READ, get_artifact),
    Route("GET", "/actions/runs/{run#}", _READ, get_run),
    Route("GET", "/actions/artifacts", _READ, list_all_artifacts),
    Route("GET", "/actions/workflows/{workflow}/runs", _READ, list_dispatched),
    Route("POST", "/actions/workflows/{workflow}/dispatches", Need("write", ("actions",)),
          dispatch),
)
