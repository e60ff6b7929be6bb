"""Check runs: who may make and change which, and their limits."""

from __future__ import annotations

from typing import Any

from tests.support.github.accounts import HTML, Document, app
from tests.support.github.check_limits import fault_in
from tests.support.github.exchange import NOT_FOUND, Answer, invalid, page, refused
from tests.support.github.route import Route, Situation
from tests.support.github.tokens import Need

KEPT_TEXT_BYTES = 65535
SETTABLE = ("name", "details_url", "external_id", "status", "conclusion", "started_at",
            "completed_at", "actions")


def _document(s: Situation, run: dict[str, Any]) -> Document:
    url, output = f"{s.repository}/check-runs/{run['id']}", run["output"]
    html = f"{HTML}/{s.facts.repo}/runs/{run['id']}"
    return {
        "id": run["id"], "node_id": f"CR_{run['id']}", "name": run["name"], "url": url,
        "head_sha": run["head_sha"], "html_url": html, "external_id": run["external_id"],
        # GitHub puts its own address in the place of the one a workflow gave.
        "details_url": html if run["app"] == "github-actions" else run["details_url"],
        "status": run["status"], "conclusion": run["conclusion"],
        "started_at": run["started_at"], "completed_at": run["completed_at"],
        "check_suite": {"id": 1}, "app": app(s.api, run["app"], run["started_at"]),
        "pull_requests": [],
        "output": {"title": output.get("title"), "summary": output.get("summary"),
                   "text": output.get("text"), "annotations_count": len(run["annotations"]),
                   "annotations_url": f"{url}/annotations"},
    }


def _of_job(job: dict[str, Any]) -> dict[str, Any]:
    """The check run that a job has of itself."""
    return {**job, "app": "github-actions", "external_id": str(job["id"]), "details_url": None,
            "completed_at": None, "output": {}, "annotations": []}


def _write(s: Situation, run: dict[str, Any]) -> None:
    """Put what the body says into a check run. Its output replaces the last, whole; annotations
    are added to those that are there."""
    body = s.body
    run |= {name: body[name] for name in SETTABLE if name in body}
    if body.get("conclusion"):
        run["status"] = "completed"
        run["completed_at"] = body.get("completed_at") or s.facts.now()
    if "output" in body:
        output = dict(body["output"])
        run["annotations"] = run["annotations"] + list(output.pop("annotations", ()))
        if isinstance(output.get("text"), str):
            kept = output["text"].encode()[:KEPT_TEXT_BYTES]
            output["text"] = kept.decode(errors="ignore")
        run["output"] = output


def list_of_commit(s: Situation, ref: str) -> Answer:
    """The check runs of a commit, a job's own among them; newest of each name where asked so."""
    query, sha = s.asked.query, s.facts.branches.get(ref, ref)
    runs = [run for run in (*s.facts.check_runs, *map(_of_job, s.facts.jobs))
            if run["head_sha"] == sha]
    runs.sort(key=lambda run: -run["id"])
    if "check_name" in query:
        runs = [run for run in runs if run["name"] == query["check_name"]]
    if query.get("filter", "latest") == "latest":
        runs = list({(run["name"], run["app"]): run for run in reversed(runs)}.values())
    return page(s.asked, [_document(s, run) for run in runs], "check_runs")


def get_run(s: Situation, run: int) -> Answer:
    """One check run."""
    runs = (*s.facts.check_runs, *map(_of_job, s.facts.jobs))
    found = next((one for one in runs if one["id"] == run), None)
    return Answer(document=_document(s, found)) if found else NOT_FOUND


def create(s: Situation) -> Answer:
    """A new check run; queued where nothing else is said."""
    fault = fault_in(s.body, new=True)
    if fault is not None:
        return invalid("CheckRun", *fault)
    run: dict[str, Any] = {
        "id": s.facts.next_id(), "name": "", "head_sha": s.body["head_sha"],
        "app": "github-actions", "status": "queued", "conclusion": None, "external_id": "",
        "details_url": None, "started_at": s.facts.now(), "completed_at": None, "output": {},
        "annotations": [], "actions": []}
    _write(s, run)
    s.facts.check_runs.append(run)
    document = _document(s, run)
    return Answer(201, document, {"location": document["url"]})


def update(s: Situation, run: int) -> Answer:
    """Change one: of the same app, and not one that a job has of itself."""
    if any(job["id"] == run for job in s.facts.jobs):
        return refused(403, "Check run status and conclusions can only be updated internally by "
                            "GitHub Actions.")
    kept = next((one for one in s.facts.check_runs if one["id"] == run), None)
    if kept is None:
        return NOT_FOUND
    if kept["app"] != "github-actions":
        return refused(403, "Invalid app_id `15368` - check run can only be modified by the GitHub "
                            "App that created it.")
    fault = fault_in(s.body, new=False)
    if fault is not None:
        return invalid("CheckRun", *fault)
    _write(s, kept)
    return Answer(document=_document(s, kept))


def list_annotations(s: Situation, run: int) -> Answer:
    """What one check run says of lines."""
    kept = next((one for one in s.facts.check_runs if one["id"] == run), None)
    if kept is None:
        return NOT_FOUND
    blob = f"{HTML}/{s.facts.repo}/blob/{kept['head_sha']}"
    return page(s.asked, [
        {"start_column": None, "end_column": None, "title": None, "raw_details": None,
         "blob_href": f"{blob}/{one['path']}", **one} for one in kept["annotations"]])


_READ, _WRITE = Need("read", ("checks",)), Need("write", ("checks",), apps_only=True)
ROUTES = (
    Route("GET", "/commits/{ref}/check-runs", _READ, list_of_commit),
    Route("GET", "/check-runs/{run#}", _READ, get_run),
    Route("GET", "/check-runs/{run#}/annotations", _READ, list_annotations),
    Route("POST", "/check-runs", _WRITE, create),
    Route("PATCH", "/check-runs/{run#}", _WRITE, update),
)
