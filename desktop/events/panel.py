"""One event: where it stands, what may be done next, its steps, and the facts."""

from __future__ import annotations

