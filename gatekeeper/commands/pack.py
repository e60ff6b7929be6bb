"""`gatekeeper pack`: a sealed evidence pack as one archive, the same bytes each time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from gatekeeper.adapters.archive import write_archive
from gatekeeper.adapters.artifact import MAX_BYTES, MAX_FILES
from gatekeeper.adapters.console import emit
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.evidence.files import MANIFEST
from gatekeeper.evidence.folder import PART
from gatekeeper.evidence.pack import Pack
from gatekeeper.neutral import for_terminal


def pack_command(evidence: Path, output: Path) -> ExitCode:
    """Write the archive and say its digests. A pack that is not as it was sealed is refused."""
    pack = Pack.open(evidence)
    if altered := pack.altered():
        raise UsageError(f"{evidence} is not as it was sealed: {', '.join(altered[:3])}",
                         "`gatekeeper verify` says more; pack it as it was written")
    sealed = pack.read_json(MANIFEST)
    size = sum((evidence / name).stat().st_size for name in sealed["files"])
    if len(sealed["files"]) > MAX_FILES - 2 or size > MAX_BYTES:
        raise UsageError(f"{evidence} is larger than what is read back: {len(sealed['files'])} "
                         f"files, {size} bytes", f"at most {MAX_FILES - 2} and {MAX_BYTES}")
    if output.resolve().is_relative_to(evidence.resolve()):
        raise UsageError(f"{output} is inside the pack", "name another place with -o")
    beside = output.with_name(f"{output.name}{PART}")
    try:
        with beside.open("wb") as file:
            write_archive(evidence, file)
        os.replace(beside, output)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    emit(f"{for_terminal(str(output))}  sha256:{digest}\n"
         f"  pack    {for_terminal(str(sealed['pack_digest']))}\n"
         f"  inputs  {for_terminal(str(sealed.get('inputs_digest', '')))}\n")
    return ExitCode.PASS
