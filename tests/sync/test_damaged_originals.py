"""An original that is damaged comes again from the county, and nothing else is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.attachments.service import Incoming
from desktop.storage.errors import FileDamaged
from sync.client.ports import NoLine
from tests.support.faulty_line import Plan
from tests.support.files_here import FileFault
from tests.support.photos import photo
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages, unasked


@pytest.fixture
def villages() -> Iterator[Villages]:
    with unasked() as made:
        yield made


@pytest.fixture
def attachment(villages: Villages) -> str:
    """A photo that one PC has added and sent, and that another knows of."""
    one, two = villages.pcs[:2]
    resident = villages.write(one, Write("create", "resident", 0, (("name", "王芳"),)))
    assert resident is not None
    made = one.attach("resident", resident, Incoming("1.jpg", photo(1, (800, 600))))
    villages.sync(one)
    villages.sync(two)
    return made


def path_of(pc: VillagePc, attachment: str) -> Path:
    return pc.store.files._path(str(pc.attachments.one(attachment).row.values["sha256"]))


def damage(pc: VillagePc, attachment: str) -> bytes:
    """A bit turns over on the disk; what lies there now."""
    path = path_of(pc, attachment)
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(FileDamaged), pc.attachments.open(attachment) as file:
        file.read()
    return bytes(data)


def original(pc: VillagePc, attachment: str) -> bytes:
    with pc.attachments.open(attachment) as file:
        return file.read()


def test_what_is_damaged_here_is_fetched_again_when_somebody_asks(
    villages: Villages, attachment: str
) -> None:
    one, two = villages.pcs[:2]
    assert two.attachments.fetch(attachment)
    whole = original(two, attachment)
    for pc in (one, two):
        damage(pc, attachment)
        assert pc.attachments.fetch(attachment)
        assert original(pc, attachment) == whole


def test_what_is_damaged_here_stays_until_a_good_one_has_come(
    villages: Villages, attachment: str
) -> None:
    two = villages.pcs[1]
    assert two.attachments.fetch(attachment)
    left = damage(two, attachment)
    for faults in (FileFault.GONE,), (FileFault.FLIP_ANSWER,) * 9:
        with pytest.raises(NoLine):
            two.attachments_over(Plan(files=faults, place=5000)).fetch(attachment)
        assert path_of(two, attachment).read_bytes() == left


def test_what_is_damaged_on_its_way_comes_once_more(villages: Villages, attachment: str) -> None:
    two = villages.pcs[1]
    over = two.attachments_over(Plan(files=(FileFault.FLIP_ANSWER,), place=5000))
    assert over.fetch(attachment)
    assert original(two, attachment) == original(villages.pcs[0], attachment)


def test_what_is_always_damaged_on_its_way_is_told_as_that(
    villages: Villages, attachment: str
) -> None:
    two = villages.pcs[1]
    over = two.attachments_over(Plan(files=(FileFault.FLIP_ANSWER,) * 9, place=5000))
    with pytest.raises(NoLine, match="线路太差"):
        over.fetch(attachment)
    assert not two.attachments.one(attachment).here


def test_a_damaged_one_that_the_county_never_had_is_to_be_added_again(villages: Villages) -> None:
    one = villages.pcs[0]
    resident = villages.write(one, Write("create", "resident", 0, (("name", "王芳"),)))
    assert resident is not None
    made = one.attach("resident", resident, Incoming("1.jpg", photo(1)))
    left = damage(one, made)
    with pytest.raises(FileDamaged) as fault:
        one.attachments.fetch(made)
    assert "县里也取不到" in fault.value.sentence
    assert "再添加一次" in fault.value.sentence
    assert path_of(one, made).read_bytes() == left
