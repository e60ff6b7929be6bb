"""What `gatekeeper init` says: what it wrote, what it guessed and from which line, what it left,
and what is still unknown. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.neutral import for_terminal
from gatekeeper.report.brought import brought_lines
from gatekeeper.starting.drafts import Drafts


def started_lines(drafts: Drafts, dry_run: bool) -> Iterator[str]:
    """The whole account."""
    if not drafts.new:
        yield "nothing to write: all of it is there"
    for draft in drafts.new:
        yield f"{'would write' if dry_run else 'wrote'}  {for_terminal(draft.path)}"
    for path, words in drafts.kept:
        yield f"left   {for_terminal(path)}: {for_terminal(words, 400)}"
    if drafts.brought is not None:
        yield ""
        yield "brought over from promptfoo"
        for line in brought_lines(drafts.brought, "cases", "among those written"):
            yield f"  {line}"
    if drafts.guesses:
        yield ""
        yield "guessed, and why"
        for guess in drafts.guesses:
            yield f"  {for_terminal(guess.key)}: {for_terminal(guess.value)}   " \
                  f"← {for_terminal(guess.why)}"
    if drafts.unknown:
        yield ""
        yield "still unknown"
        for one in drafts.unknown:
            yield f"  ✗ {for_terminal(one.key)}: {for_terminal(one.words)}"
    yield ""
    for name, state in drafts.states:
        yield f"contract {name}: {for_terminal(state)}"
    yield "next: fill in what is unknown, `gatekeeper check`, then `gatekeeper run`"
