"""Pinyin of names, for sorting and for the search box; surnames read as surnames."""

from __future__ import annotations

import re
from functools import lru_cache

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

_DIGITS = "零一二三四五六七八九"
_TENS = {"十": 10, "百": 100}
# Chinese digits count as a number where one is meant: 第二…, …三组. In a person's name they do not.
_NUMBER = re.compile(
    r"[0-9]{1,9}|(?<=第)[零一二三四五六七八九十百]+|[零一二三四五六七八九十百]+(?=[组队社栋期])"
)


@lru_cache(maxsize=65536)
def reading(character: str) -> str:
    """The usual reading of one character in lower-case letters without tones.

    Anything that is not Chinese comes back as it is, in lower case.
    """
    # pypinyin takes 0.2 s to import: the window opens without it. Its dictionary of characters is
    # asked directly, because names are no phrases and its phrases take long to prepare.
    from pypinyin.contrib.tone_convert import to_normal
    from pypinyin.pinyin_dict import pinyin_dict

    known = pinyin_dict.get(ord(character))
    return str(to_normal(known.split(",")[0])) if known else character.lower()


@lru_cache(maxsize=65536)
def readings_of(name: str) -> tuple[str, ...]:
    """The readings of a name, each as syllables joined by spaces; as a surname first.

    >>> readings_of("单雄信")
    ('shan xiong xin', 'dan xiong xin')
    """
    usual = [reading(character) for character in name]
    for length in (2, 1):
        surname = _SURNAMES.get(name[:length])
        if surname and len(name) > length:
            special = " ".join([surname, *usual[length:]])
            plain = " ".join(usual)
            return (special,) if length == 1 and special == plain else (special, plain)
    return (" ".join(usual),)


@lru_cache(maxsize=65536)
def sort_key(name: str) -> str:
    """What a name sorts by: its first reading, numbers by their worth, then the characters.

    So 第二微网格 stands behind 第一微网格 and before 第十微网格, and 10组 behind 9组.
    """
    return f"{readings_of(_NUMBER.sub(_padded, name))[0]} {name}"


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


@lru_cache(maxsize=65536)
def search_keys(name: str) -> str:
    """What finds a name: the characters, full pinyin and initials of each reading, by spaces."""
    keys = [name.lower()]
    for syllables in readings_of(name):
        keys.append(syllables.replace(" ", ""))
        keys.append("".join(syllable[0] for syllable in syllables.split()))
    return " ".join(dict.fromkeys(keys))
