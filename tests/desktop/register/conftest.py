"""A village's store, or villages at work, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.storage.store import Store
from tests.support.store import new_store
from tests.sync.agreement import Villages, unasked


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store of its own."""
    opened = new_store(tmp_path / "village")
    yield opened
    opened.close()


@pytest.fixture
def villages() -> Iterator[Villages]:
    """Real PCs and a county that nobody asks for a second account."""
    with unasked() as made:
        yield made
