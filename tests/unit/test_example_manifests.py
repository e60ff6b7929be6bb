"""The manifests that are handed out are sound, and watch files that are there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gatekeeper.formats.structured import MISSING, at_pointer, parse_structured
from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.policy.declared import read_declared
from gatekeeper.routes.claims import claims_in, claims_in_manifest
from gatekeeper.routes.runbook import missing_sections

EXAMPLES = Path(__file__).parents[2] / "examples"
MANIFESTS = sorted(EXAMPLES.rglob("gatekeeper.yaml"))


@pytest.mark.parametrize("place", MANIFESTS, ids=lambda place: place.parent.name)
def test_a_manifest_is_sound_and_says_what_its_service_is_known_by(place: Path) -> None:
    def read(path: str) -> bytes | None:
        file = place.parent / path
        return file.read_bytes() if file.is_file() else None

    declared = read_declared("gatekeeper.yaml", read)
    named = [pattern for patterns in declared.manifest.watch.values() for pattern in patterns
             if "#" in pattern]
    for pattern in (*named, *declared.manifest.service.identity.values()):
        file, _, pointer = pattern.partition("#")
        content = read(file)
        assert content is not None, pattern
        assert at_pointer(parse_structured(file, content), pointer) is not MISSING, pattern


def test_they_are_the_ones_that_we_hand_out() -> None:
    assert {place.parent.name for place in MANIFESTS} == {"llama-cpp", "ollama",
                                                          "policy-assistant", "vllm"}


def test_the_example_shows_a_whole_runbook_and_claims_what_it_can_know() -> None:
    folder = EXAMPLES / "policy-assistant"
    readme = (folder / "README.md").read_text("utf-8")
    text = (folder / "gatekeeper.yaml").read_text("utf-8")
    manifest, _ = parse_manifest(text, "gatekeeper.yaml")
    assert manifest is not None
    assert missing_sections(readme) == ()
    assert all(getattr(manifest.about, field.name) for field in dataclasses.fields(manifest.about))
    assert [*claims_in(manifest.route, "README.md", readme),
            *claims_in_manifest(manifest.route, "gatekeeper.yaml", text)] == []
