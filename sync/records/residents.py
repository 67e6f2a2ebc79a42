"""Households (户) and residents (居民), named after GB/T 31000."""

from __future__ import annotations

from sync.records import tidy
from sync.records.base import Kept
from sync.records.fields import Choice, Day, Privacy, Reference, Value, Words
from sync.records.id_number import birth_date_of, id_number_problem, sex_of
from sync.records.phones import phone_problem

SEX = (("male", "男"), ("female", "女"))


class Household(Kept):
    """A household (户): people who live together, with one head (户主)."""

    label = "家庭户"
    title = "head"
    searched = ("number", "address")
    counted = True

    head = Words(
        "户主", required=True, longest=50, tidy=tidy.person_name, aliases=("户主姓名", "姓名")
    )
    number = Words("户号", longest=30, tidy=tidy.code, aliases=("户编号", "家庭编号"))
    address = Words("住址", longest=200, aliases=("家庭住址", "地址", "门牌号"))
    grid = Reference("所在网格", to="grid", aliases=("网格", "微网格"))
    note = Words("备注", longest=500, multiline=True)


class Resident(Kept):
    """A person who lives in the village or is registered there (常住人口, 户籍人口)."""

    label = "居民"
    title = "name"
    searched = ("id_number", "phone", "address")
    counted = True
    natural_key = "id_number"

    name = Words(
        "姓名",
        required=True,
        longest=50,
        tidy=tidy.person_name,
        aliases=("名字", "居民姓名", "人员姓名", "成员姓名", "户籍人口姓名"),
    )
    id_number = Words(
        "身份证号码",
        longest=18,
        privacy=Privacy.PERSONAL,
        unique=True,
        tidy=tidy.id_number,
        validator=id_number_problem,
        aliases=(
            "身份证号",
            "身份证",
            "公民身份号码",
            "公民身份证号码",
            "居民身份证号码",
            "居民身份证号",
            "身份号码",
            "证件号码",
            "证件号",
        ),
    )
    sex = Choice(
        "性别",
        options=SEX,
        also=(("男性", "male"), ("女性", "female"), ("M", "male"), ("F", "female")),
    )
    birth_date = Day(
        "出生日期", partial=True, aliases=("出生年月", "出生年月日", "出生时间", "生日", "出生")
    )
    phone = Words(
        "联系电话",
        longest=60,
        privacy=Privacy.PERSONAL,
        tidy=tidy.digits,
        validator=phone_problem,
        aliases=("联系方式", "电话", "手机", "手机号", "手机号码", "电话号码", "本人电话"),
    )
    address = Words(
        "住址",
        longest=200,
        aliases=(
            "家庭住址",
            "现住址",
            "居住地址",
            "地址",
            "家庭地址",
            "详细地址",
            "户籍地址",
            "现居住地址",
            "居住地",
            "户籍所在地",
        ),
    )
    relation = Words(
        "与户主关系", longest=20, aliases=("关系", "与户主的关系", "家庭关系", "户主关系")
    )
    political_status = Words("政治面貌", longest=20, privacy=Privacy.SENSITIVE, aliases=("面貌",))
    household = Reference("所属家庭户", to="household")
    grid = Reference("所在网格", to="grid", aliases=("网格", "微网格"))
    note = Words("备注", longest=500, multiline=True, aliases=("说明",))

    @classmethod
    def complete(cls, values: dict[str, Value]) -> dict[str, Value]:
        """An ID number gives the birth date and, where none was written, the sex."""
        number = values.get("id_number")
        if isinstance(number, str) and id_number_problem(number) is None:
            values["birth_date"] = birth_date_of(number)
            values["sex"] = values.get("sex") or sex_of(number)
        return values
