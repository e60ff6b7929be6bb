"""A failure is brought about on a copy of head's service: who notices, and what the first checks
find before anything is done about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic, sleep

from gatekeeper.drill.catalogue import LEAST_MEMORY, NO_SUCH_COMMAND, Failure, Way, delay_for
from gatekeeper.drill.first_checks import CheckFinding, Observed, run_checks
from gatekeeper.drill.outcome import START, Sighting
from gatekeeper.drill.ports import Breakable, Vitals
from gatekeeper.formats.units import format_duration, format_size
from gatekeeper.manifest.drill import Drill
from gatekeeper.manifest.service import Service
from gatekeeper.model import Fault, Side
from gatekeeper.ports import Life, RunningService, StartFailure
from gatekeeper.service.readiness import Ready
from gatekeeper.service.watching import PAUSE, Asked, Watch, ask_health
from gatekeeper.stages.drill_services import DrillServices, breakable
from gatekeeper.stages.run import Run

ASKING_SECONDS = 5.0
"""How long it is waited for a request to be under way."""
STARTING_SECONDS = 1.0
"""How much longer than twice its usual time a service may take to start."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A failure that was brought about."""

    at: float
    """On the monotonic clock."""
    injected: str
    """What was done, in words."""
    asked: Asked
    sightings: tuple[Sighting, ...]
    service: Breakable | None
    """None where it was never started."""
    failure: StartFailure | None = None
    """Why it was not started."""


@dataclass(frozen=True, slots=True)
class Unbroken:
    """A failure that could not be brought about."""

    reason: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Wrong:
    """How a service is started so that it fails."""

    service: Service
    words: str
    command: tuple[str, ...] = ()
    beside: RunningService | None = None


class Breaker:
    """Breaks copies of head's service, one failure at a time."""

    def __init__(self, run: Run, services: DrillServices, drill: Drill, usual: Ready) -> None:
        """`usual`: how head's service became ready when nothing was wrong with it."""
        self._run = run
        self._services = services
        self._drill = drill
        self._usual = usual
        self._service = run.plan.services[Side.HEAD]
        self._contract = run.survey.policy.contracts[Side.HEAD]

    def break_it(self, failure: Failure) -> Broken | Unbroken:
        """Bring one failure about, and see who notices; CouldNotMeasure where the engine fails."""
        self._run.world.progress.say(f"drill: {failure.name}: breaking a copy of head's service")
        if failure.way is Way.START:
            wrong = self._wrong(failure)
            return wrong if isinstance(wrong, Unbroken) else self._start_wrong(wrong)
        copy = self._copy()
        return copy if isinstance(copy, Unbroken) else self._break_running(failure, copy)

    def _copy(self) -> Breakable | Unbroken:
        """A copy of head's service that is well."""
        up = self._services.start("copy", Side.HEAD, self._service, self._contract)
        if isinstance(up.outcome, Ready):
            return breakable(up)
        return Unbroken(f"a second copy of head's service does not start: {up.outcome.cause}",
                        up.outcome.fault)

    def _wrong(self, failure: Failure) -> Wrong | Unbroken:
        service, wrong = self._service, self._drill.wrong
        if failure.name == "does-not-start":
            if wrong:
                spoilt = replace(service, environment={**service.environment, **wrong})
                return Wrong(spoilt, f"started with {', '.join(wrong)} set wrongly")
            return Wrong(service, "started with a command that is not there", (NO_SUCH_COMMAND,))
        copy = self._copy()
        if isinstance(copy, Unbroken):
            return copy
        if failure.name == "port-taken":
            copy.pause()
            return Wrong(service, "started where another copy holds its port", beside=copy)
        used = copy.memory_used()
        self._services.stop(copy)
        memory = max(used // 2, LEAST_MEMORY) // 1024 * 1024
        return Wrong(replace(service, resources=replace(service.resources, memory=memory)),
                     f"started with {format_size(memory)} of memory; it holds "
                     f"{format_size(used // 1024 * 1024)} when it is ready")

    def _start_wrong(self, wrong: Wrong) -> Broken | Unbroken:
        at, bound = monotonic(), self._drill.notice
        up = self._services.start("broken", Side.HEAD, wrong.service, self._contract,
                                  command=wrong.command, beside=wrong.beside, awaits=False)
        if up.service is None:
            assert isinstance(up.outcome, StartFailure)
            if up.outcome.fault is Fault.WORLD:
                return Unbroken(f"it could not be started: {up.outcome.cause}", Fault.WORLD)
            told = Sighting(START, monotonic() - at, up.outcome.cause)
            return Broken(at, wrong.words, self._asked(""), (told,), None, up.outcome)
        service, asked = breakable(up), self._asked(up.service.url)
        watch = self._services.watch(asked, bound)
        # Nobody answers while a service starts, and that is no failure: what is seen counts once it
        # has ended, or has taken longer than it does when nothing is wrong.
        until = at + min(bound, 2 * self._usual.seconds + STARTING_SECONDS)
        while monotonic() < until and service.life().running and not watch.is_well:
            sleep(PAUSE)
        if watch.is_well:
            return Unbroken(f"{wrong.words}, and it came up all the same", Fault.CHANGE)
        watch.broken(at)
        seen = watch.sightings(service.life)
        watch.end()
        return Broken(at, wrong.words, asked, seen, service)

    def _break_running(self, failure: Failure, copy: Breakable) -> Broken | Unbroken:
        url, spoil = copy.url, None
        if failure.way is Way.PROXY:
            spoil = self._services.proxy(copy.url)
            url = spoil.url
        asked = self._asked(url)
        watch = self._services.watch(asked, self._drill.notice)
        if why := watch.not_well():
            return Unbroken(f"a copy of head's service is not well before it is broken: {why}",
                            Fault.CHANGE)
        if spoil is not None:
            limits = self._contract.limits
            late = delay_for(limits.latency_target, limits.timeout)
            at, words = _mark(watch), _SPOILT[failure.name].format(format_duration(late))
            spoil.spoil(failure.name, late)
        else:
            at, words = self._injected(failure.name, copy, watch)
        seen = watch.sightings(copy.life)
        watch.end()
        return Broken(at, words, asked, seen, copy)

    def _injected(self, name: str, copy: Breakable, watch: Watch) -> tuple[float, str]:
        if name == "network-cut":
            at = _mark(watch)
            copy.disconnect()
            return at, "taken off its network; it runs on"
        if name == "hung":
            at = _mark(watch)
            copy.pause()
            return at, "frozen: it runs, and answers nothing"
        copy.pause()
        watch.is_asking.wait(ASKING_SECONDS)  # frozen, it cannot finish what is asked now
        at = _mark(watch)
        copy.kill()
        return at, "killed (SIGKILL) while a request was under way"

    def _asked(self, url: str) -> Asked:
        return Asked(url, self._contract, self._service.ready.path, self._usual.model)

    def look(self, broken: Broken) -> tuple[CheckFinding, ...]:
        """The first checks, in the order in which they are declared."""
        found = run_checks(self._drill.first_checks, self._observed(broken))
        redact = self._run.world.redact
        return tuple(replace(one, found=redact(one.found)) for one in found)

    def _observed(self, broken: Broken) -> Observed:
        service = broken.service
        if service is None:
            failure = broken.failure
            words = failure.cause if failure else ""
            return Observed(Life(False, words=words), failure.logs if failure else "",
                            "it was never started: nothing listens", False, Vitals())
        connection = self._run.starter.connect(Side.HEAD, broken.asked.url)
        wrong, words = ask_health(connection, broken.asked.health_path)
        connection.close()
        return Observed(service.life(), service.logs(), words, not wrong, service.vitals())


def _mark(watch: Watch) -> float:
    """The moment from which on it counts as broken: just before it is."""
    at = monotonic()
    watch.broken(at)
    return at


_SPOILT = {
    "slow": "every reply held back by {}",
    "5xx-storm": "every request answered with HTTP 503",
    "truncated-stream": "every reply broken off in its middle",
}
