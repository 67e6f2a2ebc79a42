"""Made-up residents by seed: right ID numbers, ordinary and rare names, about 300 bytes each."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator

from stdnum.cn.ric import calc_check_digit

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红波辉燕建国志龙飞鹏宇浩然欣怡䶮龘"
_RELATIONS = ("户主", "配偶", "子", "女", "父", "母", "孙子", "孙女")
_STATUS = ("群众", "群众", "群众", "中共党员", "共青团员")


def people(count: int, seed: int = 1, first: int = 0) -> Iterator[dict[str, str | int | None]]:
    """Residents as stored values, each with an ID number of its own.

    ``first`` is the number of the first: those of other numbers are other people.
    """
    chance = random.Random(seed)
    day_one = datetime.date(1935, 1, 1)
    for number in range(first, first + count):
        born = day_one + datetime.timedelta(days=number % 32_000)
        body = f"510183{born:%Y%m%d}{(number // 32_000) * 2 + chance.choice((0, 1)):03d}"
        name = chance.choice(_SURNAMES) + "".join(
            chance.choice(_GIVEN) for _ in range(chance.choice((1, 2, 2)))
        )
        yield {
            "name": name,
            "id_number": body + calc_check_digit(body + "0"),
            "phone": f"1{chance.choice('3589')}{chance.randrange(10**9):09d}",
            "address": f"{chance.randint(1, 18)}组{chance.randint(1, 99)}号",
            "relation": chance.choice(_RELATIONS),
            "political_status": chance.choice(_STATUS),
            "note": f"{chance.choice(('务农', '外出务工', '在校', '经商'))}，{born.year}年迁入",
        }


def an_address(chance: random.Random) -> str:
    """An address that hardly anybody had before."""
    return f"{chance.randint(1, 18)}组{chance.randint(100, 999)}号"
