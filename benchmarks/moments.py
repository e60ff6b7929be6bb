"""Two moments of a run: nothing that counts changed, and a service that has just become ready."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any

from benchmarks.work import git, write_repository

TIMES = 5
SERVICE = '''\
import json, pathlib, socketserver, sys, time
from http.server import BaseHTTPRequestHandler
time.sleep(0.7)  # a model is loaded
here = pathlib.Path(sys.argv[2])
reply = json.dumps({"choices": [{"message": {"role": "assistant", "content": '{"refund": true}'}}],
                    "data": [{"id": "local"}]}).encode()
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args): pass
    def do_GET(self):
        self.noted()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def noted(self):
        if not (here / "noticed").exists():
            (here / "noticed").write_text(str(time.monotonic()))
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
server = Server(("0.0.0.0", int(sys.argv[1])), Handler)
(here / "listens").write_text(str(time.monotonic()))
server.serve_forever()
'''
"""Notes when it listens and when it is first asked, by the machine's clock."""


def nothing_changed(folder: Path) -> dict[str, Any]:
    """Seconds of a whole process that finds that nothing that counts changed."""
    repository = folder / "repository"
    write_repository(repository, 5)
    git(repository, "switch", "--quiet", "main")
    git(repository, "switch", "--quiet", "--create", "idle")
    took = []
    for _ in range(TIMES):
        began = perf_counter()
        done = subprocess.run([sys.executable, "-m", "gatekeeper", "run", "--evidence",
                               str(folder / "evidence")], cwd=repository, check=False,
                              capture_output=True, text=True)
        took.append(perf_counter() - began)
        if done.returncode or "nothing that counts" not in done.stdout:
            raise SystemExit(f"that was no run without a change:\n{done.stdout}{done.stderr}")
    return {"seconds": median(took), "all": took}


def noticed_ms(folder: Path) -> dict[str, Any]:
    """Milliseconds from a service's first readiness to its being asked for it, as a process."""
    repository = folder / "repository"
    write_repository(repository, 1)
    (repository / "service.py").write_text(SERVICE)
    manifest = repository / "gatekeeper.yaml"
    manifest.write_text(manifest.read_text().replace(
        "service: {build: ., port: 8000}",
        f"service: {{command: [python, service.py, '{{port}}', {folder}]}}"))
    took = []
    for _ in range(TIMES):
        for name in ("listens", "noticed"):
            (folder / name).unlink(missing_ok=True)
        began = monotonic()
        subprocess.run([sys.executable, "-m", "gatekeeper", "run", "--runtime", "process",
                        "--baseline", "none", "--evidence", str(folder / "evidence")],
                       cwd=repository, check=False, capture_output=True, env=dict(os.environ))
        listens, noticed = (float((folder / name).read_text()) for name in ("listens", "noticed"))
        assert began < listens <= noticed
        took.append((noticed - listens) * 1000)
    return {"ms": median(took), "all": took}
