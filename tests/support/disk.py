"""A disk with no room left, for a process or a folder, also where nobody may mount one.

Two ways. A *mounted* disk is a file system of a few megabytes: what comes of it is the system's own
"no space left". A *limited* process may let no file grow beyond a size (``RLIMIT_FSIZE``): the
system refuses its writes in the same places, no privilege is needed, and the limit can be laid on
and lifted while the process runs.
"""

from __future__ import annotations

import errno
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_BLOCK = 4096


@cache
def may_mount() -> bool:
    """Whether this system lets us mount a small disk (root may, in most places)."""
    with tempfile.TemporaryDirectory(prefix="shige-disk-") as folder:
        if _mount(Path(folder), 1) != 0:
            return False
        _unmount(Path(folder))
    return True


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of a few megabytes at ``folder``, gone with the block."""
    folder.mkdir()
    if _mount(folder, megabytes) != 0:
        raise RuntimeError("a small disk can only be mounted by root")
    try:
        yield folder
    finally:
        _unmount(folder)


class Disk:
    """The disk that one process writes to; ``fill`` leaves no room on it, ``free`` makes some.

    ``folder`` is where the process keeps its files. ``is_mounted`` says which of the two ways.
    """

    def __init__(self, folder: Path, *, is_mounted: bool) -> None:
        self.folder = folder
        self._mounted = is_mounted
        self._ballast = folder / "ballast"

    def fill(self, pid: int = 0) -> None:
        """Leave no room for a running process (0: this one)."""
        if self._mounted:
            fill_up(self._ballast)
        else:
            limit(pid, largest_file(self.folder))

    def free(self, pid: int = 0) -> None:
        """Make room again."""
        if self._mounted:
            self._ballast.unlink(missing_ok=True)
        else:
            limit(pid, resource.RLIM_INFINITY)


@contextmanager
def small_disk(folder: Path, way: str, megabytes: int = 24) -> Iterator[Disk]:
    """A disk at ``folder`` in one of the ``WAYS``."""
    if way == "mounted":
        with mounted(folder, megabytes):
            yield Disk(folder, is_mounted=True)
    else:
        folder.mkdir()
        try:
            yield Disk(folder, is_mounted=False)
        finally:
            limit(0, resource.RLIM_INFINITY)


def ways() -> list[str]:
    """The ways to have a full disk here: at least one."""
    return ["limited", *(["mounted"] if may_mount() else [])]


def limit(pid: int, size: int) -> None:
    """Let no file of a process (0: this one) grow beyond so many bytes."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def largest_file(folder: Path) -> int:
    """The size of the largest file of a folder: a process limited to it can let none grow."""
    return max((path.stat().st_size for path in folder.rglob("*") if path.is_file()), default=0)


def fill_up(ballast: Path) -> None:
    """Write a file until the disk takes no more."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(_BLOCK))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def _mount(folder: Path, megabytes: int) -> int:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
    except FileNotFoundError:
        return 1


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], check=True)
