"""The schema that editors read: it marks nothing that the reader takes, and much it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from gatekeeper.manifest.parse import parse_manifest
from gatekeeper.manifest.readers import keys_of
from gatekeeper.manifest.types import Manifest

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs" / "gatekeeper.schema.json"
VALIDATOR = Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))


def sound_manifests() -> list[Path]:
    """Every manifest of the examples and the stories that the reader takes."""
    found = []
    for place in sorted([*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("tests/stories/**/*.yaml")]):
        try:
            manifest, problems = parse_manifest(place.read_text("utf-8"), place.name)
        except (UnicodeDecodeError, OSError):
            continue
        if manifest is not None and not problems:
            found.append(place)
    return found


def test_what_the_reader_takes_an_editor_does_not_mark() -> None:
    manifests = sound_manifests()
    assert len(manifests) > 30
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--schemafile", SCHEMA, *manifests],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


GOOD = """version: 1
service: {build: .}
contract: {preset: openai-chat}
gates: {share: [failures == 0]}
"""


@pytest.mark.parametrize(("change", "where"), [
    (("version: 1", "version: 2"), "version"),
    (("build: .", "bild: ."), "service"),
    (("openai-chat", "openai"), "contract/preset"),
    (("failures == 0", "failures = 0"), "gates/share"),
    (("build: .", "build: ., ready: {timeout: 30}"), "service/ready/timeout"),
    (("build: .", "build: ., ready: {path: health}"), "service/ready/path"),
    (("build: .", "build: ., resources: {memory: 2}"), "service/resources/memory"),
    (("service: {build: .}\n", ""), ""),
])
def test_what_the_reader_refuses_an_editor_marks(change: tuple[str, str], where: str) -> None:
    text = GOOD.replace(*change)
    assert where in marked(text)
    assert parse_manifest(text, "m")[1]


def marked(text: str) -> list[str]:
    """Where the schema complains, values read as YAML reads them."""
    return ["/".join(map(str, one.absolute_path)) for one in
            VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_every_key_has_its_sentence() -> None:
    properties = json.loads(SCHEMA.read_text("utf-8"))["properties"]
    assert set(properties) == {field.name for field in keys_of(Manifest)}
    assert all("description" in one for one in properties.values())


def test_the_schema_is_one() -> None:
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--check-metaschema", SCHEMA],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
