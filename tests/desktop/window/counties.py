"""A county at the end of the line, as the window meets it: reached, out of reach, or slow."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from desktop.storage import tables
from desktop.storage.store import Store
from desktop.syncing.service import Receipt, Syncing
from sync.client.engine import Progress
from sync.client.ports import NoLine


class County(Syncing):
    """Takes in whatever waits. The line itself is tested where it lives; this is its far end."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.store = store
        self.runs = 0
        self.reachable = True
        #: Cleared, it holds an answer back until it is set.
        self.answers = threading.Event()
        self.answers.set()

    def enrol(self, server: str, code: str, cancelled: Callable[[], bool] = lambda: False) -> str:
        self._reach()
        self.store.join_area(
            area="510183105201", area_name="平乐镇花楸村", server=server, token="t"
        )
        return "平乐镇花楸村"

    def run(
        self,
        progress: Callable[[Progress], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        thorough: bool = False,
    ) -> Receipt:
        self.runs += 1
        self._reach()
        self.answers.wait(10)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with self.store.change() as connection:
            sent = connection.execute(tables.outbox.delete()).rowcount
            connection.execute(tables.standing.delete())
        self.store.set(last_sync=at)
        return Receipt(sent=sent, at=at, county_time=at)

    def _reach(self) -> None:
        if not self.reachable:
            raise NoLine("连不上县里的服务器。您填的都在本机，通了会自动再试。")
