"""What each machine measured: a whole run is one part, a merged pack has one a shard. A case is
judged by the facts of the part that asked it, and times are never pooled over two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gatekeeper.cases.share import Shard, shard_of
from gatekeeper.evidence.files import SHARDS
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord, SideRecord
from gatekeeper.judging.case_judging import Absence, Bench
from gatekeeper.judging.measure import Fact, Facts, in_all
from gatekeeper.judging.tally import Tally
from gatekeeper.judging.unreached import Unreached
from gatekeeper.model import Case, Fault
from gatekeeper.outcome import CaseJudgement


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a pack, and what its cases come to."""

    name: str
    """`shard 3`; empty for the whole of a run."""
    record: RunRecord
    pack: Pack
    """Where its own facts are."""
    bench: Bench
    tally: Tally = field(default_factory=Tally)
    whole: Tally = field(default_factory=lambda: Tally(whole=True))
    unreached: Unreached = field(default_factory=Unreached)

    def add(self, case: CaseJudgement) -> None:
        """Count one of its cases."""
        if self.name:
            repeats = self.bench.rule(case.case).repeats
            self.tally.add(case, repeats)
            self.whole.add(case, repeats)
        if self.record.spent:
            self.unreached.add(case)

    @property
    def limits(self) -> tuple[str, ...]:
        """Why its verdict is undecided at best, beside what the record says."""
        if not self.record.spent:
            return ()
        words = self.unreached.words(self.record.spent)
        return (f"{self.name}: {words}" if self.name else words,)


def parts_of(
    pack: Pack, record: RunRecord, bench: Bench, recorded: Callable[[Bench, RunRecord], Bench]
) -> tuple[Part, ...]:
    """The parts, by number; `recorded` is the bench with the facts of a record."""
    if not record.shards:
        return (Part("", record, pack, bench),)
    return tuple(_shard(Shard(number, record.shards), pack, record, bench, recorded)
                 for number in range(1, record.shards + 1))


def _shard(
    shard: Shard, pack: Pack, record: RunRecord, bench: Bench,
    recorded: Callable[[Bench, RunRecord], Bench],
) -> Part:
    name, own = f"shard {shard.number}", Pack(pack.folder / SHARDS / str(shard.number))
    if own.is_there:
        found = own.read_record()
        return Part(name, found, own, replace(recorded(bench, found), shard=None))
    absent = Absence(f"shard {shard} is missing", Fault.WORLD)
    nothing = replace(record, head=SideRecord(), base=record.base and SideRecord())
    return Part(name, nothing, own, replace(recorded(bench, nothing), head_absent=absent,
                                            base_absent=absent))


def part_of(parts: Sequence[Part], case: Case) -> Part:
    """The part that asked a case, or had to."""
    return parts[shard_of(case.case_id, len(parts)) - 1] if len(parts) > 1 else parts[0]


def together(facts: Sequence[tuple[str, Facts]], tally: Tally) -> Facts:
    """The facts of all parts as one: what has to hold has to hold in each. Cases that different
    parts asked are counted together; times stay apart."""
    if len(facts) == 1 and not facts[0][0]:
        return replace(facts[0][1], tally=tally)
    first = facts[0][1]
    joined: dict[str, Any] = {
        one.name: in_all([(name, getattr(part, one.name)) for name, part in facts])
        for one in fields(Facts) if isinstance(getattr(first, one.name), Fact)}
    timed = tuple((name, part) for name, part in facts
                  if part.tally.latencies or part.tally.untimed)
    return replace(first, tally=tally, machines=timed, **joined)


def said_of(parts: Sequence[Part], words_of: Callable[[Part], Iterable[str]]) -> Iterator[str]:
    """What is to be said of each part, once; with the parts' names where it is not of all."""
    said: dict[str, list[str]] = {}
    for part in parts:
        for words in words_of(part):
            said.setdefault(words, []).append(part.name)
    for words, names in said.items():
        yield words if len(names) == len(parts) else f"{', '.join(names)}: {words}"
