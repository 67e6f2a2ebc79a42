"""The floor: the same rows moved and stored with no checks, no outbox, no log, no receipt.

A PC sends what lies in its encrypted file: it is read there, goes in one compressed POST, and is
noted there as sent. A process of its own takes it and stores it in one durable transaction, and
answers with what the PC has not got, which is stored there. Nothing that promises anything can be
faster than this on the same parts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import requests
import zstandard
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    select,
)

from desktop.storage.database import open_engine

Row = dict[str, Any]
Columns = Sequence[Sequence[Any]]
_KEY = b"k" * 32
_AMONG = "area = ? AND id IN (SELECT value FROM json_each(?))"
_UPDATE = "UPDATE floor SET address = {0} WHERE area = {0} AND id = {0}"
_SENT = "UPDATE floor SET revision = revision + 1"

#: What is edited: an address for the record of an area and an id.
Edits = Sequence[tuple[str, str, str]]


def floor_table(names: Sequence[str]) -> Table:
    """A plain table of the same columns, with nothing but its key: area and id."""
    columns = [Column(n, Integer if n in ("revision", "deleted") else Text) for n in names]
    for column in columns[:2]:
        column.primary_key = True
    return Table("floor", MetaData(), *columns)


def bulk_insert(connection: Connection, table: Table, columns: Columns) -> None:
    """Store rows over what is there of them, the fastest way each database has."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        names = ", ".join(c.name for c in table.columns)
        with driver.cursor().copy(f"COPY floor ({names}) FROM STDIN") as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
        return
    marks = ", ".join("?" for _ in columns)
    names = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.columns if not c.primary_key)
    connection.exec_driver_sql(
        f"INSERT INTO floor VALUES ({marks}) ON CONFLICT (area, id) DO UPDATE SET {names}",
        list(zip(*columns, strict=True)),
    )


def columns_of(rows: Sequence[Any]) -> list[list[Any]]:
    """The same by columns."""
    return [list(column) for column in zip(*map(tuple, rows), strict=True)]


def pack(message: object) -> bytes:
    """A message as compressed JSON."""
    return zstandard.compress(msgspec.json.encode(message), 3)


def unpack(body: bytes) -> Any:
    """The message of a body."""
    return msgspec.json.decode(zstandard.decompress(body, max_output_size=1 << 28))


class Floor:
    """The PC's side of the floor: a plain encrypted file, and the floor's server at ``url``.

    Each method is a sync of its own, on a connection of its own, as ours is.
    """

    def __init__(self, url: str, names: Sequence[str]) -> None:
        self._url = url
        self._names = list(names)
        self._table = floor_table(names)

    def file(self, path: Path) -> Engine:
        """A new plain table in an encrypted file."""
        engine = open_engine(path, _KEY)
        with engine.begin() as connection:
            self._table.metadata.create_all(connection)
        return engine

    def keep(self, file: Engine, columns: Columns) -> None:
        """Store rows on the PC, in one durable transaction."""
        with file.begin() as connection:
            bulk_insert(connection, self._table, columns)

    def edit(self, file: Engine, edits: Edits) -> None:
        """Change rows on the PC."""
        with file.begin() as connection:
            connection.exec_driver_sql(_UPDATE.format("?"), list(edits))

    def push(self, file: Engine) -> None:
        """All rows of the PC; the server has stored them, and the PC knows, when this returns."""
        with file.connect() as connection:
            columns = columns_of(connection.execute(select(self._table)).fetchall())
        self._post("push", [self._names, columns])
        with file.begin() as connection:
            connection.exec_driver_sql(_SENT)

    def pull(self, file: Engine) -> None:
        """All rows that the server has, stored on the PC."""
        self.keep(file, self._post("pull", None))

    def exchange(self, file: Engine, area: str, mine: list[str], theirs: list[str]) -> None:
        """What was changed here goes to the server, what was changed elsewhere comes back."""
        these = (area, json.dumps(mine))
        with file.connect() as connection:
            found = connection.exec_driver_sql(
                f"SELECT address, area, id FROM floor WHERE {_AMONG}", these
            ).fetchall()
        came = self._post("exchange", [area, list(map(tuple, found)), theirs])
        with file.begin() as connection:
            connection.exec_driver_sql(f"{_SENT} WHERE {_AMONG}", these)
            bulk_insert(connection, self._table, came)

    def edit_there(self, edits: Edits) -> None:
        """Another PC's changes come to the server."""
        self._post("exchange", ["", list(edits), []])

    def nothing(self, file: Engine) -> None:
        """Both ends look up one row by its key; nothing is to be done."""
        with file.connect() as connection:
            connection.execute(select(self._table.c.id).where(self._table.c.area == "")).first()
        self._post("exchange", ["", [], [""]])

    def _post(self, path: str, message: object) -> Any:
        with requests.Session() as session:
            answer = session.post(self._url + path, data=pack(message), timeout=300)
            answer.raise_for_status()
            return unpack(answer.content)


@contextmanager
def floor_server(database: str, names: Sequence[str]) -> Iterator[Floor]:
    """Start the floor's process on a free port of this machine, stop it at the end."""
    command = [sys.executable, "-m", "tests.bench.floor", database, json.dumps(list(names))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Floor(process.stdout.readline().strip(), names)
        finally:
            process.terminate()


class _Stored:
    """The server's rows."""

    def __init__(self, database: str, names: Sequence[str]) -> None:
        self._table = floor_table(names)
        self._engine = create_engine(database)
        with self._engine.begin() as connection:
            self._table.metadata.create_all(connection)
        if self._engine.dialect.name == "sqlite":
            # SQLite's own default is synchronous = FULL: each commit reaches the disk.
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")

    def push(self, message: Any) -> object:
        with self._engine.begin() as connection:
            bulk_insert(connection, self._table, message[1])
        return None

    def pull(self, _message: Any) -> object:
        with self._engine.connect() as connection:
            return columns_of(connection.execute(select(self._table)).fetchall())

    def exchange(self, message: Any) -> object:
        area, mine, theirs = message
        mark = "?" if self._engine.dialect.name == "sqlite" else "%s"
        with self._engine.begin() as connection:
            if mine:
                connection.exec_driver_sql(_UPDATE.format(mark), [tuple(row) for row in mine])
            table = self._table.c
            wanted = select(self._table).where(table.area == area, table.id.in_(theirs))
            return columns_of(connection.execute(wanted).fetchall())


def _serve(database: str, names: list[str]) -> None:
    stored = _Stored(database, names)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One segment an answer, without waiting for the PC's nod.
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            message = unpack(self.rfile.read(int(self.headers["Content-Length"])))
            body = pack(getattr(stored, self.path.strip("/"))(message))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing: the figures are printed by the client."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(sys.argv[1], json.loads(sys.argv[2]))
