"""A sync over a line that cannot carry much: what was too much is tried again in smaller parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sync.client.engine import Cancelled, Progress, Result, synchronise
from sync.client.faults import LineFault
from sync.client.pace import TOO_MUCH, Pace
from sync.client.ports import Line, Store, Tally

#: Tries in a row that got nothing through; then the line is left alone for a while.
_TRIES = 3


def synchronise_patiently(
    store: Store,
    line: Line,
    *,
    pace: Pace,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Cancelled = lambda: False,
    thorough: Callable[[str], bool] = lambda _: False,
) -> Result:
    """As ``synchronise``; after a fault that made the pace smaller it goes on at once.

    What the tries before the last one did counts in the result. Raises ``LineFault``.
    """
    tally = Tally()
    done, tries = 0, 0

    def tell(step: Progress) -> None:
        nonlocal tries
        tries = 0
        last.append(step.done)
        progress(replace(step, done=done + step.done, total=done + step.total))

    while True:
        last, page = [0], pace.page
        try:
            return synchronise(
                store,
                line,
                progress=tell,
                cancelled=cancelled,
                pace=pace,
                tally=tally,
                thorough=thorough,
            )
        except LineFault as fault:
            tries += 1
            may_help = fault.code in TOO_MUCH and (pace.page < page or last[-1])
            if not may_help or tries == _TRIES or cancelled():
                raise
            done += last[-1]
