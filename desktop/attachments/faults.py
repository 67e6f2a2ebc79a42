"""Why a photo or document is not taken: said when it is added, never when it is sent."""

from __future__ import annotations

from desktop.reports.faults import FileFault


class NotTaken(FileFault):
    """A file is too large, empty, unreadable or of a wrong sort; nothing was added."""
