"""Photos and documents are taken as they should be, or refused at once and in words."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from desktop.attachments.documents import SORTS
from desktop.attachments.faults import NotTaken
from desktop.attachments.limits import NEVER, NIGHT, may_go
from desktop.attachments.service import Attached, Attachments, Incoming, Taken
from desktop.register.service import RecordInvalid, RecordMissing
from desktop.residents.service import Residents
from desktop.storage.checking import check
from desktop.storage.errors import FileDamaged, FileMissing
from desktop.storage.store import Store
from sync.records import Attachment
from sync.records.attachments import LONGEST_THUMBNAIL
from tests.support import papers
from tests.support.photos import photo
from tests.support.store import outbox_of

PDF = papers.pdf()
HEIC = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(100)
MB = 1024 * 1024


def add(
    attachments: Attachments, resident: str, data: bytes, name: str = "IMG_0001.jpg"
) -> Attached:
    made = attachments.attach("resident", resident, Incoming(name, data))
    return attachments.one(made)


def original(attachments: Attachments, attached: Attached) -> bytes:
    with attachments.open(attached.row.id) as file:
        return file.read()


def picture(attachments: Attachments, attached: Attached) -> Image.Image:
    return Image.open(io.BytesIO(original(attachments, attached)))


def pixel(image: Image.Image, x: int, y: int) -> bytes:
    """Red, green and blue of one place."""
    start = (y * image.width + x) * 3
    return image.tobytes()[start : start + 3]


def refused(attachments: Attachments, resident: str, data: bytes, name: str) -> str:
    with pytest.raises(NotTaken) as refusal:
        attachments.attach("resident", resident, Incoming(name, data))
    assert attachments.of("resident", resident) == [], "nothing was added"
    assert attachments.waiting().number == 0
    return refusal.value.sentence


def test_a_large_photo_is_scaled_down_and_a_small_one_stays(
    attachments: Attachments, resident: str
) -> None:
    large = add(attachments, resident, photo(1, (4000, 3000), noisy=False))
    assert picture(attachments, large).size == (2048, 1536)
    assert (large.row.values["width"], large.row.values["height"]) == (2048, 1536)
    small = add(attachments, resident, photo(2, (640, 480), noisy=False))
    assert picture(attachments, small).size == (640, 480)
    assert len(original(attachments, small)) == small.row.values["size"]


def test_how_small_is_a_setting(attachments: Attachments, resident: str) -> None:
    attachments.store.set(photo_side="1280")
    assert (
        add(attachments, resident, photo(1, (4000, 3000), noisy=False)).row.values["width"] == 1280
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(
    attachments: Attachments, resident: str, orientation: int
) -> None:
    """Each is laid by hand as its number says; the red corner must come back to its place."""
    upright = Image.open(io.BytesIO(photo(1, (800, 400), noisy=False)))
    laid = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    laid.save(written, "JPEG", exif=exif)
    shown = picture(attachments, add(attachments, resident, written.getvalue()))
    assert shown.size == (800, 400)
    assert pixel(shown, 100, 100)[0] > 180
    assert pixel(shown, 700, 300)[0] < 80


def test_when_and_where_become_data_and_leave_the_picture(
    attachments: Attachments, resident: str
) -> None:
    taken = photo(1, moment="2026:11:20 10:33:12", place=(30.413333, -103.461111), noisy=False)
    attached = add(attachments, resident, taken)
    values = attached.row.values
    assert values["taken_at"] == "2026-11-20T10:33:12"
    assert values["latitude"] == pytest.approx(30_413_333, abs=2)
    assert values["longitude"] == pytest.approx(-103_461_111, abs=2)
    assert not picture(attachments, attached).getexif()
    assert b"Exif" not in original(attachments, attached)
    assert Attachment.fields["latitude"].mask(values["latitude"]).endswith("***")


@pytest.mark.parametrize("moment", ["", "0000:00:00 00:00:00", "1980:01:01 00:00:00", "昨天"])
def test_a_camera_that_does_not_know_the_time_says_nothing(
    attachments: Attachments, resident: str, moment: str
) -> None:
    data = photo(1, moment=moment.encode().decode("latin-1"), noisy=False)
    assert add(attachments, resident, data).row.values["taken_at"] is None


def test_a_thumbnail_travels_with_the_record_and_is_small(
    attachments: Attachments, resident: str
) -> None:
    for seed, size in enumerate([(4000, 3000), (300, 2000), (1, 1), (640, 480)]):
        attached = add(attachments, resident, photo(seed, size))
        text = str(attached.row.values["thumbnail"])
        assert len(text) <= LONGEST_THUMBNAIL
        with Image.open(io.BytesIO(base64.b64decode(text))) as small:
            assert max(small.size) <= 160


@pytest.mark.parametrize("form", ["PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_other_pictures_become_a_jpeg_with_a_name_that_says_so(
    attachments: Attachments, resident: str, form: str
) -> None:
    attached = add(
        attachments, resident, photo(1, form=form, noisy=False), f"扫描件.{form.lower()}"
    )
    assert attached.name == "扫描件.jpg"
    assert attached.row.values["media_type"] == "image/jpeg"
    assert picture(attachments, attached).format == "JPEG"


def test_what_shines_through_is_white_paper(attachments: Attachments, resident: str) -> None:
    written = io.BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(written, "PNG")
    shown = picture(attachments, add(attachments, resident, written.getvalue(), "章.png"))
    assert min(pixel(shown, 50, 50)) > 250


@pytest.mark.parametrize("ending", sorted(SORTS))
def test_documents_of_an_office_are_kept_as_they_are(
    attachments: Attachments, resident: str, ending: str
) -> None:
    data = papers.samples()[ending]
    attached = add(attachments, resident, data, f"会议记录.{ending.upper()}")
    assert original(attachments, attached) == data
    assert attached.name == f"会议记录.{ending}"
    assert not attached.is_picture


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "空.jpg", "空的"),
        (b"", "空.pdf", "空的"),
        (photo(1)[:2000], "半张.jpg", "损坏"),
        (b"\xff\xd8\xff\xe0 not a picture at all", "假.jpg", "打不开"),
        (b"text with a picture's name", "假.jpg", "内容却不是"),
        (b"\0\0\0 ftypheic", "IMG_1.HEIC", "HEIC"),
        (HEIC, "IMG_1.jpg", "HEIC"),
        (HEIC.replace(b"ftypheic", b"ftypmif1"), "IMG_1.jpg", "HEIC"),
        (HEIC, "没有扩展名", "HEIC"),
        (b"\0\0\0 ftypisom" + bytes(100), "院坝.jpg", "视频"),
        (b"\0\0\0 ftypmp42", "宣传.mp4", "视频"),
        (b"#!AMR", "录音.amr", "录音"),
        (b"PK\x03\x04", "资料.zip", "压缩包"),
        (b"MZ\x90", "升级.exe", "不能加"),
        (b"MZ\x90", "没有扩展名", "不能加"),
        (b"MZ\x90 is no document", "通知.pdf", "内容却不是"),
        (papers.xls(), "表.xlsx", "内容却不是"),
        (papers.docx()[:500], "半份.docx", "损坏"),
        (b"a\0b", "记事.txt", "内容却不是"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_once_and_in_words(
    attachments: Attachments, resident: str, data: bytes, name: str, told: str
) -> None:
    assert told in refused(attachments, resident, data, name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("随访.csv", "BMI,姓名\n22,王芳\n".encode()),
        ("统计.txt", "BM 是什么？体重除以身高的平方，见下表".encode()),
        ("说明.txt", "说明一二三".encode("utf-16")),
    ],
)
def test_words_are_never_taken_for_a_picture(
    attachments: Attachments, resident: str, name: str, data: bytes
) -> None:
    attached = add(attachments, resident, data, name)
    assert attached.name == name
    assert original(attachments, attached) == data


def test_an_iphones_photo_under_another_name_is_told_as_one(
    attachments: Attachments, resident: str
) -> None:
    known = refused(attachments, resident, HEIC, "IMG_1.heic")
    assert refused(attachments, resident, HEIC, "IMG_1.jpg") == known


def test_what_is_too_large_is_refused_with_both_numbers(
    attachments: Attachments, resident: str
) -> None:
    thick = PDF + bytes(21 * MB)
    sentence = refused(attachments, resident, thick, "厚.pdf")
    assert "21 MB" in sentence
    assert "20 MB" in sentence
    attachments.store.set(file_mb="50")
    assert add(attachments, resident, thick, "厚.pdf").row.id


@pytest.mark.parametrize(
    ("begun", "name", "told"),
    [
        (photo(1), "大.jpg", "这张照片有 61 MB，超过了 60 MB 的上限"),
        (PDF, "厚.pdf", "这个文件有 61 MB，超过了 20 MB 的上限"),
        (b"\0\0\0 ftypmp42", "宣传.mp4", "视频太大，不能加"),
    ],
)
def test_a_limit_that_is_told_is_the_one_that_holds(
    attachments: Attachments, resident: str, tmp_path: Path, begun: bytes, name: str, told: str
) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(begun)
        file.truncate(61 * MB)
    with pytest.raises(NotTaken, match=told):
        attachments.attach("resident", resident, Incoming(name, path))


def test_a_photo_below_its_limit_is_taken_however_small_that_of_documents_is(
    attachments: Attachments, resident: str, tmp_path: Path
) -> None:
    attachments.store.set(file_mb="5")
    path = tmp_path / "大.jpg"
    with path.open("wb") as file:
        file.write(photo(1))
        file.truncate(59 * MB)
    assert attachments.attach("resident", resident, Incoming("大.jpg", path))


def test_a_picture_bomb_is_refused_before_it_needs_memory(
    attachments: Attachments, resident: str
) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert "尺寸太大" in refused(attachments, resident, bomb, "小.png")


def test_a_file_that_is_gone_or_locked_is_told(
    attachments: Attachments, resident: str, tmp_path: Path
) -> None:
    with pytest.raises(NotTaken, match="读不出来"):
        attachments.attach("resident", resident, Incoming("x.jpg", tmp_path / "gone.jpg"))
    with pytest.raises(NotTaken, match="读不出来"):
        attachments.attach("resident", resident, Incoming("x.jpg", tmp_path))


def test_the_same_photo_is_not_added_twice_to_one_record(
    attachments: Attachments, resident: str
) -> None:
    first = add(attachments, resident, photo(1))
    with pytest.raises(NotTaken, match="已经加过"):
        add(attachments, resident, photo(1))
    attachments.delete(first.row.id)
    assert add(attachments, resident, photo(1)).row.id != first.row.id


def test_nothing_is_added_to_a_record_that_is_not_there(attachments: Attachments) -> None:
    for kind in ("resident", "nothing"):
        with pytest.raises(RecordMissing):
            attachments.attach(kind, "no-such-record", Incoming("x.jpg", photo(1)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.binary(max_size=300).map(lambda junk: photo(1, (40, 30))[:200] + junk)
    | st.binary(max_size=400),
    st.sampled_from(["a.jpg", "b.pdf", "c", "d.txt", "..", "e.HEIC", "\ud800.jpg"]),
)
def test_no_file_whatever_makes_it_crash(
    attachments: Attachments, resident: str, data: bytes, name: str
) -> None:
    added = attachments.attach_many("resident", resident, [Incoming(name, data)])
    assert all(sentence.endswith("。") for _, sentence in added.refused)
    assert len(added.ids) + len(added.refused) == 1


def test_record_and_queue_are_one_and_the_bytes_are_there_before(
    attachments: Attachments, resident: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_rest: object) -> None:
        raise RuntimeError("the power goes")

    monkeypatch.setattr("desktop.storage.transfers.queue", fails)
    with pytest.raises(RuntimeError):
        add(attachments, resident, photo(1))
    assert attachments.of("resident", resident) == []
    assert [entry["kind"] for entry in outbox_of(store)] == ["resident"]
    monkeypatch.undo()
    attached = add(attachments, resident, photo(1))
    assert attached.here
    assert attached.state == "waiting"
    assert attachments.waiting().size == attached.row.values["size"]


def test_deleting_is_taken_back_with_its_place_in_the_queue(
    attachments: Attachments, resident: str
) -> None:
    attached = add(attachments, resident, photo(1))
    attachments.delete(attached.row.id)
    assert attachments.of("resident", resident) == []
    assert attachments.waiting().number == 0
    assert attachments.undelete(attached.row.id)
    assert attachments.waiting().number == 1
    assert original(attachments, attached)


def test_what_was_attached_never_changes_but_its_note_does(
    attachments: Attachments, resident: str
) -> None:
    attached = add(attachments, resident, photo(1))
    with pytest.raises(RecordInvalid):
        attachments.edit(attached.row.id, {"sha256": "0" * 64})
    assert attachments.edit(attached.row.id, {"note": "改造前"})


def test_a_check_tells_what_is_lost_or_damaged_and_throws_nothing_away(
    attachments: Attachments, resident: str, store: Store
) -> None:
    lost, spoilt, sound = (add(attachments, resident, photo(n)) for n in range(3))
    shas = [str(each.row.values["sha256"]) for each in (lost, spoilt, sound)]
    store.files.remove(shas[0])
    path = store.files._path(shas[1])
    path.write_bytes(path.read_bytes()[:-1])
    report = check(store)
    assert report.figures["originals"] == 1
    assert len(report.problems) == 2
    with store.change() as connection:
        connection.exec_driver_sql("DELETE FROM transfer")
    report = check(store)
    assert len(report.problems) == 1, "the county has the one that is not here"
    assert "从县里再取" in report.problems[0]
    assert report.healed == []
    assert path.exists()


def test_a_damaged_original_is_mended_by_adding_it_once_more(
    attachments: Attachments, resident: str, store: Store
) -> None:
    data = photo(1)
    first = add(attachments, resident, data)
    path = store.files._path(str(first.row.values["sha256"]))
    whole = original(attachments, first)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(NotTaken, match="已经加过"):
        add(attachments, resident, data)
    assert original(attachments, first) == whole


def test_what_is_saved_elsewhere_is_whole_or_not_there(
    attachments: Attachments, resident: str, store: Store, tmp_path: Path
) -> None:
    made = add(attachments, resident, PDF + bytes(200_000), "协议.pdf")
    path = store.files._path(str(made.row.values["sha256"]))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FileDamaged):
        attachments.save(made.row.id, tmp_path / "协议.pdf")
    assert not (tmp_path / "协议.pdf").exists()


@pytest.mark.parametrize(
    ("county_time", "goes"),
    [
        ("2026-11-25T13:59:59+00:00", False),  # 21:59 on the county's wall
        ("2026-11-25T14:00:00+00:00", True),
        ("2026-11-25T21:59:59+00:00", True),
        ("2026-11-25T22:00:00+00:00", False),
        ("", True),
    ],
)
def test_at_night_means_the_countys_night_whatever_this_pc_thinks(
    county_time: str, goes: bool
) -> None:
    assert may_go(NIGHT, county_time) is goes
    assert may_go(NEVER, county_time) is False


def test_what_is_taken_in_before_its_record_belongs_to_it_once_it_is_written(
    attachments: Attachments, resident: str
) -> None:
    taken = attachments.take(Incoming("IMG_0001.png", photo(1, form="PNG")))
    assert attachments.waiting().number == 0, "nothing is sent for a draft"
    kept = Taken(json.loads(json.dumps(taken.values)))
    made = attachments.attach_taken("resident", resident, kept)
    assert attachments.one(made).name == "IMG_0001.jpg"
    assert picture(attachments, attachments.one(made)).size == (640, 480)
    assert attachments.waiting().number == 1
    with pytest.raises(NotTaken, match="已经加过了"):
        attachments.attach_taken("resident", resident, taken)
    attachments.let_go(taken)
    assert original(attachments, attachments.one(made)), "what a record names stays"


def test_what_was_taken_in_and_let_go_leaves_nothing_on_the_disk(
    attachments: Attachments, resident: str
) -> None:
    taken = attachments.take(Incoming("IMG_0001.jpg", photo(1)))
    attachments.let_go(taken)
    assert not attachments.files.has(taken.sha256)
    with pytest.raises(FileMissing):
        attachments.attach_taken("resident", resident, taken)
    assert attachments.of("resident", resident) == []


def test_the_photos_of_many_records_come_with_one_question_each_to_its_own(
    attachments: Attachments, store: Store
) -> None:
    people = [Residents(store).add({"name": name}) for name in ("郭忠珍", "王会计", "李主任")]
    made = [
        attachments.attach("resident", people[n % 2], Incoming(f"{n}.jpg", photo(n)))
        for n in range(4)
    ]
    attachments.delete(made[3])
    found = attachments.of_many("resident", people)
    assert {who: [a.row.id for a in each] for who, each in found.items()} == {
        people[0]: [made[0], made[2]],
        people[1]: [made[1]],
    }


def test_paper_gets_a_small_picture_of_the_original_or_else_the_thumbnail(
    attachments: Attachments, resident: str
) -> None:
    made = add(attachments, resident, photo(1))
    small = Image.open(io.BytesIO(attachments.on_paper(made, 320)))
    assert small.size == (320, 240)
    attachments.files.remove(str(made.row.values["sha256"]))
    far = attachments.one(made.row.id)
    assert max(Image.open(io.BytesIO(attachments.on_paper(far, 320))).size) <= 160
