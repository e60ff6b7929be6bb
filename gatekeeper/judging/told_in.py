"""What a pack holds of what head's files tell, judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatekeeper.evidence.documents import read_documents
from gatekeeper.evidence.files import HISTORY, ROUTE
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord
from gatekeeper.judging.learned import repeated_reading, tried_facts
from gatekeeper.judging.learning import read_earlier
from gatekeeper.judging.measure import Fact, Facts, ToldFacts
from gatekeeper.manifest.told import Route
from gatekeeper.model import Fault
from gatekeeper.policy.resolve import Policy
from gatekeeper.routes.claims import claims_in, claims_in_manifest
from gatekeeper.routes.owed import Shown, completeness, owed
from gatekeeper.routes.telling import Told, claims_reading, runbook_fact, stop_time_fact


def route_of(policy: Policy) -> Route:
    """Head's route, of the kind that the policy decides."""
    return replace(policy.head.route, kind=policy.manifest.route.kind)


def told_in(
    pack: Pack, record: RunRecord, policy: Policy, manifest: bytes, facts: Facts, environment: Fact,
) -> tuple[Told, ToldFacts]:
    """What head's files tell; `manifest` is head's as its own bytes, `environment` whether it is
    known on what it was measured."""
    route, documents = route_of(policy), read_documents(pack)
    claims = [claim for path, text in documents for claim in claims_in(route, path, text)]
    claims += claims_in_manifest(route, record.manifest_path, manifest.decode("utf-8", "replace"))
    earlier = read_earlier(pack.read_json(HISTORY))
    missing = owed(route, _shown(pack, record, policy, facts, environment))
    told = Told(route, missing, tuple(claims))
    return told, ToldFacts(
        route=completeness(route, missing),
        claims=claims_reading(told),
        runbook=runbook_fact(documents),
        stop_time=stop_time_fact(route, record.judged_at),
        tried=tried_facts(earlier),
        repeated=repeated_reading(earlier),
    )


def _shown(
    pack: Pack, record: RunRecord, policy: Policy, facts: Facts, environment: Fact
) -> Shown:
    of_tree = pack.read_json(ROUTE, {})
    of_tree = of_tree if isinstance(of_tree, dict) else {}
    route, failure = policy.head.route, record.head.failure
    fault = failure.fault if failure else Fault.WORLD
    return Shown(
        environment=environment,
        smoke=facts.smoke,
        answered=Fact(True) if facts.tally.answered else Fact(None, "no case was answered", fault),
        stopped=facts.shutdown,
        stop=policy.promise.stop_path.stop,
        notebook=Fact(isinstance(of_tree.get("notebook"), dict),
                      _place("notebook", route.notebook, "is no notebook of this tree")),
        outputs=Fact(bool(of_tree.get("outputs")),
                     _place("outputs", route.outputs, "holds nothing in this tree")),
        shutdown=_instance(of_tree.get("shutdown"), route.shutdown),
    )


def _place(name: str, declared: str, words: str) -> str:
    return f"{declared} {words}" if declared else f"`route.{name}` is not declared"


def _instance(found: Any, declared: str) -> Fact:
    if not declared:
        return Fact(False, "`route.shutdown` is not declared, and gatekeeper did not stop the "
                    "service")
    if not isinstance(found, dict) or not found.get("state"):
        fault = found.get("fault", "it cannot be read") if isinstance(found, dict) else "not kept"
        return Fact(False, f"{declared} is no proof: {fault}")
    return Fact(True, f"{found.get('instance')} {found['state']} at {found.get('at')}")
