"""What a person sets for this PC, kept in the store with everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from desktop.attachments.limits import Limits, limits_from

LEAST_MINUTES, MOST_MINUTES, USUAL_MINUTES = 5, 120, 15


class Keeper(Protocol):
    """Where settings are kept by name."""

    def setting(self, name: str, default: str = "") -> str:
        """One setting."""

    def set(self, **values: str) -> None:
        """Write settings."""


@dataclass(frozen=True)
class Chosen:
    """The settings as they stand."""

    operator: str
    device_name: str
    minutes: int
    #: What the line carries: ``sync.client.pace.Limit``.
    line: str = "normal"
    limits: Limits = field(default_factory=Limits)
    #: Whether to remind of what is due.
    remind: bool = True


class Preferences:
    """Reads and writes the settings of this PC. Call it off the window's thread."""

    def __init__(self, keeper: Keeper, change_password: Callable[[str, str], None]) -> None:
        self._keeper = keeper
        #: Takes the old and the new password; raises what the store raises.
        self.change_password = change_password

    def read(self) -> Chosen:
        """The settings as they stand."""
        minutes = self._keeper.setting("sync_minutes")
        return Chosen(
            self._keeper.setting("operator"),
            self._keeper.setting("device_name"),
            within(int(minutes)) if minutes.isdigit() else USUAL_MINUTES,
            self._keeper.setting("line_limit", "normal"),
            limits_from(self._keeper.setting),
            self._keeper.setting("remind") != "no",
        )

    def write(self, chosen: Chosen) -> Chosen:
        """Keep new settings; return them as kept."""
        kept = replace(
            chosen,
            operator=chosen.operator.strip(),
            device_name=chosen.device_name.strip(),
            minutes=within(chosen.minutes),
        )
        self._keeper.set(
            operator=kept.operator,
            device_name=kept.device_name,
            sync_minutes=str(kept.minutes),
            photos=kept.limits.photos,
            photo_side=str(kept.limits.photo_side),
            file_mb=str(kept.limits.file_mb),
            line_limit=kept.line,
            remind="yes" if kept.remind else "no",
        )
        return kept


def within(minutes: int) -> int:
    """Minutes between two syncs as they may be set."""
    return max(LEAST_MINUTES, min(MOST_MINUTES, minutes))
