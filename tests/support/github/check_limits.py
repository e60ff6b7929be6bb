"""What a check run may say, and how long: github/rest-api-description, "Create a check run"."""

from __future__ import annotations

import re
from typing import Any

STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped",
               "timed_out")
"""`stale` is GitHub's to give."""
LEVELS = ("notice", "warning", "failure")
LONGEST_OUTPUT, LONGEST_MESSAGE, LONGEST_TITLE = 65535, 64 * 1024, 255
MOST_ANNOTATIONS, MOST_ACTIONS = 50, 3
ACTION_LENGTHS = {"label": 20, "description": 40, "identifier": 20}
_SHA = re.compile(r"[0-9a-f]{40}")

Fault = tuple[str, str]
"""The field, and what is wrong with it."""


def fault_in(body: dict[str, Any], new: bool) -> Fault | None:
    """What is wrong with a check run's body; None where nothing is."""
    if new and not body.get("name"):
        return "name", "name wasn't supplied"
    if new and not _SHA.fullmatch(str(body.get("head_sha"))):
        return "head_sha", "No commit found for SHA"
    status, conclusion = body.get("status"), body.get("conclusion")
    if "status" in body and status not in STATUSES:
        return "status", f"{status} is not a member of {STATUSES}"
    if "conclusion" in body and conclusion not in CONCLUSIONS:
        return "conclusion", f"{conclusion} is not a member of {CONCLUSIONS}"
    if not conclusion and (status == "completed" or body.get("completed_at")):
        return "conclusion", "conclusion is required when status is completed"
    for action in body.get("actions", ()):
        for key, longest in ACTION_LENGTHS.items():
            if not 0 < len(action.get(key, "")) <= longest:
                return "actions", f"{key} must be 1 to {longest} characters"
    if len(body.get("actions", ())) > MOST_ACTIONS:
        return "actions", f"at most {MOST_ACTIONS} actions"
    return _fault_in_output(body["output"], new) if "output" in body else None


def _fault_in_output(output: dict[str, Any], new: bool) -> Fault | None:
    for key in ("title", "summary") if new else ("summary",):
        if not isinstance(output.get(key), str):
            return key, f"{key} wasn't supplied"
    if len(output["summary"]) > LONGEST_OUTPUT:
        return "summary", f"summary exceeds a maximum of {LONGEST_OUTPUT} characters"
    if len(output["summary"].encode()) > LONGEST_OUTPUT:
        return "summary", f"summary exceeds a maximum bytesize of {LONGEST_OUTPUT}"
    if len(str(output.get("text") or "").encode("utf-16-le")) // 2 > LONGEST_OUTPUT:
        return "text", f"text exceeds a maximum of {LONGEST_OUTPUT} characters"
    annotations = output.get("annotations", ())
    if len(annotations) > MOST_ANNOTATIONS:
        return "annotations", f"No more than {MOST_ANNOTATIONS} annotations per request"
    return next(filter(None, map(_fault_in_annotation, annotations)), None)


def _fault_in_annotation(one: dict[str, Any]) -> Fault | None:
    for key, kind in (("path", str), ("start_line", int), ("end_line", int), ("message", str)):
        if not isinstance(one.get(key), kind) or not one[key]:
            return key, f"{key} wasn't supplied"
    if one.get("annotation_level") not in LEVELS:
        return "annotation_level", f"is not a member of {LEVELS}"
    if not 0 < one["start_line"] <= one["end_line"]:
        return "end_line", "end_line comes before start_line"
    if ("start_column" in one or "end_column" in one) and one["start_line"] != one["end_line"]:
        return "start_column", "columns are for annotations of one line"
    for key, longest in (("message", LONGEST_MESSAGE), ("raw_details", LONGEST_MESSAGE)):
        if len(str(one.get(key) or "").encode()) > longest:
            return key, f"{key} exceeds {longest} bytes"
    if len(str(one.get("title") or "")) > LONGEST_TITLE:
        return "title", f"title exceeds {LONGEST_TITLE} characters"
    return None
