"""Photos and documents lie encrypted, come back as they were, and no altered byte goes unseen."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from desktop.storage import files as storage_files
from desktop.storage.errors import DiskFull, FileDamaged, FileMissing
from desktop.storage.files import CHUNK, Files, chunks_of
from desktop.storage.store import Store

KEY = bytes(range(32))
#: Around every border of a chunk.
sizes = st.sampled_from(
    [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7]
) | st.integers(0, 3 * CHUNK)


class Some(bytes):
    """Bytes that a failing test does not print."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


contents = st.builds(lambda size, seed: Some(_bytes(size, seed)), sizes, st.integers(0, 255))
anyhow = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _bytes(size: int, seed: int = 0) -> bytes:
    return (hashlib.sha256(bytes([seed])).digest() * (size // 32 + 1))[:size]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files", KEY)


def paths(files: Files) -> list[Path]:
    return [path for path in files.folder.rglob("*") if path.is_file()]


def put(files: Files, data: bytes) -> str:
    return files.put(io.BytesIO(data))


@anyhow
@given(contents)
def test_any_bytes_come_back_as_they_were(files: Files, data: bytes) -> None:
    sha256 = put(files, data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    with files.open(sha256) as file:
        assert file.read() == data
    files.verify(sha256)


@anyhow
@given(contents, st.integers(0, 4 * CHUNK), st.integers(0, 2 * CHUNK))
def test_any_part_can_be_read_without_the_rest(
    files: Files, data: bytes, start: int, length: int
) -> None:
    with files.open(put(files, data)) as file:
        file.seek(start)
        assert file.read(length) == data[start : start + length]
        assert file.seek(0, os.SEEK_END) == len(data)


@anyhow
@given(contents, st.integers(min_value=0), st.integers(1, 255))
@example(b"", 0, 1)
def test_a_single_altered_byte_anywhere_is_noticed(
    files: Files, data: bytes, place: int, mask: int
) -> None:
    sha256 = put(files, data)
    path = files._path(sha256)
    kept = path.read_bytes()
    spoilt = bytearray(kept)
    spoilt[place % len(kept)] ^= mask
    path.write_bytes(spoilt)
    with pytest.raises(FileDamaged):
        files.verify(sha256)
    path.write_bytes(kept)


@anyhow
@given(contents, st.integers(min_value=0))
def test_a_file_that_was_cut_anywhere_is_noticed(files: Files, data: bytes, place: int) -> None:
    sha256 = put(files, data)
    path = files._path(sha256)
    kept = path.read_bytes()
    path.write_bytes(kept[: place % len(kept)])
    with pytest.raises(FileDamaged):
        files.verify(sha256)
    path.write_bytes(kept)


def test_no_chunk_stands_in_for_another(files: Files) -> None:
    data = _bytes(CHUNK) * 3
    sha256, other = put(files, data), put(files, data + b"!")
    path, sealed = files._path(sha256), CHUNK + 40
    kept, foreign = path.read_bytes(), files._path(other).read_bytes()
    head = kept[:4]
    first, second, third = (kept[4 + n * sealed : 4 + (n + 1) * sealed] for n in range(3))
    for wrong in (second + first + third, first + third, first + second, first + foreign[4:]):
        path.write_bytes(head + wrong)
        with pytest.raises(FileDamaged):
            files.verify(sha256)


def test_nothing_of_a_picture_can_be_read_on_the_disk(files: Files) -> None:
    data = b"a face and a house number" * 9000
    sha256 = put(files, data)
    (path,) = paths(files)
    assert b"house number" not in path.read_bytes()
    assert sha256[:8] not in str(path), "the name does not tell which picture it is"
    with pytest.raises(FileMissing):
        Files(files.folder, bytes(32)).open(sha256)
    other = Files(files.folder, bytes(32))
    other._path(sha256).parent.mkdir(exist_ok=True)
    shutil.copy(path, other._path(sha256))
    with pytest.raises(FileDamaged):
        other.verify(sha256)


def test_the_same_bytes_are_kept_once_and_sealed_afresh_elsewhere(files: Files) -> None:
    assert put(files, b"photo") == put(files, b"photo")
    (path,) = paths(files)
    other = Files(files.folder.parent / "other", KEY)
    put(other, b"photo")
    assert paths(other)[0].read_bytes() != path.read_bytes()


def test_a_disk_that_fills_up_leaves_no_half_file(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage_files, "_to_disk", full)
    with pytest.raises(DiskFull):
        put(files, _bytes(3 * CHUNK))
    assert paths(files) == []
    assert not files.has(hashlib.sha256(_bytes(3 * CHUNK)).hexdigest())


@anyhow
@given(contents.filter(bool), st.lists(st.integers(1, 2 * CHUNK), min_size=1, max_size=8))
def test_a_file_that_arrives_in_parts_goes_on_behind_what_came_before_each_break(
    files: Files, data: bytes, parts: list[int]
) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    files.remove(sha256)
    reached = 0
    for length in parts:
        with closing(files.arriving(sha256, len(data))) as arriving:
            before = arriving.offset
            assert before >= reached - CHUNK, "no more than a chunk comes twice"
            arriving.write(data[before : before + length])
            reached = arriving.offset
            assert reached == min(before + length, len(data))
        assert not files.has(sha256), "what has half arrived never counts"
    with closing(files.arriving(sha256, len(data))) as arriving:
        arriving.write(data[arriving.offset :])
        arriving.finish()
    files.verify(sha256)


@anyhow
@given(contents.filter(bool), st.integers(min_value=0), st.integers(1, 255))
def test_what_was_damaged_on_its_way_in_is_thrown_away_and_comes_again(
    files: Files, data: bytes, place: int, mask: int
) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    files.remove(sha256)
    spoilt = bytearray(data)
    spoilt[place % len(data)] ^= mask
    arriving = files.arriving(sha256, len(data))
    arriving.write(bytes(spoilt))
    with pytest.raises(FileDamaged):
        arriving.finish()
    assert not files.has(sha256)
    arriving = files.arriving(sha256, len(data))
    assert arriving.offset == 0
    arriving.write(data)
    arriving.finish()
    files.verify(sha256)


def test_more_bytes_than_there_are_never_become_a_file(files: Files) -> None:
    sha256 = hashlib.sha256(b"photo").hexdigest()
    arriving = files.arriving(sha256, 5)
    with pytest.raises(FileDamaged):
        arriving.write(b"photos")
    assert arriving.offset == 0
    arriving.close()


def test_a_part_of_an_interrupted_write_is_cut_off(files: Files) -> None:
    data = _bytes(3 * CHUNK)
    sha256 = hashlib.sha256(data).hexdigest()
    arriving = files.arriving(sha256, len(data))
    arriving.write(data[: 2 * CHUNK + 10])
    arriving.close()
    (path,) = paths(files)
    with path.open("ab") as file:
        file.write(b"half a chunk")
    arriving = files.arriving(sha256, len(data))
    assert arriving.offset == 2 * CHUNK
    arriving.write(data[2 * CHUNK :])
    arriving.finish()
    files.verify(sha256)


def test_a_store_keeps_its_files_under_its_own_key(store: Store, tmp_path: Path) -> None:
    sha256 = store.files.put(io.BytesIO(b"photo"))
    assert (store.folder / "files").is_dir()
    store.files.verify(sha256)
    assert chunks_of(0) == 1
