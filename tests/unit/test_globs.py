"""Globs over repository paths, and `.dockerignore` as Docker reads it."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.formats.globs import DockerIgnore, matches


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("Dockerfile", ["Dockerfile"]),
        ("./Dockerfile", ["Dockerfile"]),
        ("requirements*.txt", ["requirements.txt", "requirements-dev.txt"]),
        ("prompts/**", ["prompts/a.txt", "prompts/a/b/c.txt", "prompts/.hidden"]),
        ("prompts/", ["prompts/a.txt", "prompts/a/b.txt"]),
        ("prompts", ["prompts", "prompts/a.txt", "prompts/a/b.txt"]),
        ("prompts/*.txt", ["prompts/a.txt", "prompts/.txt"]),
        ("**/prompt.txt", ["prompt.txt", "a/prompt.txt", "a/b/prompt.txt"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"]),
        ("**/*.md", ["a.md", "a/b.md"]),
        ("**", ["a", "a/b"]),
        ("a?c", ["abc", "a返c"]),
        ("[ab]c", ["ac", "bc"]),
        ("[a-c]1", ["b1"]),
        ("[^a]c", ["bc"]),
        (r"a\*b", ["a*b"]),
        (r"\[a]", ["[a]"]),
        ("a[", ["a["]),
        ("a.b+c(d)|e$^{2}", ["a.b+c(d)|e$^{2}"]),
        ("規程/*.md", ["規程/返金.md"]),
        (r"[\]a]", ["]", "a"]),
        (r"[a\-c]", ["-", "c"]),
    ],
)
def test_a_glob_matches(pattern: str, paths: list[str]) -> None:
    for path in paths:
        assert matches(path, pattern)
        assert DockerIgnore(pattern).ignores(path)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("Dockerfile", ["Dockerfile2", "a/Dockerfile", "dockerfile", "Dockerfile\n"]),
        ("requirements*.txt", ["requirements/a.txt", "requirementstxt"]),
        ("prompts/**", ["prompts", "prompts2/a.txt", "a/prompts/b.txt"]),
        ("prompts/*.txt", ["prompts/a/b.txt", "prompts/a.txt.bak"]),
        ("**/prompt.txt", ["aprompt.txt", "a/prompt.txt2"]),
        ("a/**/b", ["ab", "a/xb", "x/a/b"]),
        ("a?c", ["ac", "a/c", "abbc"]),
        ("[ab]c", ["cc", "abc"]),
        ("[^a]c", ["ac", "c"]),
        (r"a\*b", ["axb", "a\\b"]),
        ("a.b", ["axb"]),
    ],
)
def test_a_glob_does_not_match(pattern: str, paths: list[str]) -> None:
    for path in paths:
        assert not matches(path, pattern)


@pytest.mark.parametrize("pattern", ["[z-a]", "[!]", "[^]", "[[]", "[a&&b]", "[a--b]"])
def test_a_class_that_is_none_is_characters_like_any_other(pattern: str) -> None:
    assert not matches("no", pattern)
    assert not DockerIgnore(pattern).ignores("no")


def reference(parts: list[str], segments: list[str]) -> bool:
    """Whether a path matches a pattern of whole segments, by the meaning of each segment."""
    if not segments:
        return not parts
    if segments[0] != "**":
        return bool(parts) and fnmatchcase(parts[0], segments[0]) and reference(
            parts[1:], segments[1:])
    if segments == ["**"]:
        return bool(parts)
    return reference(parts, segments[1:]) or (bool(parts) and reference(parts[1:], segments))


names = st.text(st.sampled_from("ab."), min_size=1, max_size=2).filter(
    lambda name: name not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=4)
patterns = st.lists(st.one_of(names, st.sampled_from(["**", "*", "?", "a*", "*b", "a?"])),
                    min_size=1, max_size=4)


@given(paths, patterns)
def test_every_segment_means_what_it_says(parts: list[str], segments: list[str]) -> None:
    folder = parts[: len(segments)] == segments and not set("".join(segments)) & set("*?")
    expected = reference(parts, segments) or folder
    assert matches("/".join(parts), "/".join(segments)) is expected


@given(paths, st.lists(st.tuples(st.booleans(), patterns), max_size=4))
def test_the_last_rule_that_matches_a_path_or_a_folder_above_it_decides(
    parts: list[str], rules: list[tuple[bool, list[str]]]
) -> None:
    lines, ignored = [], False
    for keep, segments in rules:
        lines.append(("!" if keep else "") + "/".join(segments))
        if any(reference(parts[:n], segments) for n in range(1, len(parts) + 1)):
            ignored = not keep
    assert DockerIgnore("\n".join(lines)).ignores("/".join(parts)) is ignored


@pytest.mark.parametrize(
    ("rules", "ignored", "kept"),
    [
        ("", [], ["a"]),
        ("docs", ["docs", "docs/a", "docs/a/b"], ["docs2", "a/docs"]),
        ("docs/", ["docs/a"], ["doc"]),
        ("/docs", ["docs/a"], ["a/docs"]),
        ("./docs//a/../b", ["docs/b"], ["docs/a"]),
        ("docs/*", ["docs/a", "docs/a/b"], ["docs"]),
        ("*", ["a", "a/b/c", ".git/config"], []),
        ("*.md", ["a.md"], ["docs/a.md"]),
        ("**/*.md", ["a.md", "docs/a.md"], ["a.txt"]),
        ("**/node_modules", ["node_modules/a", "a/node_modules/b/c"], ["node_modules2"]),
        ("*.md\n!README.md", ["a.md"], ["README.md"]),
        ("!README.md\n*.md", ["README.md"], []),
        ("*.md\n!README*.md\nREADME-secret.md", ["README-secret.md"], ["README.md"]),
        ("docs\n!docs/keep", ["docs/a"], ["docs/keep", "docs/keep/b"]),
        ("**\n!src", ["a", "b/src"], ["src/a/b"]),
        ("# a\n  docs  \n\n #b", ["docs/x", "#b"], ["a"]),
        ("! docs\nx", ["x"], ["docs"]),
        ("!\n.\n/\nx", ["x"], ["a"]),
        ("\ufeffdocs\r\nx\r\n", ["docs/a", "x"], ["y"]),
        ("a**/*.txt", ["a/b.txt", "a/b/c.txt", "ab/c.txt"], ["b/a.txt"]),
        ("a**b", ["ab", "a/x/b"], ["axb"]),
        ("[!a]b", ["!b", "ab"], ["cb"]),
    ],
)
def test_dockerignore_is_read_as_docker_reads_it(
    rules: str, ignored: list[str], kept: list[str]
) -> None:
    """Docker: moby/patternmatcher, `MatchesOrParentMatches` over the lines of the file."""
    ignore = DockerIgnore(rules)
    assert [path for path in ignored + kept if ignore.ignores(path)] == ignored


@given(st.text(st.sampled_from("ab*?/\\!#. -^"), max_size=12), paths)
def test_any_rule_without_a_class_ignores_or_keeps(rules: str, parts: list[str]) -> None:
    assert DockerIgnore(rules).ignores("/".join(parts)) in (True, False)
