"""Names that a person has no longer, put right after a sync.

One PC corrects a resident's name, another enters the same resident as a party member before it
hears of that: the county takes in both. Whichever PC finds it first puts it right, by an ordinary
edit; two that do so at once write the same.
"""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.driver import tuples_of
from desktop.storage.errors import RecordInvalid
from desktop.storage.histories import once_had
from desktop.storage.naming import person_of
from desktop.storage.settled import UNSETTLED
from desktop.storage.store import Store
from sync.client.ports import Tally
from sync.records import KINDS, Record, Value

Stray = tuple[type[Record], str, Value]


def may_have_strayed(told: Tally) -> bool:
    """Whether a sync brought anything of a kind that repeats a name, or whose name is repeated."""
    copies = {r.kind: person.to for r in KINDS.values() if (person := person_of(r))}
    return any(
        any(counts.values()) and kind in {*copies, *copies.values()}
        for kind, counts in told.by_kind.items()
    )


def any_astray(connection: Connection) -> bool:
    """Whether a record repeats a name which its person has no longer."""
    return bool(_strays(connection, settings.read(connection, settings.AREA)))


def put_right(store: Store) -> int:
    """Give each record that repeats a name which its person has no longer the new one; how many
    wait now to be sent."""
    with store.read() as connection:
        if not any_astray(connection):
            return 0
    named = 0
    with store.write() as writing:
        area = settings.read(writing.connection, settings.AREA)
        for record, record_id, name in _strays(writing.connection, area):
            # Where something else is not right a person has to mend that first.
            with suppress(RecordInvalid):
                named += writing.edit(record, record_id, {record.title: name})
    return named


def _strays(connection: Connection, area: str) -> list[Stray]:
    """Those that repeat a name which their person once had. What an office has called otherwise, of
    before names were repeated, is its own word.

    Only where both are settled with the county: what waits or was refused is a word that not
    everybody has, and two PCs would rename to and fro.
    """
    found: list[Stray] = []
    for record in KINDS.values():
        person = person_of(record)
        if person is None or record.written:
            continue
        title = KINDS[person.to].title
        once_called = once_had("p.id", title, f'r."{record.title}"')
        rows = tuples_of(
            connection,
            f'SELECT r.id, p."{title}" FROM {record.kind} r'  # noqa: S608 - our own names
            f' JOIN {person.to} p ON p.area = r.area AND p.id = r."{person.name}"'
            " WHERE r.area = ? AND r.deleted = 0 AND p.deleted = 0"
            f' AND r."{record.title}" IS NOT p."{title}" AND r.revision > 0 AND p.revision > 0'
            " AND NOT EXISTS"
            f" (SELECT 1 FROM outbox o WHERE o.record IN (r.id, p.id) AND {UNSETTLED})"
            f" AND {once_called}",
            (area,),
        )
        found += [(record, record_id, name) for record_id, name in rows]
    return found
