"""A village's store with one resident, and what belongs to her."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.attachments.service import Attachments
from desktop.residents.service import Residents
from desktop.storage.store import Store
from tests.support.store import new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store of its own."""
    opened = new_store(tmp_path / "village")
    yield opened
    opened.close()


@pytest.fixture
def attachments(store: Store) -> Attachments:
    return Attachments(store)


@pytest.fixture
def resident(store: Store) -> str:
    return Residents(store).add({"name": "郭忠珍"})
