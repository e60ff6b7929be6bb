"""What a service, a change or a pack could try at the seams of several features."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.cli import gatekeeper
from tests.support.story import STORIES, build

KEY = "story-key-value-9"


def test_a_service_that_ends_with_its_key_on_its_lips_says_it_to_nobody(tmp_path: Path) -> None:
    repository = build(STORIES / "secret-said-by-the-service", tmp_path / "r")
    repository.write({"service.py": "import os\n"
                                    "raise ValueError('bad ' + os.environ['SERVICE_KEY'])\n"})
    done = gatekeeper("run", "--runtime", "process", cwd=repository.folder, STORY_SERVICE_KEY=KEY)
    assert done.code == 1, done.out + done.err
    assert "ValueError: bad ⟦redacted:secret⟧" in done.out
    assert KEY not in done.out + done.err
    for file in (repository.folder / "evidence").rglob("*"):
        assert file.is_dir() or KEY.encode() not in file.read_bytes(), file


def test_an_identity_that_nobody_saw_does_not_pass(tmp_path: Path) -> None:
    repository = build(STORIES / "model-as-declared", tmp_path / "r")
    done = gatekeeper("run", "--runtime", "process", cwd=repository.folder)
    assert done.code == 0, done.out + done.err
    place = repository.folder / "evidence" / "environment.json"
    found = json.loads(place.read_text("utf-8"))
    del found["services"]
    place.write_text(json.dumps(found), "utf-8")
    done = gatekeeper("judge", "evidence", cwd=repository.folder)
    assert done.code != 0
    assert "`service.identity` was not held against the service: not asked" in done.out
