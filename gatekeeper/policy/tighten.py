"""What a change may add to its own judge. Pure: base's policy, with whatever head asks more.

Only what is provably more is taken over, and only in ways that cannot weaken what base asks: a
tighter ceiling holds head alone (base under it might not even start, and then nothing could
regress), and rows that are held to more run as both versions.
"""

from __future__ import annotations

from dataclasses import replace

from gatekeeper.judging.conditions import without_implied
from gatekeeper.manifest.service import Resources, Service
from gatekeeper.manifest.types import Gate, Manifest


def tightened(base: Manifest, head: Manifest) -> Manifest:
    """Base's manifest with the gates of head that ask for more, and with whatever more head's
    service is to be known by.

    Repeats are not among it: what is asked more often gives base more chances to fail, and with
    that fewer cases that can regress.
    """
    known_by = {**head.service.identity, **base.service.identity}
    return replace(base, gates=_gates(base.gates, head.gates),
                   service=replace(base.service, identity=known_by),
                   route=replace(base.route, kind=base.route.kind or head.route.kind))


def _gates(base: dict[str, Gate], head: dict[str, Gate]) -> dict[str, Gate]:
    gates = {name: _gate(gate, head[name]) if name in head else gate
             for name, gate in base.items()}
    for name, gate in head.items():
        if name not in base:
            gates[name] = replace(gate, until=tuple(replace(one, added=True)
                                                    for one in gate.until))
    return gates


def _gate(base: Gate, head: Gate) -> Gate:
    more = [replace(one, added=True) for one in head.until
            if not any(own.implies(one) for own in base.until)]
    # Base's own stay even where a new one asks for more: each is read over its own side's rows.
    events = dict.fromkeys((*base.blocks, *head.blocks))
    return Gate(until=(*base.until, *without_implied(more)), blocks=tuple(events))


def as_number(gpus: int | str) -> float:
    """A number of GPUs, or all of them, so that it can be compared."""
    return float("inf") if isinstance(gpus, str) else gpus


def service_under(own: Service, judge: Service) -> Service:
    """A service under the ceilings of another declaration, with those of its secrets that the
    other gives to the same variable."""
    return replace(own, resources=judge.resources, sandbox=judge.sandbox, egress=judge.egress,
                   ready=replace(own.ready, timeout=judge.ready.timeout),
                   secrets={variable: name for variable, name in own.secrets.items()
                            if judge.secrets.get(variable) == name},
                   build_secrets=tuple(name for name in own.build_secrets
                                       if name in judge.build_secrets),
                   identity=judge.identity, start=judge.start,
                   stop=replace(own.stop, command=judge.stop.command))


def tighter_ceilings(base: Service, head: Service) -> Service:
    """Base's ceilings, each lowered to head's where head's is lower."""
    one, other = base.resources, head.resources
    return replace(
        base,
        resources=Resources(min(one.memory, other.memory), min(one.cpus, other.cpus),
                            min(one.processes, other.processes),
                            min(one.gpus, other.gpus, key=as_number)),
        sandbox=replace(base.sandbox,
                        read_only=base.sandbox.read_only or head.sandbox.read_only),
        identity={**head.identity, **base.identity},
        egress="none" if "none" in (base.egress, head.egress) else base.egress,
        ready=replace(base.ready, timeout=min(base.ready.timeout, head.ready.timeout)),
    )
