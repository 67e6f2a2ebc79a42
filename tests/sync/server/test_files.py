"""The county takes files in by tus 1.0 as others speak it, from its own PCs alone, and whole."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, update
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from sync.client.http import HttpLine
from sync.protocol import VERSION, EnrolRequest
from sync.server.accounts import Device
from sync.server.database import writing
from sync.server.errors import Refusal
from sync.server.files import FORGOTTEN_AFTER, LONGEST_FILE, Files
from sync.server.tables import file
from tests.support.server import County, county_process
from tests.sync.server.pcs import OTHER_VILLAGE, VILLAGE

DATA = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(DATA).hexdigest()
PC = Device("device-1", VILLAGE, "一号机")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = County(tmp_path_factory.mktemp("one") / "county")
    with county_process(county):
        yield county


@pytest.fixture(scope="module")
def headers(one: County) -> dict[str, str]:
    line = HttpLine(one.url)
    answer = line.enrol(EnrolRequest(VERSION, one.enrol_code(VILLAGE), "一号机"))
    line.close()
    return {"Authorization": f"Bearer {answer.token}", "Tus-Resumable": "1.0.0"}


@pytest.fixture
def files(county: Engine, tmp_path: Path) -> Files:
    return Files(county, tmp_path)


def client(county: County, headers: dict[str, str]) -> TusClient:
    return TusClient(f"{county.url}/api/uploads", headers=headers)


def test_a_tus_client_of_others_uploads_in_parts_and_goes_on(
    one: County, headers: dict[str, str]
) -> None:
    data = DATA + b"tus"
    sha256 = hashlib.sha256(data).hexdigest()
    first = client(one, headers).uploader(
        file_stream=io.BytesIO(data), chunk_size=300_000, metadata={"sha256": sha256}
    )
    first.upload(stop_at=600_000)
    assert first.offset == 600_000
    again = client(one, headers).uploader(file_stream=io.BytesIO(data), url=first.url)
    assert again.offset == 600_000, "another client is told how far it is"
    again.upload()
    assert again.offset == len(data)
    stored = one.folder / "files" / sha256[:2] / sha256
    assert stored.read_bytes() == data


def test_bytes_that_are_not_what_they_should_be_are_thrown_away(
    one: County, headers: dict[str, str]
) -> None:
    uploader = client(one, headers).uploader(
        file_stream=io.BytesIO(DATA[:-1] + b"!"), metadata={"sha256": SHA256}
    )
    with pytest.raises(TusUploadFailed) as failed:
        uploader.upload()
    assert failed.value.status_code == 460
    again = client(one, headers).uploader(file_stream=io.BytesIO(DATA), url=uploader.url)
    assert again.offset == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Authorization": "Bearer nobody"}, 401),
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "0"}, 413),
        ({"Upload-Length": str(LONGEST_FILE + 1)}, 413),
        ({"Upload-Length": "many"}, 413),
        ({"Upload-Metadata": "sha256 Li4vLi4vZXRj"}, 400),  # ../../etc
        ({"Upload-Metadata": ""}, 400),
    ],
)
def test_an_upload_that_makes_no_sense_is_not_begun(
    one: County, headers: dict[str, str], change: dict[str, str], status: int
) -> None:
    named = base64.b64encode(SHA256.encode()).decode()
    asked = {**headers, "Upload-Length": "5", "Upload-Metadata": f"sha256 {named}", **change}
    response = requests.post(f"{one.url}/api/uploads", headers=asked, timeout=30)
    assert response.status_code == status
    with pytest.raises(TusCommunicationError):
        client(one, headers).uploader(
            file_stream=io.BytesIO(b"x"), url=f"{one.url}/api/uploads/{'0' * 64}"
        )


def test_a_part_goes_only_where_the_last_one_ended(one: County, headers: dict[str, str]) -> None:
    data = DATA + b"offset"
    sha256 = hashlib.sha256(data).hexdigest()
    uploader = client(one, headers).uploader(
        file_stream=io.BytesIO(data), chunk_size=1000, metadata={"sha256": sha256}
    )
    uploader.upload(stop_at=1000)
    content = {"Content-Type": "application/offset+octet-stream"}
    for offset, body, status in (("0", b"x", 409), ("1001", b"x", 409), ("1000", data, 400)):
        response = requests.patch(
            str(uploader.url),
            data=body,
            headers={**headers, **content, "Upload-Offset": offset},
            timeout=30,
        )
        assert response.status_code == status
    response = requests.patch(
        str(uploader.url), data=b"x", headers={**headers, "Upload-Offset": "1000"}, timeout=30
    )
    assert response.status_code == 415


def test_an_area_has_only_what_its_own_pcs_brought(files: Files) -> None:
    files.complete(files.append(files.begin(PC, SHA256, len(DATA)), DATA))
    assert files.upload(PC, SHA256).whole
    other = Device("device-2", OTHER_VILLAGE, "二号机")
    assert files.begin(other, SHA256, len(DATA)).offset == 0
    with pytest.raises(Refusal):
        files.path_for(PC, SHA256)


def test_a_server_that_died_before_it_looked_at_the_whole_looks_at_it_later(files: Files) -> None:
    files.append(files.begin(PC, SHA256, len(DATA)), DATA)
    assert files.upload(PC, SHA256).whole
    wrong = hashlib.sha256(b"other").hexdigest()
    files.append(files.begin(PC, wrong, len(DATA)), DATA)
    assert files.upload(PC, wrong).offset == 0


def test_a_file_that_went_with_the_disk_is_taken_in_again(files: Files) -> None:
    files.complete(files.append(files.begin(PC, SHA256, len(DATA)), DATA))
    files._path(SHA256).unlink()
    assert files.begin(PC, SHA256, len(DATA)).offset == 0


def test_uploads_that_nobody_goes_on_with_are_forgotten(files: Files) -> None:
    files.append(files.begin(PC, SHA256, len(DATA)), DATA[:1000])
    soon = datetime.now(UTC) + FORGOTTEN_AFTER - timedelta(hours=1)
    assert files.prune(soon) == 0
    assert files.upload(PC, SHA256).offset == 1000
    assert files.prune(soon + timedelta(hours=2)) == 1
    with pytest.raises(Refusal):
        files.upload(PC, SHA256)
    assert files.begin(PC, SHA256, len(DATA)).offset == 0


def test_an_upload_is_kept_while_pieces_come_however_long_ago_it_began(
    files: Files, county: Engine
) -> None:
    upload = files.append(files.begin(PC, SHA256, len(DATA)), DATA[:1000])
    with writing(county) as connection:
        connection.execute(update(file).values(begun_at="2026-01-01T00:00:00+00:00"))
    now = datetime.now(UTC)
    assert files.prune(now) == 0
    assert files.append(upload, DATA[1000:2000]).offset == 2000, "and it goes on"
    assert files.prune(now + FORGOTTEN_AFTER + timedelta(hours=1)) == 1
