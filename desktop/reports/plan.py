"""What importing a register would do, and what it did; a feature says what is new. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from desktop.reports.register import (
    Cancelled,
    Progress,
    RefusedRow,
    Register,
    RegisterRow,
    Remark,
)


@dataclass
class ImportPlan:
    """What importing a register would do, each list in the order of the file."""

    register: Register
    new: list[RegisterRow] = field(default_factory=list)
    already: list[RegisterRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)

    def in_the_order_of_the_file(self) -> None:
        """Put the refused rows where they stand in the file."""
        order = {name: place for place, name in enumerate(self.register.sheets)}
        self.refused.sort(key=lambda row: (order[row.origin.sheet], row.origin.line))


@dataclass(frozen=True)
class ImportResult:
    """What an import did."""

    imported: int
    already: int
    refused: list[RefusedRow]

    def to_json(self) -> dict[str, object]:
        """The result as support and tests read it."""
        return {
            "imported": self.imported,
            "already": self.already,
            "refused": [
                {"sheet": row.origin.sheet, "line": row.origin.line, "reason": row.reason}
                for row in self.refused
            ],
        }


class Importer(Protocol):
    """What a feature offers to whoever shows an import."""

    def preview(
        self, path: Path, progress: Progress | None = None, cancelled: Cancelled | None = None
    ) -> ImportPlan:
        """Read a file and say what importing it would do. Raises UnreadableFile, Stopped."""

    def carry_out(
        self,
        plan: ImportPlan,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> ImportResult:
        """Write what a preview promised."""

    def save_refused(self, path: Path, plan: ImportPlan | ImportResult) -> None:
        """Save the refused rows as a sheet to correct. Raises UnwritableFile."""
