"""Register (台账): list, read, add, edit, delete records of one kind, and log full views. No Qt."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from desktop.pinyin import search_keys
from desktop.storage import listing, settings, tables
from desktop.storage.errors import RecordInvalid, RecordMissing, StorageError
from desktop.storage.listing import Listing, Row
from desktop.storage.lists import items_of, names_of_items
from desktop.storage.store import Store
from desktop.storage.writing import now
from sync.records import KINDS, Field, FieldError, Grid, ListItem, Record, Value
from sync.records.checks import problems_of
from sync.records.fields import Published, Reference
from sync.records.grids import GENERAL, OPEN

# What a page may know of the store comes through its service.
__all__ = [
    "Draft",
    "Listing",
    "RecordInvalid",
    "RecordMissing",
    "Register",
    "Row",
    "StorageError",
]


Condition = Callable[[Value], ColumnElement[bool]]


@dataclass(frozen=True)
class Draft:
    """A half-written form: raw texts by field name, and when it was kept."""

    values: dict[str, str]
    at: str


class Register:
    """The records of one kind on this PC. Every method is one transaction."""

    #: What a list may be narrowed by beside its fields: by name, the condition on the columns of
    #: its table that a value means.
    conditions: Mapping[str, Condition] = MappingProxyType({})
    #: What a list may be sorted by beside its fields.
    orders: Mapping[str, ColumnElement[Any]] = MappingProxyType({})

    def __init__(self, store: Store, record: type[Record]) -> None:
        self.store = store
        self.record = record

    def clean(self, raw: Mapping[str, object]) -> tuple[dict[str, Value], dict[str, str]]:
        """Read what was typed: (stored values, Chinese sentences by field name)."""
        values: dict[str, Value] = {}
        problems: dict[str, str] = {}
        for name, typed in raw.items():
            field = self.record.fields.get(name)
            if field is None:
                problems[name] = f"{self.record.label}没有“{name}”这一项"
                continue
            try:
                values[name] = field.clean(typed)
            except FieldError as error:
                problems[name] = str(error)
        return values, problems

    def check(self, raw: Mapping[str, object]) -> dict[str, str]:
        """What is wrong with a form as it stands: Chinese sentences by field name."""
        values, problems = self.clean(raw)
        whole = self.record.complete({n: values.get(n, f.default) for n, f in self.fields.items()})
        found = {**problems_of(self.record, whole), **problems}
        if whole.get(self.record.named_after or "") is not None:
            # The program fills it in from the person that is chosen.
            found.pop(self.record.title, None)
        return found

    @property
    def fields(self) -> Mapping[str, Field]:
        """The record's fields by name."""
        return self.record.fields

    def add(self, raw: Mapping[str, object]) -> str:
        """Write a new record from what was typed; return its id. Raises RecordInvalid."""
        values = self._cleaned(raw)
        with self.store.write() as writing:
            return writing.create(self.record, values)

    def edit(self, record_id: str, raw: Mapping[str, object]) -> bool:
        """Change fields; whether anything was different. Raises RecordInvalid, RecordMissing."""
        values = self._cleaned(raw)
        with self.store.write() as writing:
            return writing.edit(self.record, record_id, values)

    def rewrite(self, record_id: str, raw: Mapping[str, object]) -> str:
        """Write a record anew in place of one that the county sent back and that is never edited;
        the old one is given up. Return the new id. Raises RecordInvalid, RecordMissing."""
        values = self._cleaned(raw)
        with self.store.write() as writing:
            writing.give_up(self.record, record_id)
            return writing.create(self.record, values)

    def delete(self, record_id: str) -> None:
        """Delete a record. Raises RecordInvalid, RecordMissing."""
        with self.store.write() as writing:
            writing.delete(self.record, record_id)

    def undelete(self, record_id: str) -> bool:
        """Undo a deletion to which the county has not answered yet; whether that was still
        possible. Raises RecordInvalid."""
        with self.store.write() as writing:
            return writing.restore(self.record, record_id)

    def order(self, wanted: Listing) -> array[int]:
        """The numbers of all rows of a list, in order; give slices of it to ``rows``."""
        more = [self.conditions[n](v) for n, v in wanted.filters if n in self.conditions]
        plain = tuple(held for held in wanted.filters if held[0] not in self.conditions)
        with self.store.read() as connection:
            by = self.orders.get(wanted.sort or "")
            return listing.order_of(connection, replace(wanted, filters=plain), more, by)

    def rows(self, numbers: Sequence[int]) -> list[Row]:
        """The rows of these numbers, in their order; deleted ones are left out."""
        with self.store.read() as connection:
            return listing.rows_at(connection, self.record.kind, numbers)

    def number_of(self, record_id: str) -> int | None:
        """The number by which a record stands in an order, or None where it is gone."""
        with self.store.read() as connection:
            return listing.number_of(connection, self.record.kind, record_id)

    def get(self, record_id: str) -> Row:
        """One record. Raises RecordMissing."""
        with self.store.read() as connection:
            row = listing.row_of(connection, self.record.kind, record_id)
        if row is None:
            raise RecordMissing(self.record.label)
        return row

    def log_full_view(self, record_id: str | None, count: int, purpose: str) -> None:
        """Note that masked fields were shown whole: of one record, or of ``count`` in a list."""
        with self.store.change() as connection:
            connection.execute(
                insert(tables.view_log).values(
                    at=now(),
                    by=settings.read(connection, settings.OPERATOR, "本机用户"),
                    kind=self.record.kind,
                    record=record_id,
                    purpose=purpose,
                    count=count,
                )
            )

    def refusal(self, record_id: str) -> str:
        """Why the county sent a record's change back; empty where it did not."""
        mine = (tables.outbox.c.record == record_id) & (tables.outbox.c.state == "refused")
        with self.store.read() as connection:
            reasons = connection.execute(select(tables.outbox.c.reason).where(mine)).scalars()
            return "；".join(dict.fromkeys(reasons))

    def titles(self, kind: str, ids: Sequence[str]) -> dict[str, str]:
        """The names of records that others refer to, by id."""
        if kind == ListItem.kind:
            with self.store.read() as connection:
                return names_of_items(connection, ids)
        record = KINDS[kind]
        table, title = record.table, record.fields[record.title]
        statement = select(table.c.id, table.c[record.title]).where(table.c.id.in_(list(ids)))
        with self.store.read() as connection:
            statement = statement.where(table.c.area.in_(listing.areas(connection)))
            return {i: title.show(name) for i, name in connection.execute(statement)}

    def choices(self, field: Reference, search: str, limit: int = 30) -> list[tuple[str, str]]:
        """(id, name) of what a reference field may point to, found by name or pinyin."""
        if isinstance(field, Published):
            return self._published(field, search)
        kind, record = field.to, KINDS[field.to]
        with self.store.read() as connection:
            wanted = Listing(kind, search=search, filters=_offered(self.record, field))
            order = listing.order_of(connection, wanted)
            rows = listing.rows_at(connection, kind, order[:limit])
        title = record.fields[record.title]
        return [(row.id, title.show(row.values[record.title])) for row in rows]

    def _published(self, field: Published, search: str) -> list[tuple[str, str]]:
        with self.store.read() as connection:
            items = items_of(connection, field.list)
        wanted = search.strip().lower()
        return [(i.id, i.name) for i in items if wanted in i.name or wanted in search_keys(i.name)]

    def keep_draft(self, record_id: str, raw: Mapping[str, str]) -> None:
        """Keep a half-written form ('' for a new record), so that a power cut loses nothing.
        Raises OtherVillage, as writing it would."""
        # Escaped, because a form may hold what no database takes, until it is checked.
        text = json.dumps(dict(raw))
        statement = upsert(tables.draft).values(
            kind=self.record.kind, record=record_id, values_json=text, at=now()
        )
        with self.store.change() as connection:
            self.store.expect_this_village(connection)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["kind", "record"],
                    set_={"values_json": text, "at": statement.excluded.at},
                )
            )

    def draft(self, record_id: str) -> Draft | None:
        """The draft kept for a record ('' for a new one), or None."""
        with self.store.read() as connection:
            found = connection.execute(
                select(tables.draft).where(*self._draft_key(record_id))
            ).first()
        return Draft(json.loads(found.values_json), found.at) if found else None

    def drop_draft(self, record_id: str) -> None:
        """Forget a draft."""
        with self.store.change() as connection:
            connection.execute(delete(tables.draft).where(*self._draft_key(record_id)))

    def _draft_key(self, record_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return (tables.draft.c.kind == self.record.kind, tables.draft.c.record == record_id)

    def _cleaned(self, raw: Mapping[str, object]) -> dict[str, Value]:
        values, problems = self.clean(raw)
        if problems:
            raise RecordInvalid(problems)
        return values


def _offered(record: type[Record], field: Reference) -> tuple[tuple[str, Value], ...]:
    """What else must hold of what a field is offered: nobody comes to a closed grid any more, and
    grids stand below general ones only."""
    if field.to != Grid.kind:
        return ()
    return (("state", OPEN), ("level", GENERAL)) if record is Grid else (("state", OPEN),)
