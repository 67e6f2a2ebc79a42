"""What a sync leaves for afterwards, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable

from desktop.storage import histories, searching
from desktop.storage.leftovers import take_away
from desktop.storage.store import Store


def follow_up(store: Store, cancelled: Callable[[], bool] = lambda: False) -> None:
    """Lay what was told into the history, and bring the words of what was edited elsewhere into
    the search index, part by part until ``cancelled``; what is left is done behind the next sync.
    Before, the files go of what has left this PC. Raises StorageError."""
    take_away(store)
    with store.read() as connection:
        more = histories.waits(connection) or searching.waits(connection)
    while more and not cancelled():
        with store.change(lasting=False) as connection:
            more = histories.catch_up(connection) or searching.catch_up(connection)
