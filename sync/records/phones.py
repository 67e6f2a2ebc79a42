"""Telephone numbers as offices keep them."""

from __future__ import annotations

import re

_PHONE = re.compile(r"\+?[0-9]{5,15}(?:[/,、]\+?[0-9]{5,15})*")


def phone_problem(phone: str) -> str | None:
    """Return a Chinese sentence saying why ``phone`` cannot be dialled, or None.

    Landlines without an area code, short numbers and two numbers split by a slash are all kept in
    real registers, so only what is no number at all is refused.
    """
    return None if _PHONE.fullmatch(phone) else f"电话“{phone}”不像一个号码"
