"""Who added or deleted a photo, or drew a border, stands in the history of what it belongs to."""

from __future__ import annotations

from desktop.attachments.service import Incoming
from desktop.grids.boundaries_service import Boundaries
from desktop.register.history import History
from desktop.register.steps import Step
from desktop.syncing.conflicts import COUNTY
from sync.records import Attachment, Grid, Resident, Value
from sync.records.shapes import read_shape
from tests.desktop.register.two_offices import choose, edit, person, rest, steps
from tests.support.photos import photo
from tests.support.shapes import square
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages


def shown(step: Step) -> tuple[str, str, str, str]:
    return (step.part, step.operation, step.by, step.device)


def pc_photo(pc: VillagePc, record: str, name: str, seed: int = 0) -> str:
    return pc.attach(Resident.kind, record, Incoming(name, photo(seed, (64, 48))))


def day(number: int) -> str:
    return f"2027-03-0{number}T09:00:00+08:00"


def edit_at(pc: VillagePc, record: str, number: int, **values: str) -> None:
    pc.write(Resident, record, lambda w: w.edit(Resident, record, values), day(number))


def test_who_added_and_who_deleted_a_photo_is_told_in_the_history_of_its_record(
    villages: Villages,
) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    kept = pc_photo(here, record, "门口.jpg", 10)
    gone = pc_photo(here, record, "院子.jpg", 20)
    assert [shown(step)[:2] for step in steps(here, record)[:2]] == [("photo", "create")] * 2
    assert steps(here, record)[0].how == "waiting"
    rest(villages)
    there.write(Attachment, gone, lambda w: w.delete(Attachment, gone), "")
    rest(villages)
    for pc in (here, there):
        deleted, *added = steps(pc, record)[:3]
        assert shown(deleted) == ("photo", "delete", "电脑1的会计", "电脑1")
        assert deleted.name == "院子.jpg"
        assert {step.name for step in added} == {"门口.jpg", "院子.jpg"}
        where = "电脑0" if pc is here else ""
        assert {shown(step) for step in added} == {("photo", "create", "电脑0的会计", where)}
    assert kept != gone


def test_a_photo_that_was_brought_back_says_so(villages: Villages) -> None:
    here = villages.pcs[0]
    record = person(villages)
    photo_id = pc_photo(here, record, "门口.jpg", 10)
    rest(villages)
    here.write(Attachment, photo_id, lambda w: w.delete(Attachment, photo_id), "")
    rest(villages)
    here.write(Attachment, photo_id, lambda w: w.bring_back(Attachment, photo_id, {}), "")
    assert [step.operation for step in steps(here, record)] == [
        "back",
        "delete",
        "create",
        "create",
    ]


def test_a_photo_lies_between_the_changes_before_and_after_it(villages: Villages) -> None:
    here = villages.pcs[0]
    record = person(villages)
    hung: dict[str, Value] = {"record_kind": "resident", "record": record, "name": "门口.jpg"}
    file: dict[str, Value] = {"media_type": "image/jpeg", "sha256": "0" * 64, "size": 1}
    edit_at(here, record, 1, note="先")
    here.write(Attachment, "", lambda w: w.create(Attachment, hung | file), day(2))
    edit_at(here, record, 3, note="后")
    told = [(step.part, step.operation) for step in steps(here, record)]
    assert told == [("", "edit"), ("photo", "create"), ("", "edit"), ("", "create")]


def test_nothing_of_a_photo_or_a_border_is_shown_but_its_name(villages: Villages) -> None:
    here = villages.pcs[0]
    record = person(villages)
    pc_photo(here, record, "门口.jpg", 10)
    added = steps(here, record)[0]
    assert (added.changes, added.lost, added.left) == ((), (), ())


def test_who_drew_redrew_and_took_away_a_border_is_told_in_the_history_of_its_grid(
    villages: Villages,
) -> None:
    here, there = villages.pcs[:2]
    grid = str(villages.write(here, Write("create", Grid.kind, 0, (("name", "一组"),))))
    rest(villages)
    Boundaries(here.store).draw(grid, read_shape(square()))
    rest(villages)
    Boundaries(there.store).draw(grid, read_shape(square(0.01)))
    here.write(Grid, grid, lambda w: w.edit(Grid, grid, {"name": "二组"}), "")
    rest(villages)
    Boundaries(here.store).remove(grid)
    rest(villages)
    for pc in (here, there):
        told = [shown(step) for step in steps(pc, grid, Grid.kind) if step.part]
        assert told == [
            ("boundary", "delete", "电脑0的会计", "电脑0"),
            ("boundary", "edit", "电脑1的会计", "电脑1"),
            ("boundary", "create", "电脑0的会计", "电脑0" if pc is here else ""),
        ]


def test_a_border_that_two_pcs_drew_tells_both_and_the_choice(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    grid = str(villages.write(here, Write("create", Grid.kind, 0, (("name", "一组"),))))
    rest(villages)
    Boundaries(here.store).draw(grid, read_shape(square()))
    Boundaries(there.store).draw(grid, read_shape(square(0.01)))
    rest(villages)
    choose(here, "现场量过", shape=COUNTY)
    rest(villages)
    for pc in (here, there):
        chosen, second, first = [s for s in steps(pc, grid, Grid.kind) if s.part]
        assert shown(chosen) == ("boundary", "choose", "电脑0的会计", "电脑0")
        assert (chosen.reason, chosen.how) == ("现场量过", "chosen")
        assert (shown(second), second.how) == (
            ("boundary", "create", "电脑1的会计", "电脑1"),
            "conflict",
        )
        assert shown(first) == ("boundary", "create", "电脑0的会计", "电脑0")


def test_the_makers_of_a_record_are_not_those_of_its_photos(villages: Villages) -> None:
    here = villages.pcs[0]
    record = person(villages)
    pc_photo(here, record, "门口.jpg", 10)
    edit(here, record, note="x")
    assert len(History(here.store).of(Resident.kind, record, limit=2)) == 2
