"""Record what desktops and a county of version 1 say to each other: see README.md.

Run it with the sources of the commit it names as the working directory, over their own server:
``python record.py OUT.json``. People are made up.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests

from desktop.storage.store import Store
from desktop.syncing.conflicts import Conflicts
from desktop.syncing.service import Syncing
from sync.protocol import ExchangeRequest, pack
from sync.records import Grid, Household, PointsEntry, PointsSubject, Resident
from tests.support.server import running_county
from tests.support.store import id_number, new_store

VILLAGE = "510183001002"
said: list[dict[str, Any]] = []
speaking = ""
_post = requests.Session.post


def post(session: requests.Session, url: str, data: Any = None, **options: Any) -> Any:
    """As requests does, and note both sides."""
    # A later program hands its body on piece by piece.
    body = data if isinstance(data, bytes) else b"".join(data)
    response = _post(session, url, data=body, **options)
    said.append(
        {
            "pc": speaking,
            "path": url[url.index("/api") :],
            "request": base64.b64encode(body).decode(),
            "status": response.status_code,
            "answer": base64.b64encode(response.content).decode(),
        }
    )
    return response


def main(out: Path) -> None:
    """A week of two PCs of one village, as far as messages show it."""
    requests.Session.post = post  # type: ignore[method-assign,assignment]
    with tempfile.TemporaryDirectory() as folder, running_county(Path(folder) / "county") as county:
        stores = {pc: new_store(Path(folder) / pc) for pc in ("one", "two")}
        codes: dict[str, str] = {}
        for pc, store in stores.items():
            store.set(device_name=f"{pc}号机", operator="王会计" if pc == "one" else "李主任")
            codes[pc] = county.enrol_code(VILLAGE)
            speak(pc)
            Syncing(store).enrol(county.url, codes[pc])
        play(stores)
        newer(county.url, stores["one"].setting("token"))
        for store in stores.values():
            store.close()
    out.write_text(json.dumps({"codes": codes, "said": said}, indent=1), encoding="utf-8")


def play(stores: dict[str, Store]) -> None:
    """Enter, edit the same, choose, delete what another edits, bring back, be refused."""
    one, two = stores["one"], stores["two"]

    def sync(pc: str) -> None:
        speak(pc)
        Syncing(stores[pc]).run()

    with one.write() as writing:
        grid = writing.create(Grid, {"name": "一组"})
        home = writing.create(Household, {"head": "张三", "address": "一组5号", "grid": grid})
        people = writing.create_many(
            Resident,
            [
                {"name": "张三", "phone": "13800000001", "household": home},
                {"name": "李四", "address": "一组6号", "id_number": id_number()},
                {"name": "王五", "note": "外出务工\n年底回"},
                *({"name": f"村民{n}", "grid": grid} for n in range(20)),
            ],
        )
    first, second, third = people[:3]
    sync("one")
    sync("two")
    with one.write() as writing:
        writing.edit(Resident, first, {"phone": "13900000001"})
        writing.edit(Resident, second, {"note": "组长"})
    with two.write() as writing:
        writing.edit(Resident, first, {"phone": "13700000001"})
        writing.edit(Resident, second, {"address": "二组1号"})
        writing.edit(Resident, third, {"phone": "13600000003"})
    with one.write() as writing:
        writing.delete(Resident, third)
    sync("one")
    sync("two")
    conflicts = Conflicts(two)
    for conflict in conflicts.open():
        conflicts.choose(conflict.id, {d.name: "other" for d in conflict.differences}, "本人确认")
    sync("two")
    sync("one")
    with one.write() as writing:
        writing.create(Resident, {"name": "赵六", "id_number": id_number(sequence=201)})
        subject = writing.create(PointsSubject, {"name": "张三", "resident": first})
        writing.create(
            PointsEntry,
            {"subject": subject, "points": 5, "entry_type": "positive", "reason": "环境整治"},
        )
    with two.write() as writing:
        # The same number under another record's id: the county refuses it.
        writing.create(Resident, {"name": "赵六"})
        two_six = writing.create(Resident, {"name": "赵陆"})
        writing.edit(Resident, two_six, {"id_number": id_number(sequence=201)})
    sync("one")
    sync("two")
    sync("one")


def newer(url: str, token: str) -> None:
    """What a county of version 1 says to a desktop of version 2."""
    speak("newer")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    session.post(f"{url}/api/exchange", data=pack(ExchangeRequest(2, {VILLAGE: 0})))
    session.close()


def speak(pc: str) -> None:
    """Note who speaks next."""
    global speaking
    speaking = pc


if __name__ == "__main__":
    main(Path(sys.argv[1]))
