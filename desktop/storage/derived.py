"""What this PC keeps beside the records because lists need it, in step with every change of them.

It all follows from the records, so that ``rebuild`` can make it anew at any time. Whatever changes
a record tells ``touched`` afterwards, in the same transaction; where a record may go, or may name
others afterwards than before, it works ``within_reach`` of them. Kinds of which nothing is derived
cost a look into a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from desktop.storage import event_standings
from sync.records import Event, EventStep, ListItem

#: For each kind from which something is derived: the events that records of it are about.
_ABOUT: dict[str, Callable[[Connection, Collection[str]], set[str]]] = {
    Event.kind: event_standings.about_events,
    EventStep.kind: event_standings.about_steps,
    ListItem.kind: event_standings.about_lists,
}


def touched(connection: Connection, kind: str, records: Iterable[str]) -> None:
    """Bring up to date what follows from some records of a kind, as they stand now."""
    about = _ABOUT.get(kind)
    if about is not None:
        event_standings.renew(connection, about(connection, list(records)))


@contextmanager
def within_reach(connection: Connection, kind: str, records: Iterable[str]) -> Iterator[None]:
    """Bring up to date, after what is done within, what followed from some records before it and
    what follows from them after it."""
    about = _ABOUT.get(kind)
    if about is None:
        yield
        return
    ids = list(records)
    before = about(connection, ids)
    yield
    event_standings.renew(connection, before | about(connection, ids))


def put_right(connection: Connection) -> bool:
    """Make all of it anew; whether any of it was wrong."""
    return event_standings.rebuild(connection)
