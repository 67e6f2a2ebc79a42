"""Pinyin of names, for sorting and for the search box; surnames read as surnames."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# Surnames whose usual reading is not their reading as a surname.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "查": "zha", "解": "xie", "任": "ren", "区": "ou",
    "朴": "piao", "翟": "zhai", "盖": "ge", "员": "yun", "召": "shao", "乐": "yue", "冼": "xian",
    "覃": "qin", "缪": "miao", "秘": "bi", "繁": "po", "黑": "he", "折": "she", "祭": "zhai",
    "么": "yao", "牟": "mu", "隗": "wei", "瞿": "qu", "葛": "ge", "薄": "bo", "洗": "xian",
    "华": "hua", "宁": "ning", "燕": "yan", "車": "che", "车": "che", "柏": "bai", "贾": "jia",
    "尉迟": "yu chi", "长孙": "zhang sun", "澹台": "tan tai", "万俟": "mo qi", "单于": "chan yu",
    "令狐": "ling hu", "夏侯": "xia hou", "鲜于": "xian yu",
}  # fmt: skip

_FIRST_OF_SURNAMES = frozenset(surname[0] for surname in _SURNAMES)

_DIGITS = "零一二三四五六七八九"
_TENS = {"十": 10, "百": 100}
# Chinese digits count as a number where one is meant: 第二…, …三组. In a person's name they do not.
_NUMBER = re.compile(
    r"[0-9]{1,9}|(?<=第)[零一二三四五六七八九十百]+|[零一二三四五六七八九十百]+(?=[组队社栋期])"
)


#: A line of the table, and a number greater than that of any character.
_LINE = re.compile(rb'\n"([0-9]+)": "([^"]*)"')
_BEHIND_ALL = sys.maxunicode + 1
#: Every line is longer than so many bytes.
_STEP = 8
#: The tones of the table, as Unicode takes them off a letter.
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))


@cache
def _table() -> bytes:
    """The readings of each character: lines of its number and its readings, by commas, the usual
    one first, in the order of the numbers.

    The table is pypinyin's, read past pypinyin itself and not taken apart: a village has a thousand
    characters of its forty thousand, and whoever enters the first name should not wait for all.
    """
    package = find_spec("pypinyin")
    assert package is not None  # noqa: S101
    assert package.submodule_search_locations is not None  # noqa: S101
    folder = Path(next(iter(package.submodule_search_locations)))
    return (folder / "pinyin_dict.json").read_bytes()


@cache
def _line_behind(place: int) -> tuple[int, str]:
    """The number and the readings in the first line that begins behind a place of the table. The
    first places that a search asks for are the same for every character."""
    line = _LINE.search(_table(), place)
    return (int(line[1]), line[2].decode()) if line else (_BEHIND_ALL, "")


def reading(character: str) -> str:
    """The usual reading of one character in lower-case letters without tones.

    Anything that is not Chinese comes back as it is, in lower case.
    """
    number = ord(character)
    places = range(0, len(_table()), _STEP)
    at = bisect_left(places, number, key=lambda place: _line_behind(place)[0])
    found, known = _line_behind(at * _STEP)
    return _without_tone(known.partition(",")[0]) if found == number else character.lower()


def _without_tone(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable).translate(_TONES)
    # As it is typed: 吕 is lv.
    return unicodedata.normalize("NFC", letters).replace("ü", "v")


class _Readings(dict[int, str]):
    """What each character met so far stands for, as ``str.translate`` asks for it: a first sync
    reads ten thousands of names, of a few thousand characters."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, number: int) -> str:
        formed = self[number] = self._form(reading(chr(number)))
        return formed


_SYLLABLES = _Readings(lambda syllable: f"{syllable} ")
_INITIALS = _Readings(lambda syllable: "".join(s[0] for s in syllable.split()))


def readings_of(name: str) -> tuple[str, ...]:
    """The readings of a name, each as syllables joined by spaces; as a surname first.

    >>> readings_of("单雄信")
    ('shan xiong xin', 'dan xiong xin')
    """
    plain = name.translate(_SYLLABLES)[:-1]
    surname, length = _surname_of(name)
    if not length:
        return (plain,)
    special = f"{surname} {name[length:].translate(_SYLLABLES)[:-1]}"
    return (special,) if length == 1 and special == plain else (special, plain)


def sort_key(name: str) -> str:
    """What a name sorts by: its first reading, numbers by their worth, then the characters.

    So 第二微网格 stands behind 第一微网格 and before 第十微网格, and 10组 behind 9组.
    """
    return keys_of(name)[0]


def _surname_of(name: str) -> tuple[str, int]:
    """The reading of a surname that is not the usual one, and how many characters it has; 0 where
    the name begins with no such surname, or is nothing else."""
    if name[:1] not in _FIRST_OF_SURNAMES:
        return "", 0
    for length in (2, 1):
        surname = _SURNAMES.get(name[:length])
        if surname and len(name) > length:
            return surname, length
    return "", 0


def _padded(number: re.Match[str]) -> str:
    return f"{_worth(number[0]):09d}"


def _worth(number: str) -> int:
    """The worth of a number in Arabic or Chinese digits: 二十三 is 23, 一百零五 is 105."""
    if number.isascii():
        return int(number)
    total = digit = 0
    for character in number:
        if character in _TENS:
            total += max(digit, 1) * _TENS[character]
            digit = 0
        else:
            digit = _DIGITS.index(character)
    return total + digit


def search_keys(name: str) -> str:
    """What finds a name: the characters, full pinyin and initials of each reading, by spaces."""
    return keys_of(name)[1]


def keys_of(name: str) -> tuple[str, str]:
    """What a name sorts by and what finds it, with its characters looked up once for both."""
    plain = name.translate(_SYLLABLES)
    first, found = plain[:-1], [name.lower(), plain.replace(" ", ""), name.translate(_INITIALS)]
    surname, length = _surname_of(name)
    if length:
        rest = name[length:]
        first = f"{surname} {rest.translate(_SYLLABLES)[:-1]}"
        initials = "".join(syllable[0] for syllable in surname.split())
        found[1:1] = [first.replace(" ", ""), initials + rest.translate(_INITIALS)]
    numbered = _NUMBER.sub(_padded, name)
    if numbered != name:
        first = readings_of(numbered)[0]
    return f"{first} {name}", " ".join(dict.fromkeys(found))
