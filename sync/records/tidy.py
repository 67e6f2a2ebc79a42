"""Tidying what offices type: full-width characters, stray spaces, leading apostrophes."""

from __future__ import annotations

import re

# U+FF01..U+FF5E are the full-width twins of printable ASCII. NFKC is not used: it would also
# replace compatibility ideographs, and with them rare characters in people's names.
_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(0x5E)} | {
    0x3000: " ",
    0x00A0: " ",
    0x200B: None,
    0xFEFF: None,
}
_SPACES = re.compile(r"\s+")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_DASHES_AND_BRACKETS = re.compile(r"[\-—–()]+")
# Line breaks of other systems are line breaks; a tab is a space.
_LINE_BREAK = re.compile(r"\r\n?|[\v\f\x1c-\x1e]")
_TAB = re.compile(r"[\t\x1f]")


def fold(text: str) -> str:
    """Fold full-width letters, digits and spaces to half-width; trim the ends."""
    return text.translate(_HALF_WIDTH).strip()


def line(text: str) -> str:
    """One line of text: folded, every run of white space a single space."""
    return _SPACES.sub(" ", fold(text))


def paragraph(text: str) -> str:
    """Text of several lines, its ends trimmed and its own punctuation left as typed."""
    return _TAB.sub(" ", _LINE_BREAK.sub("\n", text)).strip()


def person_name(text: str) -> str:
    """A person's name: spaces that only align Chinese names in a column (郭 忠 珍) go."""
    # The full-width dot is folded into a full stop otherwise.
    name = line(text.replace("•", "·").replace("．", "·"))
    return name.replace(" ", "") if _CJK.search(name) else name


def code(text: str) -> str:
    """A code or number kept as text (grid, household): no spaces, no apostrophe before it."""
    return _SPACES.sub("", fold(text).lstrip("'‘’`")).removesuffix(".0")


def digits(text: str) -> str:
    """A number to be dialled or compared: as a code, without dashes and brackets too."""
    return _DASHES_AND_BRACKETS.sub("", code(text))


def id_number(text: str) -> str:
    """An ID number as GB 11643 writes it: 18 characters, the check letter a capital X."""
    return digits(text).upper()
