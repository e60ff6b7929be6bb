"""`gatekeeper prove`: what would the gate say to a service that is bad? Starts nothing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.adapters.console import emit, style_of
from gatekeeper.errors import ExitCode
from gatekeeper.evidence.pack import Pack, undamaged
from gatekeeper.formats.canonical import to_json
from gatekeeper.judging.case_judging import Bench
from gatekeeper.judging.concluding import Attempts
from gatekeeper.manifest.parse import NAME
from gatekeeper.model import Side
from gatekeeper.policy.declared import Declared, read_declared
from gatekeeper.policy.resolve import resolve
from gatekeeper.proving.good import NoAttempts, good_replies
from gatekeeper.proving.matrix import Proof, prove
from gatekeeper.report.proof import proof_json, render_proof


def read_files(folder: Path, manifest: str) -> Declared:
    """What the files of a folder declare, read from disk."""

    def read(path: str) -> bytes | None:
        try:
            return Path(path).read_bytes()
        except OSError:
            return None

    return read_declared(str(folder / (manifest or NAME)), read)


def prove_command(folder: Path, manifest: str, evidence: Path | None, as_json: bool) -> ExitCode:
    """Exit code 0: every bad service is stopped; 1: one is not; 3: nothing could be proven."""
    proof = prove_declared(read_files(folder, manifest), evidence)
    emit(to_json(proof_json(proof)) if as_json else render_proof(proof, style_of(sys.stdout)))
    return exit_code(proof)


def exit_code(proof: Proof) -> ExitCode:
    """What a proof comes to."""
    if not proof.trials:
        return ExitCode.UNDECIDED
    return ExitCode.BLOCK if proof.blind else ExitCode.PASS


def prove_declared(declared: Declared, evidence: Path | None) -> Proof:
    """The proof of a policy, from the good replies of a pack where there is one."""
    policy = resolve(None, declared)
    contracts = dict.fromkeys(Side, policy.contracts[Side.HEAD])
    bench = Bench(contracts, policy.manifest.eval.rules,
                  {Side.HEAD: _sources(declared)})
    with _attempts(evidence) as (attempts, model):
        return prove(bench, policy, good_replies(bench, policy, attempts, model))


@contextlib.contextmanager
def _attempts(evidence: Path | None) -> Iterator[tuple[Attempts, str | None]]:
    if evidence is None:
        yield NoAttempts(), None
        return
    pack = Pack.open(evidence)
    model = pack.read_record().head.model
    with undamaged(evidence, "use a pack as it was written"), pack.attempts() as attempts:
        yield attempts, model


def _sources(declared: Declared) -> dict[str, str]:
    """Stem of each source file -> its text."""
    if not declared.manifest.eval.sources:
        return {}
    folder = Path(declared.path(declared.manifest.eval.sources))
    texts: dict[str, str] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        text = path.read_text("utf-8", "replace")
        texts[path.stem] = f"{texts[path.stem]}\n\n{text}" if path.stem in texts else text
    return texts
