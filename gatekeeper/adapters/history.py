"""What lies between two commits of a checkout."""

from __future__ import annotations

from gatekeeper.adapters.git import Git
from gatekeeper.errors import CouldNotMeasure

MOST = 500


class History(Git):
    """A repository of which the commits between two releases are read too."""

    def commits(self, base: str, head: str) -> tuple[str, ...]:
        """Commits of the first line of descent after `base`, newest first; all where base is
        empty. CouldNotMeasure where there are more than are looked at."""
        span = f"{base}..{head}" if base else head
        shas = self._text("rev-list", "--first-parent", f"--max-count={MOST + 1}",
                          span, "--").split()
        if len(shas) > MOST:
            raise CouldNotMeasure(f"more than {MOST} commits lie since the last release",
                                  "tag this commit yourself, or use `release.bump: kinds`")
        return tuple(shas)

    def messages(self, base: str, head: str) -> tuple[str, ...]:
        """Messages of every commit that is in head and not in base."""
        span = f"{base}..{head}" if base else head
        raw = self._run("log", "-z", "--format=%B", "--no-show-signature", span, "--").stdout
        return tuple(one.strip() for one in raw.decode("utf-8", "replace").split("\0")
                     if one.strip())

    def tags_here(self) -> dict[str, str]:
        """Every tag of the checkout -> the commit it comes to."""
        lines = self._text("for-each-ref", "refs/tags",
                           "--format=%(refname:strip=2) %(objectname) %(*objectname)")
        rows = (line.split() for line in lines.splitlines())
        return {name: shas[-1] for name, *shas in rows}

    def tree_here(self, commit: str) -> str:
        """The tree of a commit that is here; empty for others."""
        return self.tree(commit) if self.has(commit) else ""
