"""Photos and documents go to the county after the records, and never hold them up. No Qt."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from desktop.attachments.limits import ALWAYS, limits_from, may_go
from desktop.attachments.service import OpenFiles, open_https_files
from desktop.storage import settings, transfers
from desktop.storage.errors import FileDamaged, FileMissing
from desktop.storage.outbox import waiting_in
from desktop.storage.store import Store
from desktop.storage.transfers import Transfer
from sync.client.ports import FileLine, LineFault, Refused
from sync.client.stopping import StoppableFiles

#: Photos and bytes: done and in all.
Told = Callable[[int, int, int, int], None]
#: How often it is looked whether records wait, in seconds.
_LOOK_EVERY = 1.0
#: Refusals that concern one file only: the next one may well go through.
_OF_ONE_FILE = ("too_large", "bad_message")


@dataclass(frozen=True)
class Sent:
    """What came of one turn. ``for_records``: it stopped because records wait, and should go on
    after them. ``trouble`` is a Chinese sentence where the line broke or the county said no.
    ``waiting`` is how many files there were to go before it."""

    number: int = 0
    size: int = 0
    for_records: bool = False
    trouble: str = ""
    waiting: int = 0


class Sending:
    """Sends what waits, one file after the other."""

    def __init__(self, store: Store, open_files: OpenFiles = open_https_files) -> None:
        self._store = store
        self._open_files = open_files

    def run(
        self,
        county_time: str,
        told: Told,
        cancelled: Callable[[], bool],
        *,
        all_now: bool = False,
    ) -> Sent:
        """Send what may go now; ``all_now`` sends also what is to wait for the night or another
        line. Raises nothing for a fault of the line: records are settled, and photos go on next
        time where they stand."""
        with self._store.read() as connection:
            waiting = transfers.waiting(connection) if transfers.any_known(connection) else []
        if not waiting:
            return Sent()
        when = ALWAYS if all_now else limits_from(self._store.setting).photos
        turn = _Turn(self._store, waiting, told, cancelled)
        begun = time.monotonic()
        if not may_go(when, county_time):
            return Sent(waiting=len(waiting))
        server, token = self._store.setting(settings.SERVER), self._store.setting(settings.TOKEN)
        with closing(StoppableFiles(self._open_files(server, token))) as line:
            for each in waiting:
                since = timedelta(seconds=time.monotonic() - begun)
                if turn.over() or not may_go(when, county_time, since):
                    break
                turn.send(line, each)
        return turn.sent()


class _Turn:
    """One turn of sending, and what it has done so far."""

    def __init__(
        self, store: Store, waiting: list[Transfer], told: Told, cancelled: Callable[[], bool]
    ) -> None:
        self._store, self._told, self._cancelled = store, told, cancelled
        self._number, self._size, self._trouble = 0, 0, ""
        self._broken = self._records_wait = False
        self._all = len(waiting)
        self._to_go = sum(each.size - each.sent for each in waiting)
        self._looked = time.monotonic()

    def over(self) -> bool:
        """Whether to stop: somebody cancelled, records wait, or the line is gone."""
        # Once it holds it goes on holding: the line was let go for it.
        if not self._records_wait and time.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = time.monotonic()
            with self._store.read() as connection:
                self._records_wait = waiting_in(connection) > 0
        return self._broken or self._records_wait or self._cancelled()

    def send(self, line: FileLine, each: Transfer) -> None:
        """Send one file; what breaks off goes on from there next time."""
        reached, trouble, there = each.sent, "", False

        def told(offset: int) -> None:
            nonlocal reached
            reached = offset
            size = self._size + max(0, offset - each.sent)
            self._told(self._number, self._all, size, self._to_go)

        try:
            with self._store.files.open(each.sha256) as source:
                there = line.send(each.sha256, source, each.size, told, self.over)
        except (FileMissing, FileDamaged) as fault:
            trouble = fault.sentence
            if each.moved:
                # The record is another village's now, and what it names is not here anyway.
                self._let_go(each)
                return
        except LineFault as fault:
            trouble = fault.sentence
            self._broken = not (isinstance(fault, Refused) and fault.code in _OF_ONE_FILE)
        self._size += max(0, (each.size if there else reached) - each.sent)
        self._number += there
        self._trouble = self._trouble or trouble
        if there:
            self._let_go(each)
        else:
            with self._store.change() as connection:
                transfers.note(connection, each.sha256, sent=reached, trouble=trouble)

    def _let_go(self, each: Transfer) -> None:
        """A file waits no longer; of a record that moved it goes from here."""
        with self._store.change() as connection:
            gone = transfers.arrived(connection, each.sha256)
        if gone:
            self._store.files.remove(each.sha256)

    def sent(self) -> Sent:
        """What was done."""
        return Sent(self._number, self._size, self._records_wait, self._trouble, self._all)
