"""Village PCs as processes at work beside a real county, and how one sees that all ends agree."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, select

from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.records import KINDS
from tests.support.server import PATIENCE_S, ROOT, County
from tests.support.store import PASSWORD, VILLAGE, new_store

#: Records of each kind by id, whole.
Rows = dict[str, dict[str, tuple[object, ...]]]


@contextmanager
def working(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A PC at work, until it is killed."""
    command = [sys.executable, "-m", "tests.support.pc"]
    with subprocess.Popen(
        [*command, str(folder), PASSWORD, str(notes_of(folder))],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert hears(process) == "ready"
        try:
            yield process
        finally:
            process.kill()


def hears(process: subprocess.Popen[str]) -> str:
    """The next line that a PC at work says; waits for it."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def notes_of(folder: Path) -> Path:
    """Where a PC at work notes what it wrote; never on a disk that may be full."""
    return folder.parent / f"{folder.name}-written.txt"


def written(folder: Path) -> set[str]:
    """The ids of all records that a PC at work has written."""
    return set(notes_of(folder).read_text().split())


def wait_for_growth(folders: Sequence[Path], rounds: int = 1) -> None:
    """Wait until each PC at work has written more than it had: then each has begun a sync, and
    in each further round has ended the one before."""
    for _ in range(rounds):
        before = [len(written(folder)) for folder in folders]
        while any(len(written(f)) <= b for f, b in zip(folders, before, strict=True)):
            threading.Event().wait(0.01)


def enrolled(folder: Path, county: County) -> Path:
    """Make a PC of the village that the county knows; the county must be running."""
    store = new_store(folder)
    Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
    store.close()
    return folder


def verb(
    folder: Path, *arguments: str, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one verb of the program on a PC's folder to its end, whatever comes of it.

    ``before`` runs in the new process first, to take something away from it.
    """
    with subprocess.Popen(
        verb_command(folder, *arguments),
        cwd=ROOT,
        env=os.environ | {"SHIGE_PASSWORD": PASSWORD},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=before,
    ) as process:
        out, err = process.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def verb_command(folder: Path, *arguments: str) -> list[str]:
    """The command line of one verb; its password is in SHIGE_PASSWORD."""
    options = ["--data", str(folder), "--password-env", "SHIGE_PASSWORD"]
    return [sys.executable, "-m", "desktop", *options, *arguments]


def all_agree(county: County, folders: Sequence[Path]) -> Rows:
    """Let all PCs sync until they have all, and hold them to the county record by record.

    Returns what all have. The county must be running.
    """
    stores = [Store.open(folder, PASSWORD) for folder in folders]
    try:
        for store in (*stores, *stores):
            Syncing(store).run()
        at_county = rows_of_county(county)
        for store in stores:
            status = Syncing(store).status()
            assert (status.waiting, status.sending, status.refused) == (0, 0, 0)
            assert rows_of_pc(store) == at_county, f"{store.folder.name} differs from the county"
    finally:
        for store in stores:
            store.close()
    return at_county


def rows_of_pc(store: Store) -> Rows:
    """All that a PC holds; each record must stand once."""
    with store.read() as connection:
        return {kind: _rows(connection.execute, kind) for kind in KINDS}


def rows_of_county(county: County) -> Rows:
    """All that the county holds; each record must stand once."""
    engine = create_engine(county.database_url)
    try:
        with engine.connect() as connection:
            return {kind: _rows(connection.execute, kind) for kind in KINDS}
    finally:
        engine.dispose()


def _rows(execute: Callable[..., object], kind: str) -> dict[str, tuple[object, ...]]:
    table = KINDS[kind].table
    found = [tuple(row) for row in execute(select(table))]  # type: ignore[attr-defined]
    by_id = {str(row[1]): row for row in found}
    assert len(by_id) == len(found), f"a {kind} stands twice"
    return by_id
