"""Files on a stick: written whole or not at all, and its faults told apart in words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sync.courier import BACK, OUT, CourierFault


class StickFault(CourierFault):
    """The stick itself: gone, full, or protected against writing."""

    code = "stick"


class Stopped(CourierFault):
    """Somebody cancelled."""

    code = "stopped"
    sentence = "停下了，什么都没有丢，可以重新来。"


@contextmanager
def stick_faults() -> Iterator[None]:
    """Errors of files come out as ``StickFault``, each with its sentence."""
    try:
        yield
    except OSError as error:
        raise StickFault(_sentence_for(error), str(error)) from error


@contextmanager
def aside(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its place only when all of it is on the stick."""
    half = path.with_name(path.name + ".part")
    try:
        with half.open("w+b") as file:
            yield file
            file.flush()
            # Sticks are pulled out as soon as the window says that it is done.
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def answer_beside(source: Path) -> Path:
    """Where the answer to a file lies: beside it, under the same name."""
    return source.with_suffix(BACK)


def files_in(folder: Path, ending: str) -> list[Path]:
    """The files of ours in a folder (``OUT`` or ``BACK``), newest name last."""
    with stick_faults():
        if not folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder", str(folder))
        # What some systems write beside each file on a stick begins with a dot.
        return sorted(f for f in folder.glob(f"*{ending}") if not f.name.startswith("."))


def unanswered_in(folder: Path) -> list[Path]:
    """The files in a folder that were not carried yet, as far as their answers tell."""
    return [file for file in files_in(folder, OUT) if not answer_beside(file).exists()]


def _sentence_for(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "U盘满了，没有存上。请删掉一些文件，或换一个U盘。"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "U盘不能读写，请看看写保护开关，或换一个文件夹。"
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return "找不到这个文件或文件夹，U盘可能已经拔了。请插好再选一次。"
    return "U盘读写不了，可能没插好或坏了。请重新插一次，还不行就换一个。"
