"""The lists that the county edits: published as records, given out as sheets, never taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync.records.lists import ListError, default_lists, read_items
from sync.server.errors import ServerError
from sync.server.lists import publish_defaults, publish_sheet, sheet_of
from sync.server.sheets import text_of
from tests.sync.server.enrolled import load_villages
from tests.sync.server.pcs import COUNTY, Pc, at_county, codes, count_of, create, reasons

LIST = "party_role"


@pytest.fixture
def published(county: Engine) -> Engine:
    """A county that has published the lists the program comes with."""
    load_villages(county)
    return county


def sheet(folder: Path, text: str, name: str = LIST) -> Path:
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_list_the_program_comes_with_can_be_read() -> None:
    for name, items in default_lists().items():
        assert items, name
        assert all(item.startswith(f"{name}.") for item in items)


def test_defaults_are_published_once_and_reach_a_village(published: Engine) -> None:
    assert publish_defaults(published) == 0, "they were published as the county was made"
    pc = Pc(published, "one")
    pc.read_all()
    assert pc.row("list_item", f"{LIST}.secretary")["name"] == "书记"
    wanted = sum(len(items) for items in default_lists().values())
    assert count_of(published, "list_item", COUNTY) == wanted


def test_what_a_county_published_itself_is_not_overwritten_by_defaults(
    published: Engine, tmp_path: Path
) -> None:
    publish_sheet(published, sheet(tmp_path, "code,label\nsecretary,支部书记\n"))
    assert publish_defaults(published) == 0
    item = at_county(published, "list_item", f"{LIST}.secretary", COUNTY)
    assert item["name"] == "支部书记"


def test_an_item_that_a_new_sheet_lacks_is_retired_and_still_means_what_it_meant(
    published: Engine, tmp_path: Path
) -> None:
    loaded = publish_sheet(published, sheet(tmp_path, "code,label\nmember,党员\nnew,新的\n"))
    assert loaded.added == 1
    item = at_county(published, "list_item", f"{LIST}.secretary", COUNTY)
    assert (item["name"], item["retired"], item["deleted"]) == ("书记", "yes", 0)
    # A PC that has not read the new list yet may still write it.
    pc = Pc(published, "one")
    organisation = create("party_organisation", "organisation", name="第一党支部")
    member = create(
        "party_member", "m", name="王芳", organisation="organisation", role=f"{LIST}.secretary"
    )
    assert codes(pc.send(organisation, member)) == ["accepted", "accepted"]


def test_a_sheet_that_is_given_out_and_published_unchanged_changes_nothing(
    published: Engine, tmp_path: Path
) -> None:
    loaded = publish_sheet(published, sheet(tmp_path, sheet_of(published, LIST)))
    assert (loaded.added, loaded.changed) == (0, 0)


def test_a_value_that_is_on_no_published_list_is_refused(published: Engine) -> None:
    pc = Pc(published, "one")
    pc.send(create("party_organisation", "organisation", name="第一党支部"))
    told = pc.send(
        create("party_member", "m", name="王芳", organisation="organisation", role=f"{LIST}.king"),
        create("party_member", "n", name="李军", organisation="organisation", role="grid.king"),
    )
    assert codes(told) == ["rejected", "rejected"]
    assert all("党内职务" in reason for reason in reasons(told))


def test_a_village_cannot_write_the_countys_lists(published: Engine) -> None:
    told = Pc(published, "one").send(
        create("list_item", f"{LIST}.x", list_name=LIST, code="x", name="自己加的", place=1)
    )
    assert codes(told) == ["rejected"]
    assert "县里统一维护" in reasons(told)[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code\na\n", "缺少这些列：label"),
        ("code,label\n", "一项也没有"),
        ("code,label\na,甲\na,乙\n", "第3行：代码“a”出现了两次"),
        ("code,label\n甲,甲\n", "第2行：代码只能用"),
        ("code,label\na,\n", "第2行：名称没有填"),
        ("code,label,number\na,甲,很多\n", "第2行：数值应是数字"),
    ],
)
def test_a_wrong_sheet_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ListError, match=sentence):
        read_items(LIST, text)


def test_a_sheet_of_no_known_list_is_refused_with_the_names_there_are(
    published: Engine, tmp_path: Path
) -> None:
    with pytest.raises(ServerError, match=r"没有叫“colours”的清单.*party_role"):
        publish_sheet(published, sheet(tmp_path, "code,label\na,甲\n", "colours"))
    with pytest.raises(ServerError, match="没有叫“colours”的清单"):
        sheet_of(published, "colours")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_sheet_is_read_as_offices_programs_save_it(
    tmp_path: Path, encoding: str, end: str
) -> None:
    """Cells that were emptied leave lines and columns of nothing; a note may be of two lines."""
    head, note = "code,label,number,unit,parent,note,,", '"第一行\n第二行"'
    lines = [head, f"member,党员,,,,{note},,", "", ",,,,,,,", "new,新的,,,,,,", ",,,,,,,", ""]
    path = tmp_path / f"{LIST}.csv"
    path.write_bytes(end.join(lines).encode(encoding))
    items = read_items(LIST, text_of(path, "清单"))
    assert [(i["name"], i["place"], i["note"]) for i in items.values()] == [
        ("党员", 1, "第一行 第二行"),
        ("新的", 2, None),
    ]


def test_a_sheet_that_no_program_can_read_is_refused_in_words() -> None:
    with pytest.raises(ListError, match="清单“party_role”"):
        read_items(LIST, "code,label\na," + "甲" * 200_000 + "\n")
