"""The facts of one run, as `run.json` keeps them: what was judged, against what, and what became of
both services. Together with the policy and the attempts it is all that judging needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gatekeeper.cases.share import MAX_SHARDS, Shard
from gatekeeper.model import Change, ChangeKind, Fault, Overhead
from gatekeeper.policy.acceptance import Acceptance
from gatekeeper.ports import StartFailure


class BaselineMode(StrEnum):
    """What head is held against."""

    RUN = "run"
    """Base, measured in the same run."""
    PACK = "pack"
    """Base's attempts of an earlier pack."""
    NONE = "none"
    """Nothing: it was not asked for."""
    ADOPTION = "adoption"
    """Nothing, rightly: base has no manifest."""
    UNREADABLE = "unreadable"
    """Nothing, rightly: what base declares cannot be used, so its service cannot be started."""
    FIRST = "first"
    """Nothing, rightly: there is no earlier release."""


@dataclass(frozen=True, slots=True)
class SideRecord:
    """What became of one side."""

    tree: str = ""
    commit: str = ""
    """Empty for a working tree."""
    started: bool = False
    """The service became ready."""
    failure: StartFailure | None = None
    model: str = ""
    ready_seconds: float | None = None
    died: str = ""
    """Why the service ended while it was asked; empty when it did not."""
    killed: bool = False
    """It was ended from outside, by SIGKILL and not for its own memory limit."""
    identity: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything about a run that is not an attempt."""

    gatekeeper: str
    judged_at: str
    """UTC, ISO 8601; an input of the judgement, because waivers expire by it."""
    event: str
    """`merge` or `release`: which gates decide."""
    runtime: str
    subject: str
    """In words: what tree was judged."""
    manifest_path: str
    cases_path: str
    base_manifest_path: str = ""
    base_cases_path: str = ""
    base_unreadable: str = ""
    """Why base's manifest could not be used, if it has one that cannot."""
    baseline: BaselineMode = BaselineMode.RUN
    changes: tuple[Change, ...] = ()
    nothing_changed: bool = False
    limited: tuple[str, ...] = ()
    """Why this run can at best be undecided: a subset of the cases, fewer repeats."""
    asked: tuple[str, ...] = ()
    """The subset of cases that was asked for; empty for all."""
    drilled: tuple[str, ...] = ()
    """The failures that were named for the drill; empty for those that the policy declares."""
    shard: Shard | None = None
    """The share of the cases that was asked; None for all."""
    shards: int = 0
    """Of a pack that was merged: how many shards there should be, each with facts of its own."""
    repeats: int = 1
    risk_repeats: dict[str, int] = field(default_factory=dict)
    """Risk -> repeats of its rows, where they are not the above."""
    machines: tuple[str, ...] = ()
    """The machine of every sitting, the first first: more than one where the run was resumed."""
    spent: str = ""
    """The budget that ended the asking, in words; empty where none did."""
    stopping: str = ""
    """In words: when a case was not asked again although it had repeats left."""
    concurrency: int = 1
    complete: bool = False
    """Every stage was passed; false in the pack of a run that was cut off."""
    interrupted: bool = False
    releasable: bool = False
    """The tree is a commit's, clean."""
    rooted: bool = False
    """The commit is on a protected branch: its own policy decides."""
    acceptance: Acceptance | None = None
    """What somebody accepted; it counts only where it covers head's policy."""
    acceptance_unread: str = ""
    """Why it could not be told whether somebody accepted head's policy."""
    overhead: Overhead | None = None
    """Of the client; None where no time is judged."""
    head: SideRecord = field(default_factory=SideRecord)
    base: SideRecord | None = None


def _read_side(data: dict[str, Any] | None) -> SideRecord | None:
    if data is None:
        return None
    failure = data.get("failure")
    read = StartFailure(**{**failure, "fault": Fault(failure["fault"])}) if failure else None
    return SideRecord(**{**data, "failure": read})


def _read_overhead(data: dict[str, Any] | None) -> Overhead | None:
    """Records of before it was measured have none."""
    if not data:
        return None
    found = Overhead(float(data["middle"]), float(data["worst"]), int(data["samples"]))
    if not 0 <= found.middle <= found.worst < math.inf:
        raise ValueError(f"overhead is {data!r}")
    return found


def _read_shards(data: dict[str, Any]) -> dict[str, Any]:
    """Records of before there were shards have none."""
    shard, shards = data.get("shard"), data.get("shards", 0)
    if isinstance(shards, bool) or not 0 <= int(shards) <= MAX_SHARDS:
        raise ValueError(f"shards is {shards!r}")
    return {"shard": Shard(int(shard["number"]), int(shard["of"])) if shard else None,
            "shards": int(shards)}


def read_record(data: dict[str, Any]) -> RunRecord:
    """The inverse of writing a record; KeyError, TypeError or ValueError where it is not one."""
    lists = {name: tuple(data[name]) for name in ("limited", "asked")}
    lists["drilled"] = tuple(data.get("drilled", ()))  # records of before drills have none
    machines = tuple(map(str, data.get("machines", ())))
    changes = tuple(Change(**{**one, "kind": ChangeKind(one["kind"])}) for one in data["changes"])
    head, accepted = _read_side(data["head"]), data["acceptance"]
    return RunRecord(**{**data, **lists, "changes": changes,
                        "baseline": BaselineMode(data["baseline"]),
                        "acceptance": Acceptance(**accepted) if accepted else None,
                        **_read_shards(data), "machines": machines,
                        "overhead": _read_overhead(data.get("overhead")),
                        "head": head or SideRecord(), "base": _read_side(data["base"])})
