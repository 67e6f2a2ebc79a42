"""Villages at work for the named scenarios."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.store import VILLAGE
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
