"""A real OCI registry on loopback, Debian's `docker-registry`: with a login, or open to all."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
import requests

from gatekeeper.adapters.processes import free_port, port_is_closed
from gatekeeper.adapters.waiting import wait_until

USER, PASSWORD = "ann", "letmein"
_HASHED = "$2b$05$Tq9guUcW4U.BlnniHLGEWOedoiOMrzLoYTv2oYTD2X8zZWlQxIpF."
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = """version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {data}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
_LOGIN = "auth: {{htpasswd: {{realm: here, path: {users}}}}}\n"


@dataclass(frozen=True)
class Registry:
    """One that is up."""

    host: str
    login: dict[str, str] | None

    def push(self, engine: docker.DockerClient, image: str, name: str) -> str:
        """Push an image of the engine's as `name:tag`, and take the name off the engine again; the
        digest that the registry has it by."""
        repository, _, tag = name.partition(":")
        where = f"{self.host}/{repository}"
        engine.images.get(image).tag(where, tag)
        digest = ""
        for line in engine.images.push(where, tag, stream=True, decode=True,
                                       auth_config=self.login):
            assert "error" not in line, line
            digest = line.get("aux", {}).get("Digest", digest)
        engine.images.remove(f"{where}:{tag}")
        return digest

    def put_file(self, content: bytes, repository: str, tag: str) -> None:
        """Push a file as the one layer of an artifact, as `oras push` does."""
        layers = [self._blob(repository, one) for one in (b"{}", content)]
        manifest: dict[str, Any] = {
            "schemaVersion": 2, "mediaType": _MANIFEST,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", **layers[0]},
            "layers": [{"mediaType": "application/octet-stream", **layers[1]}]}
        put = requests.put(f"http://{self.host}/v2/{repository}/manifests/{tag}",
                           json.dumps(manifest), headers={"Content-Type": _MANIFEST},
                           auth=self._auth, timeout=20)
        assert put.status_code == 201, put.text

    def _blob(self, repository: str, content: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        began = requests.post(f"http://{self.host}/v2/{repository}/blobs/uploads/",
                              auth=self._auth, timeout=20)
        where = began.headers["Location"]
        put = requests.put(f"{where}{'&' if '?' in where else '?'}digest={digest}", content,
                           auth=self._auth, timeout=20)
        assert put.status_code == 201, put.text
        return {"digest": digest, "size": len(content)}

    @property
    def _auth(self) -> tuple[str, str] | None:
        return (USER, PASSWORD) if self.login else None

    def log_in(self, folder: Path) -> str:
        """What `docker login` leaves in a configuration folder; the folder, for DOCKER_CONFIG."""
        folder.mkdir()
        both = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": both}}}))
        return str(folder)


@contextmanager
def registry(folder: Path, *, closed: bool) -> Iterator[Registry]:
    """A registry with its data in a folder; `closed` asks for a login. Skips where there is none to
    start."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("there is no docker-registry (Debian's package of that name)")
    port = free_port()
    folder.mkdir()
    users = folder / "users"
    users.write_text(f"{USER}:{_HASHED}\n")
    text = _CONFIG.format(data=folder / "data", port=port)
    (folder / "config.yml").write_text(text + (_LOGIN.format(users=users) if closed else ""))
    with (folder / "log").open("wb") as log, subprocess.Popen(
            [program, "serve", str(folder / "config.yml")], stdout=log, stderr=log,
            env={**os.environ, "OTEL_TRACES_EXPORTER": "none"}) as process:
        try:
            assert wait_until(lambda: not port_is_closed(port), 20), (folder / "log").read_text()
            login = {"username": USER, "password": PASSWORD} if closed else None
            yield Registry(f"127.0.0.1:{port}", login)
        finally:
            process.kill()
