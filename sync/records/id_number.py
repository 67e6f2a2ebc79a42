"""Citizen ID numbers (公民身份号码, GB 11643): what is wrong with one, and what it says."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

from stdnum.cn import ric

LENGTH = 18
_FORM = re.compile(r"[0-9]{17}[0-9X]")


# A form asks again at each key; a register of ten thousands is not kept in memory for it.
@lru_cache(maxsize=1024)
def id_number_problem(number: str) -> str | None:
    """Return a Chinese sentence saying why ``number`` is no ID number, or None if it is one.

    Checks length, digits, birth date and check character. The place code is not checked: people
    keep numbers of counties that were dissolved long ago.
    """
    if not _FORM.fullmatch(number):
        return _form_problem(number)
    try:
        # Read as one text of eight digits, for a register brings ten thousands.
        datetime.date.fromisoformat(number[6:14])
    except ValueError:
        return "身份证号码里的出生日期不存在"
    if ric.calc_check_digit(number) != number[17]:
        return "身份证号码最后一位校验不符，请对照证件核对"
    return None


def _form_problem(number: str) -> str:
    if len(number) != LENGTH:
        return f"身份证号码应为18位，现在是{len(number)}位"
    return "身份证号码只能是17位数字加一位数字或X"


def birth_date_of(number: str) -> str | None:
    """Return the birth date in an ID number as ``YYYY-MM-DD``, None where it is no day."""
    day = number[6:14]
    try:
        return datetime.date.fromisoformat(day).isoformat() if day.isdecimal() else None
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """Return ``male`` or ``female`` by the sequence digit of a valid ID number."""
    return "male" if int(number[16]) % 2 else "female"
