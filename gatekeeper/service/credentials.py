"""The secrets of one run: what each side's service is given, and what it is asked with.

Base says which secrets there are. Their values are read from gatekeeper's own environment, go to
the service and into the header of its requests, and nowhere else: they are in no record, and the
redactor replaces them in whatever comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from gatekeeper.manifest.secrets import fault_of_value
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.policy.resolve import Policy
from gatekeeper.policy.secrets import chooses_address, withheld
from gatekeeper.ports import StartFailure
from gatekeeper.redaction import MIN_SECRET


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a run may give to its services and show to them. Nothing of it is shown by `repr`."""

    environments: Mapping[Side, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Side -> variables of its service that hold a secret."""
    builds: Mapping[Side, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Side -> secrets that its build may mount."""
    headers: Mapping[Side, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Side -> headers of every request to it."""
    missing: Mapping[Side, StartFailure] = field(default_factory=dict)
    """Sides that cannot be started for want of a secret."""
    values: tuple[str, ...] = field(default=(), repr=False)
    """What must be kept out of everything that is stored or sent."""

    def given_to(self, side: Side, service: Service) -> Service:
        """The service with its secrets among its variables, and those of its build: for the
        runtime alone. A plain variable of the name of a secret is a drill's, which spoils it."""
        return replace(service, built_with=dict(self.builds.get(side, {})),
                       environment={**self.environments.get(side, {}), **service.environment})


def find_credentials(
    policy: Policy, started: Mapping[Side, Service], asked: Iterable[Side],
    secret: Callable[[str], str], fork: bool,
) -> Credentials:
    """`started`: the sides that are started here; `asked`: those that are asked; `secret`: the
    value of a variable, empty where it is not there."""
    environments: dict[Side, dict[str, str]] = {}
    builds: dict[Side, dict[str, str]] = {}
    headers: dict[Side, Mapping[str, str]] = {}
    missing: dict[Side, StartFailure] = {}
    known: set[str] = set()
    barred = withheld(policy, fork)

    def value_of(side: Side, name: str, where: str) -> str:
        value = "" if barred else secret(name)
        known.update({value, value.strip()})
        if fault := _fault(name, value, barred):
            missing.setdefault(side, _failure(fault, where, name))
        return value

    for side in asked:
        for variable, name in started[side].secrets.items() if side in started else ():
            value = value_of(side, name, f"service.environment.{variable}")
            environments.setdefault(side, {})[variable] = value
        for name in started[side].build_secrets if side in started else ():
            builds.setdefault(side, {})[name] = value_of(side, name, "service.build_secrets")
        auth = policy.contracts[side].auth
        if auth is not None:
            value = value_of(side, auth.secret, "contract.auth").strip()
            if side is Side.HEAD and chooses_address(policy):
                value = ""
                missing[side] = StartFailure(
                    f"the secret {auth.secret} is not given: the change names another address, "
                    "and whoever listens there would have it", Fault.WORLD)
            if side not in missing and (fault := fault_of_value(auth.secret, value)):
                missing[side] = _failure(fault, "contract.auth", auth.secret)
            headers[side] = auth.headers(value)
    return Credentials(environments, builds, headers, missing, tuple(sorted(known - {""})))


def _fault(name: str, value: str, barred: str) -> str:
    """Why the value of a secret cannot be used, wherever it goes; empty where it can."""
    if barred:
        return f"the secret {name} is not given: {barred}"
    if not value.strip():
        return f"the secret {name} is not in the environment, and GitHub gives none to a fork's run"
    if "\0" in value:
        return f"the secret {name} holds a NUL character, which nothing can take"
    if len(value.strip()) < MIN_SECRET:
        return f"the secret {name} has fewer than {MIN_SECRET} characters: it could not be kept " \
               "out of what is stored"
    return ""


def _failure(cause: str, where: str, name: str) -> StartFailure:
    step = f"`{where}` names it: set the variable, in a workflow as the step's `env: " \
           f"{{{name}: ${{{{ secrets.{name} }}}}}}`"
    return StartFailure(f"{cause}; {step}", Fault.WORLD)
