"""Runs, tags and releases of one repository on GitHub; see `releases.Releases`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from gatekeeper.adapters.github import GitHub
from gatekeeper.adapters.released import asset_content
from gatekeeper.github.forge import NotThere
from gatekeeper.github.releases import (
    ArtifactSeen,
    AssetSeen,
    ReleaseSeen,
    RunSeen,
    TagSeen,
)

TAGGER = {"name": "gatekeeper", "email": "gatekeeper@localhost"}


class ReleasingGitHub(GitHub):
    """One repository, seen and written with one token. No write is repeated by itself: who writes
    looks first what is there."""

    def artifacts_named(self, name: str, most: int) -> tuple[ArtifactSeen, ...]:
        """The newest artifacts of a name, those that have expired among them."""
        found = self._pages(_artifact, "actions/artifacts", "artifacts", name=name)
        return tuple(one for one in itertools.islice(found, most) if one is not None)

    def run(self, run: int) -> RunSeen:
        """One workflow run."""
        return self._get(f"actions/runs/{run}", _run)

    def tree_of(self, commit: str) -> str:
        """The tree of a commit."""
        return self._get(f"git/commits/{quote(commit, safe='')}",
                         lambda data: str(data["tree"]["sha"]))

    def compare(self, base: str, head: str) -> str:
        """Where head is, seen from base."""
        both = quote(f"{base}...{head}", safe="")
        document = self._transport.get(f"{self._repo}/compare/{both}", per_page=1)
        return str(document.get("status") if isinstance(document, Mapping) else "")

    def labels_of(self, commit: str) -> tuple[str, ...]:
        """Labels of the merged pull requests that a commit came with."""
        pulls = self._pages(_labels, f"commits/{quote(commit, safe='')}/pulls")
        return tuple(label for labels in pulls for label in labels)

    def tag(self, name: str) -> TagSeen | None:
        """One tag; None where there is none, or it names no commit."""
        try:
            kind, sha = self._get(f"git/ref/{quote(f'tags/{name}', safe='')}", _object)
        except NotThere:
            return None
        annotated = kind == "tag"
        while kind == "tag":  # a tag may name another one
            kind, sha = self._get(f"git/tags/{sha}", _object)
        return TagSeen(name, sha, annotated) if kind == "commit" else None

    def tags(self, start: str) -> tuple[str, ...]:
        """Names of all tags that begin so."""
        wanted = quote(f"tags/{start}", safe="")
        refs = self._pages(lambda one: str(one["ref"]), f"git/matching-refs/{wanted}")
        return tuple(ref.removeprefix("refs/tags/") for ref in refs)

    def add_tag(self, name: str, commit: str, message: str, at: str) -> None:
        """An annotated tag: its object, which nobody sees, and then the name."""
        made = self._write("POST", "git/tags", {
            "tag": name, "message": message, "object": commit, "type": "commit",
            "tagger": {**TAGGER, "date": at}}, lambda data: str(data["sha"]), once=True)
        self._write("POST", "git/refs", {"ref": f"refs/tags/{name}", "sha": made}, _nothing,
                    once=True)

    def releases(self, most: int) -> tuple[ReleaseSeen, ...]:
        """The newest releases, drafts among them where the token may see them."""
        found: Iterator[ReleaseSeen] = self._pages(_release, "releases")
        return tuple(itertools.islice(found, most))

    def latest(self) -> str:
        """Tag of the release that GitHub calls the latest; empty where there is none."""
        try:
            return self._get("releases/latest", lambda data: str(data["tag_name"]))
        except NotThere:
            return ""

    def add_release(self, body: Mapping[str, Any]) -> ReleaseSeen:
        """A new release."""
        return self._write("POST", "releases", body, _release, once=True)

    def edit_release(self, release: int, body: Mapping[str, Any]) -> ReleaseSeen:
        """Change what `body` names."""
        return self._write("PATCH", f"releases/{release}", body, _release)

    def remove_release(self, release: int) -> None:
        """Remove a draft; gone already is as good."""
        self._remove(f"releases/{release}")

    def release(self, release: int) -> ReleaseSeen:
        """One release by its number."""
        return self._get(f"releases/{release}", _release)

    def add_asset(self, upload_url: str, name: str, content: bytes) -> None:
        """Upload one file of a release."""
        self._transport.upload(upload_url.partition("{")[0], name, content)

    def asset(self, asset: AssetSeen, limit: int) -> bytes:
        """The content of one file of a release."""
        return asset_content(self._transport, self._repo, asset.id,
                             asset.digest.removeprefix("sha256:"), limit)

    def remove_asset(self, asset: int) -> None:
        """Remove one; gone already is as good."""
        self._remove(f"releases/assets/{asset}")

    def dispatched(self, workflow: str, ref: str) -> bool:
        """Whether a run of a workflow was started by hand on a tag or branch."""
        document = self._transport.get(
            f"{self._repo}/actions/workflows/{quote(workflow, safe='')}/runs",
            event="workflow_dispatch", branch=ref, per_page=1)
        return bool(isinstance(document, Mapping) and document.get("total_count"))

    def dispatch(self, workflow: str, ref: str) -> None:
        """Start a workflow on a tag or branch."""
        self._write("POST", f"actions/workflows/{quote(workflow, safe='')}/dispatches",
                    {"ref": ref}, _nothing, once=True)

    def _remove(self, path: str) -> None:
        try:
            self._transport.write("DELETE", f"{self._repo}/{path}")
        except NotThere:
            return


def _nothing(_: Any) -> None:
    return None


def _object(data: Any) -> tuple[str, str]:
    return str(data["object"]["type"]), str(data["object"]["sha"])


def _artifact(data: Any) -> ArtifactSeen | None:
    run = data.get("workflow_run") or {}
    if not run.get("id"):
        return None
    return ArtifactSeen(
        int(data["id"]), int(run["id"]), str(run.get("head_sha") or ""),
        str(run.get("head_branch") or ""),
        run.get("head_repository_id") is not None
        and run.get("head_repository_id") == run.get("repository_id"),
        bool(data["expired"]), int(data["size_in_bytes"]), str(data["created_at"] or ""))


def _run(data: Any) -> RunSeen:
    return RunSeen(
        int(data["id"]), str(data["event"]), str(data["path"]).partition("@")[0],
        str(data["head_sha"]), str(data["head_branch"] or ""),
        str(data["repository"]["full_name"]),
        str((data.get("head_repository") or {}).get("full_name") or ""), str(data["html_url"]))


def _labels(data: Any) -> tuple[str, ...]:
    labels = data["labels"] if data.get("merged_at") else ()
    return tuple(str(label["name"]) for label in labels)


def _release(data: Any) -> ReleaseSeen:
    assets = tuple(AssetSeen(int(one["id"]), str(one["name"]), int(one["size"]),
                             one["state"] == "uploaded", str(one.get("digest") or ""))
                   for one in data["assets"])
    return ReleaseSeen(
        int(data["id"]), str(data["tag_name"]), str(data["name"] or ""), str(data["body"] or ""),
        bool(data["draft"]), bool(data["prerelease"]), bool(data.get("immutable")),
        str(data["html_url"]), str(data["upload_url"]), assets)
