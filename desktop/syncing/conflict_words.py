"""How a conflict is told. No Qt."""

from __future__ import annotations

from desktop.syncing.conflicts import Who
from desktop.widgets.words import when


def who_words(who: Who) -> str:
    """Who wrote something, when, and on which PC; '' where nothing of it is known."""
    return " · ".join(part for part in (who.by, when(who.at), who.device) if part)
