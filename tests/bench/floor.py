"""The floor: the same rows moved and stored with no checks, no outbox, no numbering.

A process of its own takes one compressed POST and inserts the rows in bulk, or answers with them;
the client does its bulk insert into a plain table of the same encrypted kind of file. Nothing that
promises anything can be faster than this on the same parts.
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

Row = dict[str, Any]


def floor_table(names: Sequence[str]) -> Table:
    """A plain table of the same columns, with nothing but its key."""
    columns = [Column(n, Integer if n in ("revision", "deleted") else Text) for n in names]
    columns[0].primary_key = True
    return Table("floor", MetaData(), *columns)


def bulk_insert(engine: Engine, table: Table, columns: Sequence[Sequence[Any]]) -> None:
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
        connection.exec_driver_sql(f"INSERT INTO floor VALUES ({marks})", rows)


def pack(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> bytes:
    """Columns as compressed JSON."""
    return zstandard.compress(msgspec.json.encode([list(names), list(map(list, columns))]), 3)


def unpack(body: bytes) -> tuple[list[str], list[list[Any]]]:
    """Names and columns of a body."""
    names, columns = msgspec.json.decode(zstandard.decompress(body, max_output_size=1 << 28))
    return names, columns


class Floor:
    """The client's side of the floor server at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def push(self, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
        """One compressed POST; the server has stored the rows when this returns."""
        self._session.post(self._url, data=pack(names, columns), timeout=300).raise_for_status()

    def pull(self) -> tuple[list[str], list[list[Any]]]:
        """All rows the server has."""
        return unpack(self._session.get(self._url, timeout=300).content)

    def nothing(self) -> None:
        """The smallest round trip."""
        self._session.head(self._url, timeout=300).raise_for_status()


@contextmanager
def floor_server(database: str, names: Sequence[str]) -> Iterator[Floor]:
    """Start the floor's process on a free port of this machine, stop it at the end."""
    command = [sys.executable, "-m", "tests.bench.floor", database, json.dumps(list(names))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Floor(process.stdout.readline().strip())
        finally:
            process.terminate()


def durable_sqlite(path: Path) -> str:
    """The URL of an embedded database file."""
    return f"sqlite:///{path}"


def _serve(database: str, names: list[str]) -> None:
    engine = create_engine(database)
    table = floor_table(names)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
        table.metadata.create_all(connection)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            _, columns = unpack(self.rfile.read(int(self.headers["Content-Length"])))
            bulk_insert(engine, table, columns)
            self._answer(b"")

        def do_GET(self) -> None:
            with engine.connect() as connection:
                rows = [tuple(row) for row in connection.execute(select(table))]
            self._answer(pack(names, list(zip(*rows, strict=True))))

        def do_HEAD(self) -> None:
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
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
