"""Names are read as people read them; surnames as surnames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict

from desktop.pinyin import reading, readings_of, search_keys, sort_key


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("单雄信", "shan xiong xin"),
        ("曾国藩", "zeng guo fan"),
        ("仇英", "qiu ying"),
        ("查良镛", "zha liang yong"),
        ("解缙", "xie jin"),
        ("覃海洋", "qin hai yang"),
        ("任我行", "ren wo xing"),
        ("区寄", "ou ji"),
        ("朴正", "piao zheng"),
        ("盖叫天", "ge jiao tian"),
        ("华罗庚", "hua luo geng"),
        ("乐毅", "yue yi"),
        ("缪希雍", "miao xi yong"),
        ("尉迟恭", "yu chi gong"),
        ("单于冒", "chan yu mao"),
        ("长孙皇", "zhang sun huang"),
        ("万俟卨", "mo qi xie"),
        ("王芳", "wang fang"),
    ],
)
def test_a_surname_is_read_as_a_surname_first(name: str, first: str) -> None:
    assert readings_of(name)[0] == first


@pytest.mark.parametrize(("name", "keys"), [
    ("单雄信", {"单雄信", "shanxiongxin", "danxiongxin", "sxx", "dxx"}),
    ("曾荣", {"曾荣", "zengrong", "cengrong", "zr", "cr"}),
    ("欧阳修", {"欧阳修", "ouyangxiu", "oyx"}),
    ("尉迟恭", {"yuchigong", "ycg", "weichigong", "wcg"}),
    ("Anna", {"anna"}),
])  # fmt: skip
def test_a_name_is_found_by_both_readings_and_their_initials(name: str, keys: set[str]) -> None:
    found = set(search_keys(name).split())
    assert keys <= found
    assert name.lower() in found


def test_every_character_is_read_as_pypinyin_reads_it() -> None:
    wrong = {
        character: (reading(character), told)
        for number, readings in pinyin_dict.items()
        for character, told in [(chr(number), to_normal(readings.partition(",")[0]))]
        if reading(character) != told
    }
    assert wrong == {}


def test_a_given_name_is_not_read_as_a_surname() -> None:
    assert readings_of("王单") == ("wang dan",)
    assert readings_of("单") == ("dan",), "one character alone is no surname"


def test_names_sort_by_how_they_are_read() -> None:
    names = ["张三", "单丹", "阿英", "曾荣", "王芳", "沙僧"]
    assert sorted(names, key=sort_key) == ["阿英", "沙僧", "单丹", "王芳", "曾荣", "张三"]


def test_the_same_reading_sorts_by_the_characters() -> None:
    assert sort_key("张三") != sort_key("章三")
    assert sort_key("张三").split(" 张")[0] == sort_key("章三").split(" 章")[0]


@given(st.text(max_size=40))
def test_whatever_a_title_holds_it_can_be_read(title: str) -> None:
    assert all(isinstance(r, str) for r in readings_of(title))
    assert title.lower() in search_keys(title)
    assert sort_key(title).endswith(title)


@given(st.characters(max_codepoint=0x24F))
def test_what_is_not_chinese_is_read_as_itself(character: str) -> None:
    assert reading(character) == character.lower()


@given(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5))
def test_every_common_character_is_read_in_plain_letters(character: str) -> None:
    assert reading(character).isascii()
    assert reading(character).isalpha()


def test_numbers_in_names_sort_by_their_worth():
    grids = ["第十微网格", "第一微网格", "第二十三微网格", "第二微网格", "第一百零五微网格"]
    assert sorted(grids, key=sort_key) == [
        "第一微网格",
        "第二微网格",
        "第十微网格",
        "第二十三微网格",
        "第一百零五微网格",
    ]
    assert sorted(["10组", "9组", "十一组", "2组"], key=sort_key) == [
        "2组",
        "9组",
        "10组",
        "十一组",
    ]


def test_digits_in_a_persons_name_are_no_number():
    assert sort_key("万一") == "wan yi 万一"
