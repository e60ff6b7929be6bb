"""The evidence that a release on GitHub carries, as GitHub itself tells it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from gatekeeper.adapters.archive import MAX_ARCHIVE
from gatekeeper.adapters.github_transport import Transport
from gatekeeper.github.forge import ForgeError, NotThere


def asset_name(tag: str) -> str:
    """What a release calls its evidence."""
    return f"gatekeeper-evidence-{tag}.tar.gz"


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
            found = next((one for one in release["assets"]
                          if one["name"] == asset_name(tag) and one["state"] == "uploaded"), None)
            if found is None:
                return f"the release of tag {tag} has no asset {asset_name(tag)}"
            return Released(tag, str(commit["commit"]["tree"]["sha"]), int(found["id"]),
                            str(found.get("digest") or "").removeprefix("sha256:"),
                            bool(release["prerelease"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ForgeError(f"GitHub's answer cannot be read: {error!r}") from None

    def fetch(self, released: Released) -> bytes:
        """The asset; ForgeError where it is not what GitHub says its digest is."""
        content = self._transport.read(f"{self._repo}/releases/assets/{released.asset}",
                                       MAX_ARCHIVE, accept="application/octet-stream")
        if content is None:
            raise ForgeError(f"the asset is larger than {MAX_ARCHIVE} bytes")
        if released.digest and hashlib.sha256(content).hexdigest() != released.digest:
            raise ForgeError("the asset is not what GitHub says its digest is")
        return content
