"""How large what is added may be, and when it goes to the county, as set on this PC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

#: Photos: long side in pixels. Files: megabytes; the county takes up to 64.
PHOTO_SIDES = (1280, 1600, 2048, 2560, 4096)
FILE_MBS = (5, 10, 20, 50)
USUAL_SIDE, USUAL_MB = 2048, 20
#: When photos go: with every sync, only at night, or not over this line.
ALWAYS, NIGHT, NEVER = "always", "night", "never"
_NIGHT_BEGINS, _NIGHT_ENDS = 22, 6
#: The county's clock on the wall.
_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Limits:
    """What may be added, and when it goes."""

    photo_side: int = USUAL_SIDE
    file_mb: int = USUAL_MB
    photos: str = ALWAYS


def limits_from(setting: Callable[[str], str]) -> Limits:
    """The limits as they are set, by name; the usual ones where nothing sensible is."""
    photos = setting("photos")
    return Limits(
        _one_of(setting("photo_side"), PHOTO_SIDES, USUAL_SIDE),
        _one_of(setting("file_mb"), FILE_MBS, USUAL_MB),
        photos if photos in (NIGHT, NEVER) else ALWAYS,
    )


def may_go(photos: str, county_time: str, since: timedelta = timedelta()) -> bool:
    """Whether photos may go now: ``since`` after the county said that it was ``county_time``.

    No rule depends on this PC's clock; where the county's time cannot be read, photos go.
    """
    if photos == NEVER:
        return False
    try:
        at = (datetime.fromisoformat(county_time) + since).astimezone(_ZONE)
    except ValueError:
        return True
    return photos != NIGHT or at.hour >= _NIGHT_BEGINS or at.hour < _NIGHT_ENDS


def _one_of(text: str, allowed: tuple[int, ...], usual: int) -> int:
    return int(text) if text.isdigit() and int(text) in allowed else usual
