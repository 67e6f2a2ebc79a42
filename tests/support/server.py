"""A real county server for tests: its own process, on a real socket, over either database."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sync.server.accounts import new_code
from sync.server.settings import open_folder

ROOT = Path(__file__).parents[2]
DIVISIONS = ROOT / "resources" / "lists" / "qionglai_divisions.csv"
PATIENCE_S = 60


class County:
    """A county's data folder with the shipped divisions, and its server's own verbs.

    ``database`` is a URL; None stands for the SQLite file in the folder. ``url`` is where the
    server listens while it runs, the same each time, as PCs expect of it. ``program`` is the module
    that serves, with what stands before the verb: another version of the program may take over.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: str | None = None,
        program: Sequence[str] = ("sync.server",),
    ) -> None:
        self.folder = folder
        self.program = program
        self.database_url = database or f"sqlite:///{folder / 'county.sqlite3'}"
        self.url = ""
        self.process: subprocess.Popen[str] | None = None
        given = ["--database", database] if database else []
        self.verb("init", "--divisions", str(DIVISIONS), *given)

    def verb(self, name: str, *arguments: str) -> str:
        """Run one verb to its end and return what it printed; it must succeed."""
        done = self.run(name, *arguments)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one verb to its end, whatever comes of it."""
        return subprocess.run(
            self.command(name, *arguments),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
            check=False,
        )

    def command(self, name: str, *arguments: str) -> list[str]:
        """The command line of one verb."""
        return [sys.executable, "-m", *self.program, name, "--data", str(self.folder), *arguments]

    def enrol_code(self, village: str) -> str:
        """A one-time code for a village; as the verb makes it, without a process of its own."""
        engine = open_folder(self.folder)
        code = new_code(engine, village)
        engine.dispose()
        return code


@contextlib.contextmanager
def county_process(county: County) -> Iterator[subprocess.Popen[str]]:
    """Serve the county in a process of its own; it may be killed, else it ends with the block."""
    port = county.url.rpartition(":")[2] or "0"
    with subprocess.Popen(
        county.command("serve", "--host", "127.0.0.1", "--port", port),
        cwd=ROOT,
        # Whoever starts the server by a pipe must see its line at once, without asking for it.
        env={k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("listening on http://"):
            process.kill()
            raise RuntimeError(f"the county server did not start: {line!r}")
        county.url, county.process = line.split()[-1], process
        try:
            yield process
        finally:
            _end(process)


@contextlib.contextmanager
def running_county(folder: Path, *, database: str | None = None) -> Iterator[County]:
    """Make a county in ``folder`` and serve it until the block ends."""
    county = County(folder, database=database)
    with county_process(county):
        yield county


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
