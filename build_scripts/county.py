"""A county server in a process of its own on the loopback address, for trying things out."""

import contextlib
import csv
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from build_scripts.paths import ROOT

DIVISIONS = ROOT / "resources" / "lists" / "qionglai_divisions.csv"
PATIENCE_S = 60
READY = re.compile(r"listening on (http\S+)")


class County:
    """The server's own verbs on one data folder; ``url`` is where it listens while it serves."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""

    def verb(self, name: str, *arguments: object) -> str:
        """Run one of ``python -m sync.server``'s verbs to its end and return what it printed."""
        return subprocess.run(
            [sys.executable, "-m", "sync.server", name, "--data", self.data, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout.strip()


@contextlib.contextmanager
def county(data: Path, port: int = 0) -> Iterator[County]:
    """Make a county with the shipped divisions in ``data``, serve it, and end it with the block.

    ``port`` 0 takes any free one.
    """
    made = County(data)
    made.verb("init", "--divisions", DIVISIONS)
    where = ["--data", str(data), "--host", "127.0.0.1", "--port", str(port or _free_port())]
    process = subprocess.Popen(
        [sys.executable, "-m", "sync.server", "serve", *where],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        made.url = _address(process)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def first_village() -> str:
    """Return the code of a village that the county is made with."""
    with DIVISIONS.open(encoding="utf-8", newline="") as lines:
        return next(row["code"] for row in csv.DictReader(lines) if row["level"] == "village")


def _address(process: subprocess.Popen[str]) -> str:
    """Wait for the line in which the server says where it listens."""
    assert process.stdout is not None
    until = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        if not select.select([process.stdout], [], [], 1)[0]:
            continue
        if found := READY.search(process.stdout.readline()):
            return found[1]
    raise RuntimeError("the county server did not start; see what it said above")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
