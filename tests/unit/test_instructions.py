"""What a service is told: the text of what is watched as prompts, on whichever side."""

from __future__ import annotations

from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.types import Manifest
from gatekeeper.trees.instructions import MAX_FILE, instructions_of
from tests.support.builders import MANIFEST

FILES = {
    "prompts/system.txt": b"Be brief.",
    "prompts/deep/tool.md": "検索せよ".encode(),
    "prompts/picture.png": b"\x89PNG\0\1",
    "prompts/data.txt": b"x" * (MAX_FILE + 1),
    "config.yaml": b"system: {prompt: Be kind., temperature: 0}\n",
    "broken.yaml": b"system: [\n",
    "README.md": b"Not a prompt.",
}


def manifest(watch: str) -> Manifest:
    """A manifest that watches these as prompts."""
    read, problems = parse_manifest(MANIFEST.decode() + f"watch: {{prompt: {watch}}}\n", "m")
    assert read is not None, problems
    return read


def instructions(*watch: str) -> dict[str, str]:
    """What the files say under manifests that watch so."""
    return instructions_of(map(manifest, watch), sorted(FILES), FILES.get)


def test_whole_files_are_read_and_what_is_no_text_is_left() -> None:
    assert instructions("[prompts/**]") == {"prompts/system.txt": "Be brief.",
                                            "prompts/deep/tool.md": "検索せよ"}


def test_a_watched_key_is_read_and_what_cannot_be_read_is_left() -> None:
    assert instructions("['config.yaml#/system/prompt', 'broken.yaml#/system', "
                        "'config.yaml#/system', 'config.yaml#/nothing']") == {
        "config.yaml#/system/prompt": "Be kind."}


def test_what_either_side_watches_counts() -> None:
    assert instructions("[prompts/system.txt]", "['config.yaml#/system/prompt']") == {
        "prompts/system.txt": "Be brief.", "config.yaml#/system/prompt": "Be kind."}


def test_nothing_watched_is_nothing_told() -> None:
    assert instructions_of([], sorted(FILES), FILES.get) == {}
