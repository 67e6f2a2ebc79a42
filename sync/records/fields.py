"""The kinds of field a record can declare.

A field is declared once and serves the table, the form, the list, the Excel column, the mask,
the wire and the check on both ends. A value on its way in (typed, pasted, read from a cell) goes
through ``clean``, which forgives how it was written; a stored value goes through ``problem``,
which forgives nothing. Stored values are ``str``, ``int`` or ``None``, so that they mean the same
in both databases and in a message.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, Text, types

from sync.records import tidy
from sync.records.dates import is_iso_date, parse_date
from sync.records.moments import is_utc_moment, parse_moment, show_moment

Value = str | int | None

# What nobody sees: control characters, halves of surrogate pairs, zero-width space and mark.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\u200b\ufeff]")
# What is not kept: the same, and white space that is no plain space. A line of several may end.
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_NOT_IN_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"[0-9A-Za-z._:-]{1,64}")
# Far beyond all that a number may be, and near enough that it fits into memory.
_MAGNITUDE = 20


class Privacy(enum.Enum):
    """Who may read a field at a glance (PIPL, 个人信息保护法)."""

    OPEN = "open"
    PERSONAL = "personal"  # masked unless asked for; each full view is logged
    SENSITIVE = "sensitive"  # as personal, and left out of exports unless chosen


class FieldError(ValueError):
    """What was typed cannot be kept; the message is a Chinese sentence for the cadre."""


@dataclass(frozen=True)
class Field:
    """What every kind of field declares.

    ``label`` is the Chinese name on form, list and sheet; ``aliases`` are other headers offices use
    for it; ``fixed`` fields never change after the record was written; ``unique`` values belong to
    one live record of an area; records are looked up by ``sought`` ones, so they have an index;
    ``absent`` is read where nothing stands; ``total`` names the sum the county prints for a number;
    ``inner`` ones are filled in by the program and say nothing to a cadre (ids, checksums).
    """

    label: str
    _: KW_ONLY
    required: bool = False
    default: Value = None
    privacy: Privacy = Privacy.OPEN
    fixed: bool = False
    unique: bool = False
    sought: bool = False
    aliases: tuple[str, ...] = ()
    hint: str = ""
    absent: str = ""
    total: str = ""
    inner: bool = False
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    @property
    def sql_type(self) -> types.TypeEngine[Any]:
        """The column's type in both databases."""
        return Text()

    def clean(self, raw: object) -> Value:
        """Turn what was typed or read from a cell into the stored value; raise FieldError."""
        text = "" if raw is None else tidy.line(_UNSEEN.sub("", str(raw)))
        return self._parse(raw, text) if text else None

    def problem(self, value: Value) -> str | None:
        """Return a Chinese sentence saying why a stored value is not allowed, or None."""
        if value is None:
            return f"{self.label}没有填" if self.required else None
        return self._problem(value)

    def all_well(self, values: Collection[Value]) -> bool:
        """Whether nothing is wrong with any of many values. It may say no where nothing is: then
        ``problem`` finds out, one by one."""
        return not any(map(self.problem, values))

    def show(self, value: Value) -> str:
        """The value as a cadre reads it; empty text for nothing."""
        return "" if value is None else str(value)

    def tell(self, value: Value) -> str:
        """The value in words for somebody who compares two of them; as it is shown, unless that
        says nothing to a person."""
        return self.show(value)

    def to_json(self, value: Value) -> str | int | float | None:
        """The value as programs read it, in the unit that people type."""
        return value

    def mask(self, value: Value) -> str:
        """The value with its personal middle hidden; open fields are shown whole."""
        shown = self.show(value)
        if self.privacy is Privacy.SENSITIVE:
            # A word of a few characters is known by its first.
            return "***" if shown else ""
        return shown if self.privacy is Privacy.OPEN else mask_text(shown)

    @property
    def masked(self) -> bool:
        """Whether the field is hidden until a full view is asked for."""
        return self.privacy is not Privacy.OPEN

    def _parse(self, raw: object, text: str) -> Value:
        return text

    def _problem(self, value: str | int) -> str | None:
        return None if isinstance(value, str) else f"{self.label}应是文字"


def mask_text(text: str) -> str:
    """Hide the middle of a text: an ID number keeps 6+2, a phone 3+2, other texts their first."""
    is_number = text[:-1].isdigit()  # two telephone numbers by a slash may have 18 characters too
    head, tail = {18: (6, 2), 11: (3, 2)}.get(len(text), (1, 0)) if is_number else (1, 0)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


@dataclass(frozen=True)
class Words(Field):
    """Text of one line, or of several with ``multiline``; at most ``longest`` characters."""

    longest: int = 200
    multiline: bool = False
    tidy: Callable[[str], str] | None = None
    validator: Callable[[str], str | None] | None = None

    def clean(self, raw: object) -> Value:
        """Tidy the text in the field's own way; nothing but white space is nothing."""
        if raw is None:
            return None
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        tidy_up = self.tidy or (tidy.paragraph if self.multiline else tidy.line)
        return tidy_up(_UNSEEN.sub("", str(raw))) or None

    def _problem(self, value: str | int) -> str | None:
        if not isinstance(value, str):
            return f"{self.label}应是文字"
        if not value.strip():
            return f"{self.label}没有填"
        if len(value) > self.longest:
            return f"{self.label}最多{self.longest}个字，现在有{len(value)}个"
        if (_NOT_IN_LINES if self.multiline else _NOT_IN_A_LINE).search(value):
            return f"{self.label}里有不能保存的字符"
        return self.validator(value) if self.validator else None

    def all_well(self, values: Collection[Value]) -> bool:
        """As for every field; along all values at once, which takes a fraction of the time."""
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) + (0 if self.required else sum(v is None for v in values)) < len(values):
            return False
        unkept = _NOT_IN_LINES if self.multiline else _NOT_IN_A_LINE
        return (
            all(map(str.strip, texts))
            and max(map(len, texts), default=0) <= self.longest
            and not unkept.search(" ".join(texts))
            and not (self.validator and any(map(self.validator, texts)))
        )


@dataclass(frozen=True)
class Number(Field):
    """A whole number within ``least`` and ``most``, in ``unit``."""

    least: int = 0
    most: int = 1_000_000_000
    unit: str = ""

    @property
    def sql_type(self) -> types.TypeEngine[Any]:
        """Whole numbers of 64 bits."""
        return BigInteger()

    def _parse(self, raw: object, text: str) -> Value:
        try:
            number = Decimal(text.replace(",", "").removesuffix(self.unit or "\0"))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or (number and abs(number.adjusted()) > _MAGNITUDE):
            raise FieldError(f"{self.label}应是数字，现在是“{text}”")
        return self._whole(Fraction(number))

    def _whole(self, number: Fraction) -> int:
        if number.denominator != 1:
            raise FieldError(f"{self.label}应是整数")
        return int(number)

    def _problem(self, value: str | int) -> str | None:
        if type(value) is not int:
            return f"{self.label}应是数字"
        if not self.least <= value <= self.most:
            return f"{self.label}应在{self.show(self.least)}到{self.show(self.most)}之间"
        return None


@dataclass(frozen=True)
class Money(Number):
    """An amount of money, typed in yuan (元), kept in fen (分) so that sums are exact."""

    most: int = 10_000_000_000_00
    unit: str = "元"

    def _whole(self, number: Fraction) -> int:
        fen = number * 100
        if fen.denominator != 1:
            raise FieldError(f"{self.label}最多写到分，例如 1234.56")
        return int(fen)

    def to_json(self, value: Value) -> str | int | float | None:
        """Yuan: a whole number where there are no fen."""
        if not isinstance(value, int):
            return value
        return value // 100 if value % 100 == 0 else value / 100

    def show(self, value: Value) -> str:
        """Yuan with two decimals and thousands separated; empty for nothing."""
        return "" if not isinstance(value, int) else f"{Decimal(value) / 100:,.2f}"


@dataclass(frozen=True)
class Day(Field):
    """A calendar day kept as ``YYYY-MM-DD``; with ``partial`` also ``YYYY-MM``."""

    partial: bool = False

    def _parse(self, raw: object, text: str) -> Value:
        try:
            return parse_date(text if isinstance(raw, str) else raw, partial=self.partial)
        except (ValueError, OverflowError):
            sentence = f"{self.label}看不懂“{text}”，请写成 2026-11-25 的样子"
            raise FieldError(sentence) from None

    def _problem(self, value: str | int) -> str | None:
        if isinstance(value, str) and is_iso_date(value, partial=self.partial):
            return None
        return f"{self.label}不是一个日期"


@dataclass(frozen=True)
class Moment(Field):
    """A moment to the second, kept in UTC as ``2026-11-25T06:30:00+00:00``, so that texts sort as
    moments do; typed and shown as the clock stands in China."""

    def _parse(self, raw: object, text: str) -> Value:
        try:
            return parse_moment(text if isinstance(raw, str) else raw)
        except (ValueError, OverflowError):
            sentence = f"{self.label}看不懂“{text}”，请写成 2026-11-25 14:30 的样子"
            raise FieldError(sentence) from None

    def _problem(self, value: str | int) -> str | None:
        if isinstance(value, str) and is_utc_moment(value):
            return None
        return f"{self.label}不是一个时间"

    def show(self, value: Value) -> str:
        """The moment by the clock in China, without seconds where there are none."""
        return show_moment(value) if isinstance(value, str) else ""


@dataclass(frozen=True)
class Choice(Field):
    """One of ``options``: stored code → Chinese word. Either may be typed; the code is kept.

    ``also`` holds other words that offices write: word → code.
    """

    options: tuple[tuple[str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()

    def _parse(self, raw: object, text: str) -> Value:
        for code, word in self.options:
            if text in (code, word):
                return code
        for word, code in self.also:
            if text == word:
                return code
        words = "、".join(word for _, word in self.options)
        raise FieldError(f"{self.label}只能是：{words}")

    def _problem(self, value: str | int) -> str | None:
        if any(value == code for code, _ in self.options):
            return None
        words = "、".join(word for _, word in self.options)
        return f"{self.label}只能是：{words}"

    def show(self, value: Value) -> str:
        """The Chinese word for the stored code."""
        return next((word for code, word in self.options if code == value), Field.show(self, value))


@dataclass(frozen=True)
class Reference(Field):
    """The id of another record of kind ``to``, in the same area."""

    to: str = ""

    def _problem(self, value: str | int) -> str | None:
        if isinstance(value, str) and _ID.fullmatch(value):
            return None
        return f"{self.label}没有选对"


@dataclass(frozen=True)
class Published(Reference):
    """The id ``<list>.<code>`` of an item of a list that the county publishes.

    Such items (``sync.records.lists.ListItem``) lie in the county's own area, not in the village's:
    nothing here holds them fast, and no record belongs to them.
    """

    to: str = "list_item"
    list: str = ""

    def _parse(self, raw: object, text: str) -> Value:
        # Programs may leave the list out.
        return text if "." in text else f"{self.list}.{text}"

    def _problem(self, value: str | int) -> str | None:
        if isinstance(value, str) and not value.startswith(f"{self.list}."):
            return f"{self.label}没有选对"
        return super()._problem(value)
