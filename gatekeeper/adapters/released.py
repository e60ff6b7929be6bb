"""The evidence that a release on GitHub carries, as GitHub itself tells it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from gatekeeper.adapters.archive import MAX_ARCHIVE
from gatekeeper.adapters.github_transport import Transport
from gatekeeper.github.forge import ForgeError, NotThere
from gatekeeper.github.releases import evidence_asset


@dataclass(frozen=True, slots=True)
class Released:
    """The evidence of one published release."""

    tag: str
    tree: str
    """Of the commit that the tag names now."""
    asset: int
    digest: str
    """sha256 of the asset in hex, as GitHub says it; empty where it does not."""
    prerelease: bool


class Releases:
    """One repository's releases, read."""

    def __init__(self, transport: Transport, repository: str) -> None:
        self._transport = transport
        self._repo = f"repos/{repository}"

    def find(self, tag: str) -> Released | str:
        """The evidence of the release of a tag, or why there is none, in words. A draft is no
        release."""
        try:
            release = self._transport.get(f"{self._repo}/releases/tags/{quote(tag, safe='')}")
            commit = self._transport.get(
                f"{self._repo}/commits/{quote(f'tags/{tag}', safe='')}")
        except NotThere:
            return f"GitHub shows no release of tag {tag}"
        try:
            if release["draft"]:
                return f"the release of tag {tag} is a draft"
            name = evidence_asset(tag)
            found = next((one for one in release["assets"]
                          if one["name"] == name and one["state"] == "uploaded"), None)
            if found is None:
                return f"the release of tag {tag} has no asset {name}"
            return Released(tag, str(commit["commit"]["tree"]["sha"]), int(found["id"]),
                            str(found.get("digest") or "").removeprefix("sha256:"),
                            bool(release["prerelease"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ForgeError(f"GitHub's answer cannot be read: {error!r}") from None

    def fetch(self, released: Released) -> bytes:
        """The asset; ForgeError where it is not what GitHub says its digest is."""
        return asset_content(self._transport, self._repo, released.asset, released.digest,
                             MAX_ARCHIVE)


def asset_content(transport: Transport, repository: str, asset: int, digest: str, limit: int
                  ) -> bytes:
    """One file of a release, from whichever host GitHub sends us to, which gets no token;
    `digest` is its sha256 in hex as GitHub says it, empty where it does not. ForgeError where the
    content is another, or larger than `limit` bytes."""
    content = transport.read(f"{repository}/releases/assets/{asset}", limit,
                             accept="application/octet-stream")
    if content is None:
        raise ForgeError(f"the asset is larger than {limit} bytes")
    if digest and hashlib.sha256(content).hexdigest() != digest:
        raise ForgeError("the asset is not what GitHub says its digest is")
    return content
