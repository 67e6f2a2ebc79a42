"""How a conflict is told. No Qt."""

from __future__ import annotations

from desktop.syncing.conflicts import COUNTY, WHOLE, Alike, OpenConflict, Who
from desktop.widgets.words import when


def who_words(who: Who) -> str:
    """Who wrote something, when, and on which PC; '' where nothing of it is known."""
    return " · ".join(part for part in (who.by, when(who.at), who.device) if part)


def version_words(conflict: OpenConflict, side: str) -> str:
    """One version, masked: its value, or a line a field where more than one differs."""
    sides = [(one, one.county if side == COUNTY else one.other) for one in conflict.differences]
    if len(sides) == 1 and sides[0][0].name == WHOLE:
        return sides[0][1].masked
    said = [(one.label, told.masked.replace("\n", " ")) for one, told in sides]
    return said[0][1] if len(said) == 1 else "\n".join(f"{name}：{value}" for name, value in said)


def question_words(alike: Alike) -> str:
    """What alike conflicts are about: 「“所在网格”填得不一样」."""
    return f"“{'、'.join(alike.labels)}”填得不一样" if alike.labels else "一台电脑改了，另一台删了"


def more_words(alike: Alike) -> str:
    """How many others ask the same as an opened one; '' for none."""
    others = len(alike.ids) - 1
    if not others:
        return ""
    pcs = "也是这两台电脑"
    if not alike.county_device:
        pcs = f"另一份也是“{alike.other_device}”填的" if alike.other_device else ""
    whose = f"{alike.kind_label}的" if alike.labels else ""
    about = f"{whose}{question_words(alike)}"
    return f"还有 {others:,} 条同样的冲突：{'，'.join(part for part in (pcs, about) if part)}。"
