"""The matrix of `gatekeeper prove`: for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gatekeeper.formats.canonical import plain
from gatekeeper.neutral import for_terminal
from gatekeeper.proving.matrix import Proof, Trial
from gatekeeper.report.terminal import MIN_WIDTH, Style, columns_of, table, wrap

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RED, _GREEN, _SAME = "✗", "○", "·"
_MOST = 60
"""Cases of which a row is shown."""


def render_proof(proof: Proof, style: Style) -> str:
    """What turned red for which bad service, and what nothing would have caught."""
    style = replace(style, width=max(style.width, MIN_WIDTH))
    out = [*_headline(proof, style), *_services(proof, style), *_matrix(proof, style),
           *_doubts(proof, style), *_blind(proof, style)]
    return "\n".join(out) + "\n"


def _headline(proof: Proof, style: Style) -> Iterator[str]:
    blind = len(proof.blind)
    tried = sum(not trial.untried for trial in proof.trials)
    if not tried:
        yield style.paint("■ NOTHING PROVEN", "yellow") + "  no case has a good reply to start from"
    elif blind:
        yield style.paint(f"■ {blind} BLIND SPOT{'S' if blind > 1 else ''}", "red") + \
            f"  of {tried} bad services nothing would stop {blind}"
    else:
        yield style.paint("■ PROVEN", "green") + f"  each of {tried} bad services is stopped"
    yield ""


def _services(proof: Proof, style: Style) -> Iterator[str]:
    if not proof.trials:
        return
    rows = [[letter, trial.name, _told(trial), ", ".join(map(for_terminal, trial.gates)) or "–"]
            for letter, trial in zip(_LETTERS, proof.trials, strict=False)]
    lines = table(["", "a service that is bad", "cases that turn red", "gates that close"], rows,
                  style.width)
    for line in lines:
        row = next((trial for letter, trial in zip(_LETTERS, proof.trials, strict=False)
                    if line.startswith(f"{letter} ")), None)
        yield style.paint(line, "red") if row and row.blind else line
    yield ""


def _told(trial: Trial) -> str:
    if trial.untried:
        return f"not tried: {trial.untried}"
    return f"{len(trial.red)} of {len(trial.changed)}" if trial.changed else "none"


def _matrix(proof: Proof, style: Style) -> Iterator[str]:
    if not proof.trials:
        return
    shown = proof.cases[:_MOST]
    room = max(style.width - 2 * len(proof.trials) - 2, 12)
    names = [for_terminal(name, room) for name in shown]
    wide = max([columns_of(name) for name in names] + [len("case")])
    letters = " ".join(_LETTERS[: len(proof.trials)])
    yield "case" + " " * (wide - 4) + f"  {letters}"
    for case_id, name in zip(shown, names, strict=True):
        marks = " ".join(_mark(trial, case_id, style) for trial in proof.trials)
        yield name + " " * (wide - columns_of(name)) + f"  {marks}"
    if len(proof.cases) > _MOST:
        yield f"and {len(proof.cases) - _MOST} more cases; --json has them all"
    yield style.paint(f"{_RED} turns red   {_GREEN} passes though the reply is bad   "
                      f"{_SAME} answered as the good service does", "dim")
    yield ""


def _mark(trial: Trial, case_id: str, style: Style) -> str:
    if case_id in trial.red:
        return style.paint(_RED, "green")
    return style.paint(_GREEN, "yellow") if case_id in trial.changed else _SAME


def _doubts(proof: Proof, style: Style) -> Iterator[str]:
    told = []
    if proof.made_up:
        told.append(f"{len(proof.made_up)} good replies are made up from what the cases expect; "
                    "--from EVIDENCE takes real ones")
    if proof.unproven:
        names = ", ".join(map(for_terminal, proof.unproven[:5]))
        more = f" and {len(proof.unproven) - 5} more" if len(proof.unproven) > 5 else ""
        told.append(f"no good reply, and so no proof, for {names}{more}")
    if proof.closed and proof.trials:
        told.append("not open with good replies either, and so no proof of anything: gate "
                    + ", ".join(map(for_terminal, proof.closed)))
    for one in told:
        yield from wrap(one, style.width)
    if told:
        yield ""


def _blind(proof: Proof, style: Style) -> Iterator[str]:
    for trial in proof.blind:
        yield style.paint(f"Blind spot: {trial.name}", "bold") + f", {trial.blind}"
        if trial.remedy:
            yield "  would catch it:"
            yield f"  {for_terminal(trial.remedy, 600)}"
        yield ""


def proof_json(proof: Proof) -> dict[str, Any]:
    """The proof as JSON data."""
    data: dict[str, Any] = plain(proof)
    return {**data, "blind_spots": len(proof.blind)}
