"""Who owns a file, by the examples of GitHub's documentation ("About code owners")."""

from __future__ import annotations

import pytest

from gatekeeper.github.codeowners import owners_of

DOCUMENTED = """
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


@pytest.mark.parametrize(("path", "owners"), [
    ("README.md", ("@global-owner1", "@global-owner2")),
    ("a/b/c.js", ("@js-owner",)),
    ("x.go", ("docs@example.com",)),
    ("build/logs/a/b.txt", ("@octocat",)),
    ("deep/apps/x.txt", ("@octocat",)),
    ("docs/getting-started.md", ("@doctocat",)),
    ("scripts/x.sh", ("@doctocat", "@octocat")),
    ("deeply/nested/logs/x", ("@octocat",)),
    ("apps/x", ("@octocat",)),
    ("apps/github", ()),
    ("apps/github/x", ()),
])
def test_the_documented_examples(path: str, owners: tuple[str, ...]) -> None:
    assert owners_of(path, DOCUMENTED) == owners


@pytest.mark.parametrize(("pattern", "path", "owned"), [
    (".github/workflows/", ".github/workflows/gate.yml", True),
    ("/.github/", ".github/workflows/gate.yml", True),
    (".github/*", ".github/workflows/gate.yml", False),
    ("docs/*", "docs/build-app/troubleshooting.md", False),
    ("gatekeeper.yaml", "services/a/gatekeeper.yaml", True),
    ("/gatekeeper.yaml", "services/a/gatekeeper.yaml", False),
    ("*.y?ml", "gatekeeper.yaml", True),
    ("services/**/gatekeeper.yaml", "services/gatekeeper.yaml", True),
    ("services/**", "services/a/b", True),
    ("gate", "gatekeeper.yaml", False),
])
def test_patterns(pattern: str, path: str, owned: bool) -> None:
    assert bool(owners_of(path, f"{pattern} @ann")) is owned


def test_the_last_match_decides() -> None:
    assert owners_of("gatekeeper.yaml", "* @ann\ngatekeeper.yaml @bob\n") == ("@bob",)
    assert owners_of("gatekeeper.yaml", "gatekeeper.yaml @bob\n* @ann\n") == ("@ann",)
    assert owners_of("gatekeeper.yaml", "") == ()
