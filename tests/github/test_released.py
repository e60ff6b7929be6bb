"""Is this archive the evidence of that release? Asked of a GitHub on this machine."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.download import download
from gatekeeper.errors import CouldNotMeasure, UsageError
from tests.support.cli import Done, gatekeeper
from tests.support.packed import changed_service, judged, sealed_again

TAG = "v1.2.0"
ASSET = f"gatekeeper-evidence-{TAG}.tar.gz"


@dataclass
class Web:
    """Answers by path; a text is a place to go to, bytes are content."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and authorization of every request."""


@contextmanager
def served() -> Iterator[Web]:
    """A server on this machine."""
    found = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, self.headers.get("authorization", "")))
            answer = found.answers.get(self.path)
            if isinstance(answer, str):
                self.send_response(302)
                self.send_header("location", answer)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    """A server on this machine, for one test."""
    with served() as web:
        yield web


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `repository`, `evidence` of a run that passed, and its archive `asset`."""
    folder = tmp_path_factory.mktemp("released")
    repository = changed_service(folder / "repository")
    assert judged(repository).code == 0
    done = gatekeeper("pack", "evidence", "-o", str(folder / "asset"), cwd=repository.folder)
    assert done.code == 0, done.err
    return folder


def released(web: Web, packed: Path, **changed: Any) -> None:
    """A GitHub with a release of that archive."""
    content = (packed / "asset").read_bytes()
    record = json.loads((packed / "repository" / "evidence" / "run.json").read_text())
    asset = {"id": 7, "name": ASSET, "state": "uploaded", "size": len(content),
             "digest": "sha256:" + hashlib.sha256(content).hexdigest()}
    asset |= {key: value for key, value in changed.items() if key in asset}
    release = {"tag_name": TAG, "draft": changed.get("draft", False), "prerelease": False,
               "assets": [asset]}
    tree = changed.get("tree", record["head"]["tree"])
    web.answers |= {
        f"/repos/acme/service/releases/tags/{TAG}": release,
        f"/repos/acme/service/commits/tags%2F{TAG}": {"sha": "c" * 40,
                                                      "commit": {"tree": {"sha": tree}}},
        "/repos/acme/service/releases/assets/7": web.url.replace("127.0.0.1", "localhost")
        + "/kept",
        "/kept": content,
    }


def verify(web: Web, cwd: Path, *args: str) -> Done:
    """`gatekeeper verify`, told which GitHub and repository."""
    return gatekeeper("verify", *args, cwd=cwd, GITHUB_API_URL=web.url, GITHUB_TOKEN="ghs_token",
                      GITHUB_REPOSITORY="acme/service", NO_PROXY="*")


def test_a_tag_names_the_evidence_that_its_release_carries(
    web: Web, packed: Path, tmp_path: Path
) -> None:
    released(web, packed)
    done = verify(web, tmp_path, TAG)
    assert done.code == 0, done.out + done.err
    assert f"✓ released evidence: the asset of release {TAG}, with that digest" in done.out
    assert "proves arithmetic" not in done.out
    # The place where GitHub keeps it is another host, and gets no token.
    assert dict(web.asked)["/kept"] == ""
    assert "ghs_token" in dict(web.asked)["/repos/acme/service/releases/assets/7"]


def test_a_tag_with_characters_that_github_takes_in_no_name_of_a_file(
    web: Web, packed: Path, tmp_path: Path
) -> None:
    released(web, packed, name="gatekeeper-evidence-assistant.v1.2.0.1.tar.gz")
    for place, name in (("releases/tags/", ""), ("commits/", "tags%2F")):
        web.answers[f"/repos/acme/service/{place}{name}assistant%2Fv1.2.0%2B1"] = \
            web.answers[f"/repos/acme/service/{place}{name}{TAG}"]
    done = verify(web, tmp_path, "assistant/v1.2.0+1")
    assert done.code == 0, done.out + done.err
    assert "✓ released evidence: the asset of release assistant/v1.2.0+1" in done.out


def test_an_archive_is_held_against_the_release(web: Web, packed: Path, tmp_path: Path) -> None:
    released(web, packed)
    done = verify(web, tmp_path, str(packed / "asset"), "--released", TAG)
    assert done.code == 0, done.out + done.err
    assert "✓ released evidence" in done.out
    assert "/kept" not in dict(web.asked)  # the digest is enough


def test_where_github_tells_no_digest_the_asset_is_fetched(
    web: Web, packed: Path, tmp_path: Path
) -> None:
    released(web, packed, digest=None)
    assert verify(web, tmp_path, str(packed / "asset"), "--released", TAG).code == 0
    assert "/kept" in dict(web.asked)
    web.answers["/kept"] = b"another"
    done = verify(web, tmp_path, str(packed / "asset"), "--released", TAG)
    assert done.code == 1
    assert "not released evidence" in done.out


def test_a_pack_forged_whole_is_not_that_of_the_release(
    web: Web, packed: Path, tmp_path: Path
) -> None:
    released(web, packed)
    forged = Path(shutil.copytree(packed / "repository" / "evidence", tmp_path / "forged"))
    results = forged / "eval_results.jsonl"
    results.write_text(results.read_text().replace('"number":1', '"number":2'))
    sealed_again(forged)
    assert gatekeeper("pack", "forged", cwd=tmp_path).code == 0
    assert gatekeeper("verify", "gatekeeper-evidence.tar.gz", cwd=tmp_path).code == 0
    done = verify(web, tmp_path, "gatekeeper-evidence.tar.gz", "--released", TAG)
    assert done.code == 1
    assert f"✗ not released evidence: {ASSET} of that release has another digest" in done.out


DOUBTS = {
    "a draft": ({"draft": True}, "is a draft"),
    "no asset": ({"name": "notes.txt"}, "has no asset"),
    "half an asset": ({"state": "starter"}, "has no asset"),
    "another tree": ({"tree": "d" * 40}, "the tag names another tree"),
}


@pytest.mark.parametrize("what", DOUBTS)
def test_what_github_does_not_say_is_not_believed(
    web: Web, packed: Path, tmp_path: Path, what: str
) -> None:
    changed, words = DOUBTS[what]
    released(web, packed, **changed)
    done = verify(web, tmp_path, str(packed / "asset"), "--released", TAG)
    assert done.code == 1, done.out + done.err
    assert f"✗ not released evidence: {'' if what == 'another tree' else 'the release of tag'}" \
        in done.out
    assert words in done.out


def test_no_release_is_no_proof(web: Web, packed: Path, tmp_path: Path) -> None:
    done = verify(web, tmp_path, str(packed / "asset"), "--released", TAG)
    assert done.code == 1
    assert f"GitHub shows no release of tag {TAG}" in done.out
    named = verify(web, tmp_path, "v9")
    assert named.code == 2
    assert "there is no such file or folder, and GitHub shows no release of tag v9" in named.err


def test_an_archive_is_fetched_from_an_address(web: Web, packed: Path, tmp_path: Path) -> None:
    web.answers |= {"/there": (packed / "asset").read_bytes(), "/moved": "/there"}
    done = gatekeeper("verify", f"{web.url}/moved", cwd=tmp_path, NO_PROXY="*")
    assert done.code == 0, done.out + done.err
    assert "proves arithmetic, not origin" in done.out
    gone = gatekeeper("verify", f"{web.url}/nowhere", cwd=tmp_path, NO_PROXY="*")
    assert gone.code == 3
    assert "answers 404" in gone.err


def test_what_is_fetched_is_bounded_and_comes_over_tls(web: Web) -> None:
    web.answers |= {"/large": b"x" * 2000, "/out": "http://e.example/pack", "/round": "/round"}
    with pytest.raises(CouldNotMeasure, match="larger than 1000 bytes"):
        download(f"{web.url}/large", 1000)
    with pytest.raises(UsageError, match="is not https"):
        download(f"{web.url}/out", 1000)
    with pytest.raises(CouldNotMeasure, match="without end"):
        download(f"{web.url}/round", 1000)
