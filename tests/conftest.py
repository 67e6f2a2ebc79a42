"""What every test stands on: no screen, and databases of its own."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.postgres import fresh_database, postgres_server

# Before Qt is first imported: a test run must neither need nor disturb a screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Two busy cores make a deadline a lottery; a slow test shows in pytest's own durations.
# In CI each property meets the same examples every time, so that a change answers for what it
# breaks and not for what chance finds: for that there is `dev.py soak`, and every run by hand.
settings.register_profile("shige", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("shige")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL, started when the first test asks."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, dropped after the test."""
    with fresh_database(postgres) as url:
        yield url


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let ``-m "promise(n=3)"`` find what is marked ``promise(3)``: pytest compares names only."""
    for mark in list(item.iter_markers("promise")):
        for number in mark.args:
            item.add_marker(pytest.mark.promise(n=number))
