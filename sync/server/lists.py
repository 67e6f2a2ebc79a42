"""The lists that the county edits: given out as a sheet, taken in again, published for all."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from sync.records import Division, ListItem, Value
from sync.records.lists import COLUMNS, Items, ListError, default_lists, read_items
from sync.server.database import reading, writing
from sync.server.errors import ServerError
from sync.server.publishing import Loaded, publish
from sync.server.sheets import text_of

RETIRED = "yes"


def publish_sheet(engine: Engine, sheet: Path) -> Loaded:
    """Publish the list that a sheet holds; the list's name is the file's. Items that the sheet
    lacks are retired. Raises ServerError."""
    name = sheet.stem
    if name not in default_lists():
        known = "、".join(default_lists())
        raise ServerError(f"没有叫“{name}”的清单。文件名要用清单的名字：{known}")
    try:
        wanted = read_items(name, text_of(sheet, "清单"))
    except ListError as error:
        raise ServerError(str(error)) from error
    with writing(engine) as connection:
        return publish(connection, _county(connection), ListItem, _complete(connection, wanted))


def publish_defaults(engine: Engine) -> int:
    """Publish the default of each list of which the county has published nothing; how many."""
    with writing(engine) as connection:
        county = _county(connection)
        there = set(connection.execute(select(ListItem.table.c.list_name).distinct()).scalars())
        missing = [items for name, items in default_lists().items() if name not in there]
        for items in missing:
            publish(connection, county, ListItem, items)
    return len(missing)


def sheet_of(engine: Engine, name: str) -> str:
    """A published list as the text of a sheet to edit. Raises ServerError where there is none."""
    with reading(engine) as connection:
        items = _items(connection, name)
    if not items:
        raise ServerError(f"县里没有叫“{name}”的清单，有：{'、'.join(default_lists())}")
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(COLUMNS)
    for values in items.values():
        sheet.writerow([values["name" if column == "label" else column] for column in COLUMNS])
    return text.getvalue()


def _complete(connection: Connection, wanted: Items) -> dict[str, dict[str, Value]]:
    """The wanted items, and behind them the published ones that are no longer wanted, retired."""
    name = next(str(values["list_name"]) for values in wanted.values())
    gone = {
        item: values | {"place": len(wanted) + place, "retired": RETIRED}
        for place, (item, values) in enumerate(_items(connection, name).items(), start=1)
        if item not in wanted
    }
    return {**wanted, **gone}


def _items(connection: Connection, name: str) -> dict[str, dict[str, Value]]:
    table = ListItem.table
    statement = select(table).where(table.c.list_name == name, table.c.deleted == 0)
    found = connection.execute(statement.order_by(table.c.place, table.c.id)).mappings()
    return {row["id"]: {field: row[field] for field in ListItem.fields} for row in found}


def _county(connection: Connection) -> str:
    table = Division.table.c
    statement = select(table.id).where(table.level == "county", table.deleted == 0)
    county: str | None = connection.execute(statement).scalar()
    if county is None:
        raise ServerError("还没有载入区划表，请先运行 init")
    return county
