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

    ``ratio`` is ours over floor. Fields that do not apply are None.
    """

    name: str
    n: int
    database: str | None = None
    ours_s: float | None = None
    floor_s: float | None = None
    ratio: float | None = None
    bytes_per_record: float | None = None
    round_trips: int | None = None
    peak_mb: float | None = None

    def to_json(self) -> str:
        """One line of JSON, numbers rounded to what they are worth."""
        rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}
        return json.dumps(rounded, ensure_ascii=False)

    def to_words(self) -> str:
        """One line for a person."""
        parts = [f"{self.name:<14}", f"n={self.n:<7}", f"{self.database or '':<11}"]
        if self.ours_s is not None:
            parts.append(f"ours {self.ours_s * 1000:9.1f} ms")
        if self.floor_s is not None:
            parts.append(f"floor {self.floor_s * 1000:9.1f} ms")
        if self.ratio is not None:
            parts.append(f"ratio {self.ratio:5.2f}")
        if self.bytes_per_record is not None:
            parts.append(f"{self.bytes_per_record:6.1f} B/record")
        if self.round_trips is not None:
            parts.append(f"{self.round_trips} round trips")
        if self.peak_mb is not None:
            parts.append(f"peak {self.peak_mb:.0f} MB")
        return "  ".join(parts)


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes, with the collector's debts paid before."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(work: Callable[[], object], times: int) -> float:
    """The median of several runs: for what takes milliseconds."""
    return statistics.median(seconds(work) for _ in range(times))


def forget_peak() -> None:
    """Start measuring peak memory anew (Linux only)."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def peak_mb() -> float | None:
    """The most memory this process has held since ``forget_peak``, in MB; None elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = (line.split() for line in status.read_text().splitlines())
    return next((int(words[1]) / 1024 for words in lines if words[:1] == ["VmHWM:"]), None)
