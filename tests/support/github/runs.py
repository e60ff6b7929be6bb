"""Workflow runs: their jobs, and the artifacts they left on another host."""

from __future__ import annotations

from typing import Any

from tests.support.github.accounts import HTML, Document
from tests.support.github.exchange import NOT_FOUND, Answer, page, refused
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


def _artifact(s: Situation, artifact: dict[str, Any]) -> Document:
    url, at = f"{s.repository}/actions/artifacts/{artifact['id']}", artifact["created_at"]
    return {
        "id": artifact["id"], "node_id": f"MDg6_{artifact['id']}", "name": artifact["name"],
        "size_in_bytes": len(artifact["content"]), "url": url,
        "archive_download_url": f"{url}/zip", "expired": artifact["expired"],
        "created_at": at, "expires_at": at, "updated_at": at}


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
)
