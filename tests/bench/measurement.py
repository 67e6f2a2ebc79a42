"""One measurement, and the tools to take it."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measurement:
    """What was measured: seconds of ours and of the floor, and what went over the wire.

    ``ratio`` is ours over floor, taken in the same run. ``bytes`` are all that went through the
    socket both ways, headers too. ``peak_mb`` is how much the measured process grew at most while
    it worked, ``server_peak_mb`` the county's server. ``behind_s`` is what is done after the
    receipt, while nobody waits, and is not in ``ours_s``. Fields that do not apply are None.
    """

    name: str
    n: int
    database: str | None = None
    ours_s: float | None = None
    floor_s: float | None = None
    ratio: float | None = None
    bytes: int | None = None
    bytes_per_record: float | None = None
    round_trips: int | None = None
    peak_mb: float | None = None
    server_peak_mb: float | None = None
    behind_s: float | None = None

    def to_json(self) -> str:
        """One line of JSON, numbers rounded to what they are worth."""
        return as_json(asdict(self))

    def to_words(self) -> str:
        """One line for a person."""
        parts = [f"{self.name:<14}", f"n={self.n:<7}", f"{self.database or '':<11}"]
        if self.ours_s is not None:
            parts.append(f"ours {self.ours_s * 1000:9.1f} ms")
        if self.floor_s is not None:
            parts.append(f"floor {self.floor_s * 1000:9.1f} ms")
        if self.ratio is not None:
            parts.append(f"ratio {self.ratio:5.2f}")
        if self.bytes is not None:
            parts.append(f"{self.bytes:>9} B")
        if self.bytes_per_record is not None:
            parts.append(f"{self.bytes_per_record:6.1f} B/record")
        if self.round_trips is not None:
            parts.append(f"{self.round_trips} round trips")
        if self.peak_mb is not None:
            parts.append(f"peak {self.peak_mb:.1f} MB")
        if self.server_peak_mb is not None:
            parts.append(f"server {self.server_peak_mb:.1f} MB")
        if self.behind_s is not None:
            parts.append(f"behind {self.behind_s * 1000:.1f} ms")
        return "  ".join(parts)


def as_json(fields: dict[str, object]) -> str:
    """Fields as one line of JSON, numbers rounded to what they are worth."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in fields.items()}
    return json.dumps(rounded, ensure_ascii=False)


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes, with the collector's debts paid before."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(
    work: Callable[[], object], times: int, prepare: Callable[[], object] = lambda: None
) -> float:
    """The median of several runs, each after ``prepare``: for what takes milliseconds."""
    found = []
    for _ in range(times):
        prepare()
        found.append(seconds(work))
    return statistics.median(found)


def forget_peak(process: int | str = "self") -> None:
    """Start measuring a process's peak memory anew (Linux only)."""
    clear = Path(f"/proc/{process}/clear_refs")
    if clear.exists():
        clear.write_text("5")


def peak_mb(process: int | str = "self") -> float | None:
    """The most memory a process has held since ``forget_peak``, in MB; None elsewhere."""
    return _status_mb(process, "VmHWM:")


def held_mb(process: int | str = "self") -> float | None:
    """The memory a process holds now, in MB; None where the system does not tell."""
    return _status_mb(process, "VmRSS:")


class Growth:
    """How much a process grows at most from now on."""

    def __init__(self, process: int | str = "self") -> None:
        self._process = process
        gc.collect()
        forget_peak(process)
        self._before = held_mb(process)

    def mb(self) -> float | None:
        """The growth so far, in MB; None where the system does not tell."""
        peak = peak_mb(self._process)
        return None if peak is None or self._before is None else max(peak - self._before, 0.0)


def _status_mb(process: int | str, name: str) -> float | None:
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return None
    lines = (line.split() for line in status.read_text().splitlines())
    return next((int(words[1]) / 1024 for words in lines if words[:1] == [name]), None)
