"""The county's published lists as this PC knows them; the program's own until the county's come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from sync.records import ListItem, Value, Values
from sync.records.lists import default_lists


@dataclass(frozen=True)
class Item:
    """One item of a list; ``id`` is what records hold."""

    id: str
    name: str
    number: int | None = None
    unit: str = ""
    parent: str = ""
    note: str = ""
    retired: bool = False


def items_of(connection: Connection, list_name: str, *, retired: bool = False) -> list[Item]:
    """The items of a list in its order; retired ones, which only old records hold, when asked."""
    table = ListItem.table
    statement = select(table).where(table.c.list_name == list_name, table.c.deleted == 0)
    found = connection.execute(statement.order_by(table.c.place, table.c.id)).mappings().all()
    if found:
        items = [_item(row["id"], dict(row)) for row in found]
    else:
        items = [_item(i, values) for i, values in default_lists().get(list_name, {}).items()]
    return [item for item in items if retired or not item.retired]


def names_of_items(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """What items are called, by id; those of lists that nobody knows are left out."""
    wanted = set(ids)
    return {
        item.id: item.name
        for list_name in {item.partition(".")[0] for item in wanted}
        for item in items_of(connection, list_name, retired=True)
        if item.id in wanted
    }


def _item(item_id: str, values: Values) -> Item:
    return Item(
        item_id,
        str(values["name"]),
        _number(values["number"]),
        str(values["unit"] or ""),
        str(values["parent"] or ""),
        str(values["note"] or ""),
        bool(values["retired"]),
    )


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) else None
