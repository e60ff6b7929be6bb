"""The stories' service in a repository that is released, and packs as its workflow leaves them."""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

from gatekeeper.adapters.console import Console
from gatekeeper.adapters.history import History
from gatekeeper.commands.release import Place, release_here
from gatekeeper.evidence.pack import Pack
from gatekeeper.github.event import Event
from gatekeeper.github.logins import Logins
from gatekeeper.judging.from_pack import judge
from gatekeeper.options import Options
from gatekeeper.pipeline import _reported
from gatekeeper.releasing.release import Outcome
from tests.github.conftest import WORKFLOW
from tests.releasing.conftest import Remote, client_of
from tests.support.cli import gatekeeper
from tests.support.repository import Repository

COMMON = Path(__file__).parents[1] / "stories" / "common"
GATE, GATE_PATH = b"on: [push, merge_group]\n", ".github/workflows/gate.yml"
ARTIFACT = "gatekeeper-evidence"
QUEUE = "gh-readonly-queue/main/pr-1-" + "b" * 40


_MEASURED: dict[tuple[str, str], Path] = {}
"""Packs by commit and what is changed in them: the repositories of these tests have the same
commits."""


class Service:
    """A service on main, whose runs leave evidence."""

    def __init__(self, remote: Remote, more: str = "") -> None:
        self.remote = remote
        self.more = more
        for place in COMMON.iterdir():
            target = remote.local.folder / place.name
            if place.is_dir():
                shutil.copytree(place, target, dirs_exist_ok=True)
            else:
                shutil.copy(place, target)
        manifest = (COMMON / "gatekeeper.yaml").read_text()
        # An image that is pulled by its digest is the same wherever it is started.
        self.local.commit({
            "gatekeeper.yaml": manifest.replace("build: .", "image: acme/service") + more,
            ".gitignore": "__pycache__/\n", GATE_PATH: GATE}, "feat: the service")
        self.remote.github.files["main", GATE_PATH] = GATE
        self.push()

    @property
    def local(self) -> Repository:
        """The checkout."""
        return self.remote.local

    def push(self) -> str:
        """Push main; its tip, and the workflow at it."""
        tip = self.remote.push()
        self.remote.github.files[tip, GATE_PATH] = GATE
        self.remote.github.files["main", "gatekeeper.yaml"] = self.local.git(
            "show", "main:gatekeeper.yaml").encode()
        return tip

    def change(self, temperature: str, message: str = "fix: another temperature") -> str:
        """A change that passes, on main."""
        text = (self.local.folder / "config.yaml").read_text()
        self.local.commit({"config.yaml": text.replace("0.", f"{temperature}.", 1)
                           if "0." in text else f"decoding: {{temperature: {temperature}}}\n"},
                          message)
        return self.push()

    def measured(self, folder: Path, **changed: object) -> Path:
        """The pack of a run of main's tip against the commit before it; `changed` is what its
        record says otherwise than a run in Docker."""
        key = (self.local.git("rev-parse", "HEAD"), repr(sorted(changed.items())))
        if key in _MEASURED:
            return Path(shutil.copytree(_MEASURED[key], folder))
        done = gatekeeper("run", "--runtime", "process", "--base", "HEAD~1", "--head", "HEAD",
                          "--force", "--evidence", str(folder), cwd=self.local.folder)
        assert done.code == 0, done.out + done.err
        pack = Pack.open(folder)
        record = replace(pack.read_record(), **{"runtime": "docker", **changed})
        pack.write_record(record)
        _reported(pack, record)
        assert str(judge(pack).verdict.conclusion) == "pass"
        _MEASURED[key] = Path(shutil.copytree(folder, folder.parent / f"{folder.name}-kept"))
        return folder

    def kept(self, pack: Path, run: int = 50, event: str = "push", branch: str = "main",
             **more: str) -> None:
        """A run leaves a pack as its artifact."""
        tip = self.local.git("rev-parse", "main")
        self.remote.github.add_run(run, event, tip, head_branch=branch, **more)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for place in sorted(pack.rglob("*")):
                if place.is_file() and place.name != ".gitignore":
                    archive.write(place, place.relative_to(pack).as_posix())
        self.remote.github.add_artifact(run, ARTIFACT, packed.getvalue())

    def release(self, scratch: Path, pushed: str = "", ref: str = "main", force: bool = False,
                secrets: tuple[str, ...] = ()) -> Outcome:
        """One run of `gatekeeper release`."""
        self.local.git("fetch", "--quiet", "--tags", "origin")
        scratch.mkdir(parents=True)
        commit = self.local.git("rev-parse", f"{pushed or ref}^{{commit}}")
        options = Options(self.local.folder, "gatekeeper.yaml", runtime="docker", force=force,
                          evidence=scratch / "evidence", event=Event(
                              "push", "release", commit, rooted=True, base_ref=ref))
        with client_of(self.remote.github) as forge:
            return release_here(
                History(self.local.folder, scratch), options,
                Place(forge, "acme/assistant", ARTIFACT, (WORKFLOW, *secrets),
                      "https://github.com/acme/assistant/actions/runs/9", Logins()),
                Console(), scratch, pushed)
