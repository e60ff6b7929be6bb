"""Earlier runs as the facts that gates of cost and learning read. Pure."""

from __future__ import annotations

from gatekeeper.judging.learning import TRIED, Earlier, kept_failing, tried
from gatekeeper.judging.measure import Fact
from gatekeeper.model import Fault
from gatekeeper.outcome import Doubt, Reading
from gatekeeper.routes.shutdown import Shutdown

MAX_NAMED = 3


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def not_known(earlier: Earlier) -> Fact | None:
    """Why nothing is known of earlier runs; None where something is."""
    if not earlier.store:
        return Fact(False, "`history` is not declared, so earlier runs are not known")
    if not earlier.fault:
        return None
    if earlier.unreachable:
        return Fact(None, earlier.fault, Fault.WORLD)
    return Fact(False, earlier.fault)


def tried_facts(earlier: Earlier) -> dict[str, Fact]:
    """Each thing that can be tried -> whether it was, while cases kept failing."""
    if fault := not_known(earlier):
        return dict.fromkeys(TRIED, fault)
    stuck = set(kept_failing(earlier.runs))
    found = {}
    for what in TRIED:
        runs = tried(earlier.runs, what)
        if not runs:
            found[what] = Fact(False, f"none of {len(earlier.runs)} earlier runs changed it while "
                               "a case kept failing")
            continue
        failing = tuple(sorted(stuck & set(runs[-1].failed)))
        found[what] = Fact(True, f"last in the run of {runs[-1].judged_at[:10]}, in which "
                           f"{_named(failing)} failed")
    return found


def repeated_reading(earlier: Earlier) -> Reading:
    """How many cases kept failing."""
    if fault := not_known(earlier):
        doubt = Doubt(Fault.CHANGE if fault.holds is False else fault.fault, fault.reason)
        return Reading(0, float("inf"), (doubt,))
    stuck = kept_failing(earlier.runs)
    runs = f"in {len(earlier.runs)} earlier runs"
    return Reading(len(stuck), len(stuck), detail=f"{_named(stuck)}; {runs}" if stuck else runs)


def last_shutdown(earlier: Earlier, proof: Shutdown | str) -> Fact:
    """Whether the last GPU run's instance is gone: by its own pack, or by a proof of later than it
    in the tree. Without an earlier GPU run nothing is owed."""
    if fault := not_known(earlier):
        return fault
    runs = [run for run in earlier.runs if run.gpu]
    if not runs:
        return Fact(True, f"no GPU run among {len(earlier.runs)} earlier ones: nothing is owed")
    last = runs[-1]
    if last.shutdown:
        return Fact(True, f"run of {last.judged_at}: {last.shutdown}")
    if isinstance(proof, Shutdown) and proof.at >= last.judged_at:
        return Fact(True, f"run of {last.judged_at}: {proof.instance} {proof.state} at {proof.at}")
    why = proof if isinstance(proof, str) else f"the proof is of {proof.at}, before it"
    return Fact(False, f"the GPU run of {last.judged_at} is not known to be shut down: {why}")
