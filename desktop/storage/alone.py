"""One sync at a time on a data folder: the second waits until the first has ended, or was killed.

A lock of the operating system on a file beside the database, so that it goes with the process that
holds it, whatever ends it.
"""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from desktop.storage.errors import fault_of

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


FILE = "sync.lock"
_LOOK_EVERY_S = 0.1
#: How the systems say that somebody else holds the lock.
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextmanager
def alone(folder: Path, cancelled: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the folder's lock; gives False where a person ``cancelled`` while it was waited for.

    Raises ReadOnly or DiskFull where the file cannot be made or locked.
    """
    try:
        file = (folder / FILE).open("ab")
    except OSError as error:
        raise fault_of(error) from error
    with file:
        while not _taken(file):
            if cancelled():
                yield False
                return
            time.sleep(_LOOK_EVERY_S)
        yield True


def _taken(file: IO[bytes]) -> bool:
    try:
        _lock(file)
    except OSError as error:
        if error.errno not in _HELD:
            # A file system without locks: waiting would have no end.
            raise fault_of(error) from error
        return False
    return True
