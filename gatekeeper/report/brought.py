"""What `gatekeeper import` says: how much came over, and what did not, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.importing.promptfoo import Brought
from gatekeeper.neutral import for_terminal


def brought_lines(brought: Brought, cases: str, state: str) -> Iterator[str]:
    """The whole account; `cases` is the file, `state` what became of it."""
    tally, count = brought.tally, len(brought.rows)
    yield f"{for_terminal(cases)}: {count} case{'s' * (count != 1)}, {state}"
    if tally.all:
        waits = f", {tally.waiting} wait for `judge` or `embeddings` in the manifest" \
            if tally.waiting else ""
        yield f"assertions: {tally.came} of {tally.all} came over{waits}, " \
              f"{tally.left} have no counterpart"
    if brought.left:
        yield "no counterpart, or not the same:"
        for one in brought.left:
            yield f"  {for_terminal(str(one), 400)}"
