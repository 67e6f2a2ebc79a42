"""A county over either database, up to date and with no records."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync.server.database import bring_up_to_date, open_engine, writing
from sync.server.tables import HISTORIES
from tests.support.postgres import fresh_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database, once each."""
    return str(request.param)


@pytest.fixture
def database(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'county.sqlite3'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def county(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database that is up to date and holds nothing."""
    if backend == "sqlite":
        path = tmp_path / "county.sqlite3"
        shutil.copy(request.getfixturevalue("fresh_file"), path)
        engine = open_engine(f"sqlite:///{path}")
        yield engine
        engine.dispose()
    else:
        engine = request.getfixturevalue("shared_engine")
        yield engine
        _clear(engine)


@pytest.fixture(scope="session")
def fresh_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy: running all migrations takes longer than most tests."""
    path = tmp_path_factory.mktemp("fresh") / "county.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    bring_up_to_date(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def shared_engine(postgres: str) -> Iterator[Engine]:
    """One PostgreSQL database for all; each test leaves it empty."""
    with fresh_database(postgres) as url:
        engine = open_engine(url)
        bring_up_to_date(engine)
        yield engine
        engine.dispose()


def _clear(engine: Engine) -> None:
    with writing(engine) as connection:
        for history in HISTORIES:
            for table in history.metadata.sorted_tables:
                connection.execute(table.delete())
