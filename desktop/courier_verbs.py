"""The stick without a screen: export what waits, carry any village's file, import the answer."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from desktop.storage.store import Store
from desktop.syncing.courier import Courier
from desktop.verbs import VerbError, receipt_in_words
from sync.client.ports import LineFault, NoLine
from sync.courier import CourierFault
from sync.stick import unanswered_in

NEEDS_A_PERSON = 4


def export(store: Store, options: Namespace) -> int:
    """Write what waits to a file on a stick."""
    done = Courier(store).export(Path(options.file))
    if options.json:
        _print(
            {
                "file": str(done.path),
                "number": done.number,
                "changes": done.changes,
                "left": done.left,
            }
        )
        return 0
    print(f"存好了：{done.path}，里面有{done.changes}条。", end="")
    print(f"还有{done.left}条放不下，下次再带。" if done.left else "请拿到有网的电脑上送。")
    return 0


def carry(store: Store, options: Namespace) -> int:
    """Carry files to this PC's own county."""
    return _carry(options, Courier(store).server())


def carry_for_others(options: Namespace) -> int:
    """Carry files on a PC without a village: only the server's address is needed."""
    return _carry(options, options.server)


def take_in(store: Store, options: Namespace) -> int:
    """Read the county's answer. Exit code 4 where a person must look at something."""
    taken = Courier(store).take_in(Path(options.file))
    receipt = taken.receipt
    if options.json:
        more = {"remaining": taken.remaining, "remembered": taken.remembered}
        _print(receipt.to_json() | more)
    else:
        print(receipt_in_words(receipt))
        if taken.remaining:
            print(f"县里还有{taken.remaining}条没带回来，请再带一次。")
        if not taken.remembered:
            print("本机不记得存过这个文件（可能恢复过备份），能对上的都记下了。")
    return NEEDS_A_PERSON if receipt.refused or receipt.conflicts else 0


def _carry(options: Namespace, server: str) -> int:
    # Whoever only exports and imports need not load what talks HTTP.
    from sync.client.courier import Carried, carry

    place = Path(options.file)
    files = unanswered_in(place) if place.is_dir() else [place]
    if not files:
        raise VerbError("这个文件夹里没有要送的文件，或者都已经送过了。")
    carried: list[Carried] = []
    for file in files:
        try:
            carried.append(carry(server, file))
        except NoLine:
            raise
        except (LineFault, CourierFault) as fault:
            # One village's bad file does not keep the others from the county.
            if len(files) == 1:
                raise
            print(f"{file.name}：{fault.sentence}", file=sys.stderr)
    if options.json:
        _print(
            [
                {"file": str(c.source), "answer": str(c.answer), "village": c.header.village}
                for c in carried
            ]
        )
    else:
        for one in carried:
            print(f"送到县里了：{one.header.village}。请把回执“{one.answer.name}”带回村里读。")
    return 0 if len(carried) == len(files) else NEEDS_A_PERSON


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))
