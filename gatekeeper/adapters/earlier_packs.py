"""The packs of earlier runs in a folder: each as it was sealed and judged again, or refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gatekeeper.adapters.archive import MAX_ARCHIVE, read_archive
from gatekeeper.errors import GatekeeperError, UsageError
from gatekeeper.evidence.files import RUN
from gatekeeper.evidence.pack import DAMAGE, Pack
from gatekeeper.judging.earlier_run import run_in
from gatekeeper.judging.learning import Earlier, EarlierRun

MAX_PACKS = 500
_ARCHIVES = (".tar.gz", ".tgz", ".zip")


def read_history(folder: Path, declared: str) -> Earlier:
    """The earlier runs in a folder, oldest first; `declared` is how the manifest names it."""
    if not folder.is_dir():
        return Earlier(declared, f"there is no folder {declared}: make it, or fetch it")
    places = sorted(one for one in folder.iterdir() if not one.is_symlink()
                    and ((one / RUN).is_file() or one.name.endswith(_ARCHIVES)))
    if len(places) > MAX_PACKS:
        return Earlier(declared, f"{declared} holds more than {MAX_PACKS} packs")
    runs: dict[str, EarlierRun] = {}
    refused = []
    for place in places:
        try:
            run = _read(place)
        except GatekeeperError as error:
            refused.append(f"{place.name}: {error.message.splitlines()[0]}")
        except DAMAGE as error:
            refused.append(f"{place.name}: it is damaged: {type(error).__name__}")
        else:
            if run is not None:
                runs[run.pack] = run  # an archive beside the folder it was made of is one run
    return Earlier(declared, "", tuple(sorted(runs.values(), key=lambda run: run.judged_at)),
                   tuple(refused))


def _read(place: Path) -> EarlierRun | None:
    if place.is_dir():
        return run_in(Pack.open(place))
    if place.stat().st_size > MAX_ARCHIVE:
        raise UsageError(f"it is larger than {MAX_ARCHIVE} bytes")
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as scratch:
        read_archive(place.read_bytes(), Path(scratch))
        return run_in(Pack.open(Path(scratch)))
