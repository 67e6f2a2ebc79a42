"""Villages at work for the named scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.store import VILLAGE
from tests.support.village import fresh_county
from tests.sync.agreement import Villages


@pytest.fixture
def villages() -> Iterator[Villages]:
    """A county, three PCs of one village and one of another."""
    villages = Villages()
    yield villages
    villages.close()


@pytest.fixture
def village() -> Iterator[Villages]:
    """A county and two PCs of one village."""
    villages = Villages((VILLAGE, VILLAGE))
    yield villages
    villages.close()


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Engine]:
    """A county with two villages."""
    engine = fresh_county(tmp_path)
    yield engine
    engine.dispose()
