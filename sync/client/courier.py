"""Carrying a file from a stick to the county, on any PC with a line, and its answer back.

The carrier reads nothing but who the file is from: the contents are sealed, and so is the answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sync.client.http import HttpLine
from sync.client.ports import NoLine
from sync.client.stopping import Stopped as LetGo
from sync.client.stopping import until_stopped
from sync.courier import CourierFault, DamagedFile, Header, inspect
from sync.stick import Stopped, answer_beside, aside, stick_faults

#: Done and total, in bytes of the file on its way to the county.
Heard = Callable[[int, int], None]
Cancelled = Callable[[], bool]
_PIECE = 8 * 1024


@dataclass(frozen=True)
class Carried:
    """A file that reached the county, and where its answer lies now."""

    source: Path
    answer: Path
    header: Header


def carry(
    server: str,
    source: Path,
    heard: Heard = lambda _done, _total: None,
    cancelled: Cancelled = lambda: False,
) -> Carried:
    """Bring a file to the county at ``server`` and lay the answer beside it.

    May be done again, and on several PCs. Raises LineFault, CourierFault.
    """
    answer = answer_beside(source)
    with stick_faults(), source.open("rb") as file:
        header = inspect(file)
        if header.kind != "out":
            raise CourierFault("这是县里的回执，已经送过了，请拿回村里那台电脑上读。")
        with closing(HttpLine(server)) as line, aside(answer) as back:
            try:
                body = _Watched(file, heard, cancelled)
                post = partial(line.post_file, "/api/courier", body, back.write)
                until_stopped(post, cancelled, line.close)
            except LetGo:
                raise Stopped from None
            except NoLine as fault:
                # The line's own words promise that it tries again by itself; a stick does not.
                happened = fault.sentence.partition("。")[0]
                sentence = f"{happened}。文件还在U盘上，等有网时再送一次，一条不少。"
                fault.sentence, fault.args = sentence, (sentence,)
                raise
            _expect_answer(back, header)
    return Carried(source, answer, header)


class _Watched:
    """A file as a body: it tells how much of it is away, and stops when somebody cancels."""

    def __init__(self, file: BinaryIO, heard: Heard, cancelled: Cancelled) -> None:
        self._file, self._heard, self._cancelled = file, heard, cancelled
        self._size = file.seek(0, os.SEEK_END)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while part := self._file.read(_PIECE):
            if self._cancelled():
                raise Stopped
            yield part
            self._heard(self._file.tell(), self._size)


def _expect_answer(back: BinaryIO, header: Header) -> None:
    """Whole, and to this file; whether it is the county's only the village's PC can tell."""
    try:
        answer = inspect(back)
    except DamagedFile as error:
        raise NoLine("县里的回执没有收完整，线路可能断了，请再送一次。", str(error)) from error
    except CourierFault as error:
        raise NoLine("县里的服务器答得不对，可能正在维护，请过一会儿再送。", str(error)) from error
    if (answer.kind, answer.answers) != ("back", header.file):
        raise NoLine("县里的服务器答的是另一个文件，请再送一次。")
