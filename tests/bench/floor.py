"""The floor: the same rows stored on both ends with no checks, no outbox, no numbering, no receipt.

The PC stores what is written there in a plain table of the same encrypted kind of file; a process
of its own takes one compressed POST and stores the rows in one durable transaction, or answers with
them.
Nothing that promises anything can be faster than this on the same parts.
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
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, create_engine, select

from desktop.storage.database import open_engine

Row = dict[str, Any]
Columns = Sequence[Sequence[Any]]
_KEY = b"k" * 32
_UPDATE = "UPDATE floor SET address = {mark} WHERE id = {mark}"


def floor_table(names: Sequence[str]) -> Table:
    """A plain table of the same columns, with nothing but its key."""
    columns = [Column(n, Integer if n in ("revision", "deleted") else Text) for n in names]
    columns[0].primary_key = True
    return Table("floor", MetaData(), *columns)


def bulk_insert(engine: Engine, table: Table, columns: Columns) -> None:
    """All rows in one durable transaction, the fastest way each database has."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            driver: Any = connection.connection.driver_connection
            names = ", ".join(c.name for c in table.columns)
            with driver.cursor().copy(f"COPY floor ({names}) FROM STDIN") as copy:
                for row in zip(*columns, strict=True):
                    copy.write_row(row)
            return
        marks = ", ".join("?" for _ in columns)
        rows = list(zip(*columns, strict=True))
        connection.exec_driver_sql(f"INSERT OR REPLACE INTO floor VALUES ({marks})", rows)


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
        """Store rows on the PC."""
        bulk_insert(file, self._table, columns)

    def push(self, columns: Columns) -> None:
        """One compressed POST; the server has stored the rows when this returns."""
        self._post("push", [self._names, columns])

    def pull(self, file: Engine) -> None:
        """All rows that the server has, stored on the PC."""
        self.keep(file, self._post("pull", None))

    def exchange(self, file: Engine, mine: Sequence[tuple[str, str]], theirs: list[str]) -> None:
        """Rows are changed here and go to the server, rows changed elsewhere come back."""
        with file.begin() as connection:
            connection.exec_driver_sql(_UPDATE.format(mark="?"), list(mine))
        self.keep(file, self._post("exchange", [mine, theirs]))

    def nothing(self, file: Engine) -> None:
        """Both ends look up one row by its key; nothing is to be done."""
        known = self._table.c[self._names[0]]
        with file.connect() as connection:
            connection.execute(select(known).where(known == "")).first()
        self._post("exchange", [[], [""]])

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
        bulk_insert(self._engine, self._table, message[1])
        return None

    def pull(self, _message: Any) -> object:
        with self._engine.connect() as connection:
            return self._columns(connection.execute(select(self._table)).fetchall())

    def exchange(self, message: Any) -> object:
        mine, theirs = message
        mark = "?" if self._engine.dialect.name == "sqlite" else "%s"
        with self._engine.begin() as connection:
            if mine:
                connection.exec_driver_sql(_UPDATE.format(mark=mark), [tuple(row) for row in mine])
            wanted = select(self._table).where(self._table.c.id.in_(theirs))
            return self._columns(connection.execute(wanted).fetchall())

    def _columns(self, rows: Sequence[Any]) -> list[list[Any]]:
        return [list(column) for column in zip(*map(tuple, rows), strict=True)]


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
