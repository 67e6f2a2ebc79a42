"""A village's store, and its boundaries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.grids.boundaries_service import Boundaries
from desktop.storage.store import Store
from tests.support.store import new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "village")
    yield opened
    opened.close()


@pytest.fixture
def boundaries(store: Store) -> Boundaries:
    return Boundaries(store)
