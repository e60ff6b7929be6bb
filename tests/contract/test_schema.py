"""The schema that editors read: it marks nothing that the reader takes, and much it refuses."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from gatekeeper import manifest
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
    (("version: 1", "version: 1\nroute: cloud"), "route"),
    (("version: 1", "version: 1\nroute: {kind: colab, stop_by: tomorrow}"), "route"),
    (("version: 1", "version: 1\nhistory: {githup: evidence}"), "history"),
    (("version: 1", "version: 1\nrelease: {tag: 'v{major}.{minor}'}"), "release/tag"),
    (("version: 1", "version: 1\nrelease: {image: 'ghcr.io/acme/assistant:v1'}"), "release/image"),
    (("version: 1", "version: 1\nrelease: {dispatch: .github/workflows/deploy.yml}"),
     "release/dispatch"),
])
def test_what_the_reader_refuses_an_editor_marks(change: tuple[str, str], where: str) -> None:
    text = GOOD.replace(*change)
    assert where in marked(text)
    assert parse_manifest(text, "m")[1]


def marked(text: str) -> list[str]:
    """Where the schema complains, values read as YAML reads them."""
    return ["/".join(map(str, one.absolute_path)) for one in
            VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_what_releases_and_routes_take_an_editor_does_not_mark() -> None:
    text = GOOD + """route: {kind: rented-gpu, stop_by: "2027-01-31T18:00+01:00"}
history: packs/
release:
  tag: assistant/v{major}.{minor}.{patch}
  image: localhost:5000/acme/assist-ant
  dispatch: deploy.yaml
"""
    assert parse_manifest(text, "m")[1] == []
    assert marked(text) == []


def test_every_reader_says_what_it_takes() -> None:
    unsaid = [f"{kind.__name__}.{field.name}" for kind in bound() for field in keys_of(kind)
              for reader in (field.metadata["reader"], field.metadata["shorthand"])
              if reader is not None and not hasattr(reader, "shape")]
    assert unsaid == []


def bound() -> set[Any]:
    """Every dataclass that is read from a manifest."""
    found: set[Any] = set()
    for one in pkgutil.iter_modules(manifest.__path__):
        module = importlib.import_module(f"{manifest.__name__}.{one.name}")
        found |= {kind for kind in vars(module).values()
                  if isinstance(kind, type) and dataclasses.is_dataclass(kind) and keys_of(kind)}
    assert Manifest in found
    return found


def test_every_key_has_its_sentence() -> None:
    properties = json.loads(SCHEMA.read_text("utf-8"))["properties"]
    assert set(properties) == {field.name for field in keys_of(Manifest)}
    assert all("description" in one for one in properties.values())


def test_the_schema_is_one() -> None:
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--check-metaschema", SCHEMA],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
