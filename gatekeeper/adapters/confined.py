"""Writing below a folder and nowhere else: what lies there may hold links that lead out."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.errors import CouldNotMeasure


def confined(place: Path, root: Path) -> Path:
    """The place, with its folder made; CouldNotMeasure where a link leads out of `root`, or where
    something already stands at the place itself as a link."""
    nearest = place.parent
    while not nearest.exists() and not nearest.is_symlink():
        nearest = nearest.parent
    if not nearest.resolve().is_relative_to(root.resolve()) or place.is_symlink():
        raise CouldNotMeasure(f"the tree would write {place.relative_to(root)} through a link",
                              "a link and a file or folder of one name are no honest tree")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place
