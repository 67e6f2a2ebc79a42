"""What a stranger or a fault can make the county do: bounded in memory, and told to nobody."""

from __future__ import annotations

import logging
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from litestar.testing import TestClient
from sqlalchemy import Engine, exc, insert

from sync.protocol import VERSION, Fault, VerifyRequest, unpack
from sync.records import Resident
from sync.server.app import make_app
from sync.server.database import writing
from sync.server.verify import verify
from tests.sync.server.enrolled import EnrolledPc, load_villages
from tests.sync.server.pcs import VILLAGE, create

pytestmark = pytest.mark.promise(7)


def test_a_fault_of_the_database_puts_nobodys_name_into_the_log(
    county: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(county, tmp_path)

    def spoiled(*_: object) -> None:
        with writing(county) as connection:
            row = {"area": VILLAGE, "id": "r", "name": "张三丰", "id_number": "510183199001011234"}
            connection.execute(insert(Resident.table).values(row))
            connection.execute(
                insert(Resident.table).values(row | {"id": "王重阳", "made_by": None})
            )

    with pytest.raises(exc.DBAPIError) as raised:
        spoiled()
    handler = app.exception_handlers[exc.DBAPIError]
    with caplog.at_level(logging.ERROR):
        handler(None, raised.value)  # type: ignore[arg-type]
    assert caplog.text
    assert "张三丰" not in caplog.text
    assert "510183" not in caplog.text


def test_a_stranger_cannot_make_the_county_unpack_what_no_code_needs(
    county: Engine, tmp_path: Path
) -> None:
    plain = b'{"version":2,"device_name":"x","code":"' + b"A" * 100_000_000 + b'"}'
    bomb = zstandard.ZstdCompressor(level=1).compress(plain)
    assert len(bomb) < 64 * 1024
    with TestClient(make_app(county, tmp_path)) as client:
        tracemalloc.start()
        answer = client.post("/api/enrol", content=bomb)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (answer.status_code, unpack(answer.content, Fault).code) == (400, "bad_message")
    assert most < 20_000_000


def test_a_comparison_that_names_a_field_a_thousand_times_reads_it_once(county: Engine) -> None:
    load_villages(county)
    pc = EnrolledPc(county, "one")
    pc.send(create("resident", "r", name="张三"))
    asked = VerifyRequest(
        VERSION, VILLAGE, {"resident": ["name"] * 3000}, {"resident": list(range(64))}
    )
    (rows,) = verify(county, pc.device, asked).rows
    assert rows.names.count("name") == 1
