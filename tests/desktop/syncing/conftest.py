"""A village's store for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.storage.store import Store
from sync.server.database import bring_up_to_date, open_engine
from tests.desktop.syncing.sticks import World
from tests.desktop.syncing.two_pcs import Pc
from tests.support.store import new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store of its own."""
    opened = new_store(tmp_path / "village")
    yield opened
    opened.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county") / "county.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    bring_up_to_date(engine)
    engine.dispose()
    return path


@pytest.fixture
def open_pc(tmp_path: Path, fresh: Path) -> Iterator[Callable[[str, str], Pc]]:
    shutil.copy(fresh, tmp_path / "county.sqlite3")
    county = open_engine(f"sqlite:///{tmp_path / 'county.sqlite3'}")
    stores: list[Store] = []

    def open_one(name: str, operator: str) -> Pc:
        stores.append(new_store(tmp_path / f"pc{len(stores)}"))
        return Pc(stores[-1], county, name, operator)

    yield open_one
    for store in stores:
        store.close()
    county.dispose()


@pytest.fixture
def one(open_pc: Callable[[str, str], Pc]) -> Pc:
    return open_pc("一号电脑", "王主任")


@pytest.fixture
def two(open_pc: Callable[[str, str], Pc]) -> Pc:
    return open_pc("二号电脑", "李会计")
