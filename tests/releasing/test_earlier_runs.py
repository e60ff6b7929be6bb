"""Gates of cost and learning, from what this repository's own runs and releases left on GitHub."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from gatekeeper.adapters.archive import read_archive
from gatekeeper.judging.learning import Earlier
from gatekeeper.releasing import earlier_runs
from gatekeeper.releasing.earlier_runs import Shelf, read_runs
from gatekeeper.releasing.provenance import Home
from tests.github.conftest import WORKFLOW
from tests.releasing.conftest import Remote, client_of, standing_on
from tests.releasing.service import ARTIFACT, GATE, GATE_PATH, QUEUE, Service
from tests.support.cli import Done, gatekeeper
from tests.support.github.contract import Contract
from tests.support.github.server import GitHubStandIn

HISTORY = f"""history: {{github: {ARTIFACT}}}
watch:
  decoding: [config.yaml#/decoding]
  adapter: [adapters/**]
"""
GATES = """  fine-tune:
    blocks: ["change:adapter"]
    until: [tried.decoding, failures.repeated >= 1]
  gpu-hour: {blocks: [gpu], until: [shutdown.proven]}
"""


class Learning(Service):
    """A service whose format case failed when its decoding was changed, twice, on main."""

    def __init__(self, remote: Remote) -> None:
        super().__init__(remote)
        text = (self.local.folder / "gatekeeper.yaml").read_text()
        start, _, rest = text.partition("watch:")
        self.local.commit({"gatekeeper.yaml": start + HISTORY + rest[rest.index("eval:"):].replace(
            "  share: [contract.complete, smoke.passed, failures == 0, regressions == 0, "
            "shutdown.proven]", "  share: [smoke.passed]") + GATES}, "gates")
        self.push()

    def tried(self, temperature: str, folder: Path) -> Path:
        """A change of the decoding on main, in which the case fails; the pack of its run."""
        replies = (self.local.folder / "replies.json").read_text()
        self.local.commit({
            "config.yaml": f"decoding: {{temperature: {temperature}}}\n",
            "replies.json": replies.replace('"{\\"title', '"no JSON: {\\"title')}, "a try")
        self.push()
        return self.measured(folder)

    def gate(self, name: str = "fine-tune", token: str = WORKFLOW, repository: str =
             "acme/assistant") -> Done:
        """`gatekeeper gate`, told which GitHub and repository."""
        return gatekeeper("gate", name, "--base", "HEAD", cwd=self.local.folder,
                          GITHUB_API_URL=self.remote.github.url, GITHUB_TOKEN=token,
                          GITHUB_REPOSITORY=repository, NO_PROXY="*")

    def runs(self, folder: Path, github: GitHubStandIn | None = None) -> Earlier:
        """What is read of them."""
        folder.mkdir()
        with client_of(github or self.remote.github) as forge:
            return read_runs(Shelf(forge, Home("acme/assistant", "main"), ARTIFACT, 10**6,
                                   read_archive, lambda commit: "", folder), "GitHub")


@pytest.fixture
def learning(remote: Remote, tmp_path: Path) -> Learning:
    """With the packs of both tries, of a push and of the merge queue."""
    made = Learning(remote)
    made.kept(made.tried("0.7", tmp_path / "first"), 50)
    made.kept(made.tried("0.9", tmp_path / "second"), 51, "merge_group", QUEUE)
    return made


def zipped(files: dict[str, bytes]) -> bytes:
    """An artifact as GitHub keeps it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_a_gate_is_answered_from_what_trusted_runs_left(learning: Learning) -> None:
    done = learning.gate()
    assert done.code == 0, done.out + done.err
    assert "failures.repeated >= 1   measured 1 (format_01; in 2 earlier runs)" in done.out
    assert "does not count" not in done.out
    assert learning.gate("gpu-hour").code == 0
    # No token goes to the host where artifacts are kept.
    assert all("authorization" not in one.headers
               for one in learning.remote.github.storage_asked)


def test_two_runs_of_one_tree_are_one_try(learning: Learning, tmp_path: Path) -> None:
    learning.remote.github.artifacts.clear()
    for number, event, branch in ((52, "merge_group", QUEUE), (53, "push", "main")):
        learning.kept(tmp_path / "second", number, event, branch)
    earlier = learning.runs(tmp_path / "scratch")
    assert [run.failed for run in earlier.runs] == [("format_01",)]
    assert learning.gate().code == 1


def test_what_others_left_counts_for_nothing(learning: Learning, tmp_path: Path) -> None:
    github = learning.remote.github
    pack = tmp_path / "second"
    github.artifacts.clear()
    learning.kept(pack, 60, "pull_request", "feature")
    learning.kept(pack, 61, "pull_request", "main", head_repo="mallory/assistant")
    learning.kept(pack, 62, "push", "topic")
    learning.kept(pack, 63, "workflow_dispatch")
    learning.kept(pack, 64, path=".github/workflows/mine.yml")
    learning.kept(tmp_path / "first", 65)  # a whole pack, and of another tree
    done = learning.gate()
    assert done.code == 1, done.out + done.err
    assert "none of 0 earlier runs changed it" in done.out
    for words in ("3 of pull requests, forks or other branches",
                  "run 63: it is of `workflow_dispatch`",
                  "run 64: its workflow .github/workflows/mine.yml is not the one that main has",
                  "run 65: it is of another tree than its commit"):
        assert f"  does not count: {words}" in done.out
    github.files["main", GATE_PATH] = GATE + b"# another one by now\n"
    learning.kept(pack, 66)
    assert "run 66: its workflow .github/workflows/gate.yml is not" in learning.gate().out


def test_what_has_expired_is_named_and_a_release_keeps_it(
    learning: Learning, tmp_path: Path
) -> None:
    github = learning.remote.github
    learning.release(tmp_path / "release")
    for artifact in github.artifacts:
        artifact["expired"] = True
    earlier = learning.runs(tmp_path / "scratch")
    assert earlier.refused == ("run 51, 50: expired",)
    assert [(run.kinds, run.failed) for run in earlier.runs] == [(("decoding",), ("format_01",))]


@pytest.mark.parametrize("forged", ["pack", "commit", "draft", "author", "tag", "branch"])
def test_a_release_counts_where_tag_notes_and_pack_agree(
    learning: Learning, tmp_path: Path, forged: str
) -> None:
    github, local = learning.remote.github, learning.local
    learning.release(tmp_path / "release")
    github.artifacts.clear()
    [release] = github.releases
    body, tip = release["body"], local.git("rev-parse", "main")
    digest = body.partition("pack=")[2].partition(" ")[0]
    release |= {"pack": {"body": body.replace(f"pack={digest}", f"pack=sha256:{'0' * 64}")},
                "commit": {"body": body.replace(f"commit={tip}", f"commit={'0' * 40}")},
                "draft": {"draft": True}, "author": {"body": f"Very good.\n{body}"}
                }.get(forged, {})
    if forged == "tag":
        local.git("push", "--quiet", "--force", "origin", "main~1:refs/tags/v0.1.0")
    if forged == "branch":  # its commit is gone from it
        local.git("push", "--quiet", "--force", "origin", "main~1:refs/heads/main")
    earlier = learning.runs(tmp_path / "scratch")
    assert earlier.runs == ()
    told = {"pack": "it is not the pack that the notes name",
            "commit": "its tag does not name the commit that its notes name",
            "tag": "its tag does not name the commit that its notes name",
            "branch": "its commit is not on main"}
    assert earlier.refused == ((f"release v0.1.0: {told[forged]}",) if forged in told else ())


BAD = {
    "a way out": (zipped({"run.json": b"{}", "../evil": b"x"}), "which is no part of an evidence"),
    "a bomb": (zipped({"run.json": b"{}", "eval_results.jsonl": b"0" * 400_000_001}),
               "holds more than 400000000 bytes"),
    "no zip": (b"PK\x03\x04 not at all", "cannot be unpacked"),
    "another file": (b"%PDF", "is no archive of an evidence pack"),
    "half a pack": (zipped({"run.json": b"[]"}), "run 51: run.json is not a record of a run"),
    "too large": (b"0" * 1_000_001, "run 51: it is larger than 1000000 bytes"),
}


@pytest.mark.parametrize("what", BAD)
def test_hostile_artifacts_are_named_and_do_no_harm(
    learning: Learning, tmp_path: Path, what: str
) -> None:
    content, words = BAD[what]
    learning.remote.github.artifacts[-1]["content"] = content
    earlier = learning.runs(tmp_path / "scratch")
    [refused] = earlier.refused
    assert words in refused
    assert len(earlier.runs) == 1
    assert not earlier.fault
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("path", ["/actions/artifacts", "/actions/runs/51", "/contents/", "/zip",
                                  "/releases", "/git/commits"])
def test_a_github_that_does_not_answer_leaves_nothing_known(
    learning: Learning, tmp_path: Path, path: str
) -> None:
    learning.remote.github.fail_next("GET", path, 500, times=9)
    earlier = learning.runs(tmp_path / "scratch")
    assert earlier.runs == ()
    assert earlier.unreachable
    assert earlier.fault.startswith("earlier runs cannot be read: GitHub does not answer")


def test_a_token_that_may_not_read_runs_leaves_the_gates_undecided(learning: Learning) -> None:
    learning.remote.github.fail_next("GET", "/actions/artifacts", 403, times=2)
    done = learning.gate()
    assert done.code == 3, done.out + done.err
    assert "? tried.decoding   not measured (earlier runs cannot be read: this token may not" \
        in done.out
    assert learning.gate("gpu-hour").code == 3


def test_without_a_token_or_a_repository_nothing_is_known(learning: Learning) -> None:
    done = learning.gate(token="")
    assert done.code == 3, done.out + done.err
    assert "there is no token in GITHUB_TOKEN; it needs `actions: read`" in done.out
    done = learning.gate(repository="")
    assert done.code == 3, done.out + done.err
    assert "origin is no repository on GitHub" in done.out


def test_no_more_is_read_than_a_job_can_bear(
    learning: Learning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier_runs, "MOST_READ", 1)
    earlier = learning.runs(tmp_path / "one")
    assert len(earlier.runs) == 1
    assert earlier.refused == ("run 50 and what is older: no more than 1 packs of 500000000 bytes "
                               "together are read",)
    monkeypatch.setattr(earlier_runs, "MOST_SEEN", 1)
    assert "what is older than the newest 1 artifacts" in learning.runs(tmp_path / "two").refused


def test_a_run_keeps_what_was_found_and_base_decides_where(
    learning: Learning, tmp_path: Path
) -> None:
    local = learning.local
    local.branch("adapter")
    manifest = (local.folder / "gatekeeper.yaml").read_text()
    local.commit({"adapters/a.bin": "weights",
                  "gatekeeper.yaml": manifest.replace(f"github: {ARTIFACT}", "github: mine")})
    done = gatekeeper("run", "--runtime", "process", "--base", "main", "--head", "HEAD",
                      cwd=local.folder, GITHUB_API_URL=learning.remote.github.url,
                      GITHUB_TOKEN=WORKFLOW, GITHUB_REPOSITORY="acme/assistant", NO_PROXY="*")
    assert "fine-tune: open\n" in done.out, done.out + done.err
    assert "history.github: gatekeeper-evidence → mine" in done.out
    assert WORKFLOW not in "".join(
        place.read_text("utf-8", "replace") for place in (local.folder / "evidence").rglob("*")
        if place.is_file())
    learning.remote.github.artifacts.clear()
    again = gatekeeper("verify", "evidence", cwd=local.folder)
    assert again.code == 0, again.out


def test_every_request_is_one_that_github_documents(contract: Contract, tmp_path: Path) -> None:
    with GitHubStandIn() as github, contract.through(github), \
            standing_on(github, tmp_path) as remote:
        learning = Learning(remote)
        learning.kept(learning.tried("0.7", tmp_path / "first"), 50)
        learning.kept(learning.tried("0.9", tmp_path / "second"), 51, "merge_group", QUEUE)
        learning.release(tmp_path / "release")
        github.artifacts[-1]["expired"] = True
        earlier = learning.runs(tmp_path / "scratch")
        assert earlier.refused == ("run 51: expired",)
        assert len(earlier.runs) == 2
