"""Every way of installing that the pages name, typed as they have it, in a clean place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.places import clean
from tests.docs.running import BLOCKS, assert_runs, blocks_at
from tests.docs.settings import RUN
from tests.install.conftest import Built


@pytest.mark.parametrize("key", blocks_at("clean"), ids=lambda key: f"{key[0]}: {key[1][:40]}")
def test_what_a_page_says_of_installing(
    key: tuple[str, str], built: Built, wheelhouse: Path, tmp_path: Path
) -> None:
    said = assert_runs(BLOCKS[key], RUN[key], clean(tmp_path, built.checkout, wheelhouse))
    if "commit " in RUN[key].says:
        assert f"commit {built.commit}\n" in said
