"""What the county refused, once it has taken in what was written on top of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from desktop.storage import histories
from desktop.storage.driver import carry_out, tuples_of

# What was refused is looked through first: mostly there is none.
_ABOVE = (
    "SELECT below.number, below.record, below.operation, below.values_json, below.previous_json,"
    " below.after_json, above.number, above.operation, above.change, above.values_json,"
    " above.previous_json"
    " FROM outbox below CROSS JOIN outbox above ON above.record = below.record"
    " AND above.number > below.number AND above.number BETWEEN ? AND ?"
    " WHERE below.state = 'refused' ORDER BY below.number, above.number"
)


def renew_refused(
    connection: Connection, first: int, last: int, taken_in: Collection[int]
) -> list[str]:
    """Let refused changes speak only of what no later change of ours that the county has
    ``taken_in``, out of these places in the outbox, has spoken of since: what lies under them is
    then what the county has. Whoever sends them again has the later ones before their eyes.

    One of which nothing is left is given up, and kept in the history; return the records of these.
    """
    found = tuples_of(connection, _ABOVE, (first, last))
    if not found:
        return []
    counts = set(taken_in)
    above: defaultdict[tuple[int, str], list[tuple[Any, ...]]] = defaultdict(list)
    for number, record, operation, values, previous, after, *later in found:
        if later[0] in counts:
            above[number, record].append((operation, values, previous, after, *later[1:]))
    emptied = [one for one, later in above.items() if not _renew(connection, one[0], later)]
    if emptied:
        histories.note_given_up(connection, [{"number": number} for number, _ in emptied])
        gone = [(number,) for number, _ in emptied]
        carry_out(connection, "DELETE FROM outbox WHERE number = ?", gone)
    return [record for _, record in emptied]


def _renew(connection: Connection, number: int, later: list[tuple[Any, ...]]) -> bool:
    """Renew one; False where nothing is left of it, and it stands as it was."""
    operation = later[0][0]
    values, previous, after = map(json.loads, later[0][1:4])
    entered_anew = False
    spoken_of: set[str] = set()
    for *_, how, change, wanted, covered in later:
        after.append(change)
        entered_anew |= how == "create"
        spoken_of.update(json.loads(wanted), json.loads(covered))
    left = {name: value for name, value in values.items() if name not in spoken_of}
    # A deletion speaks of no field: it is taken back by whoever enters the record anew.
    if not left and (operation != "delete" or entered_anew):
        return False
    covers = {name: value for name, value in previous.items() if name not in spoken_of}
    texts = [json.dumps(each, ensure_ascii=False) for each in (left, covers, after)]
    carry_out(
        connection,
        "UPDATE outbox SET values_json = ?, previous_json = ?, after_json = ? WHERE number = ?",
        [(*texts, number)],
    )
    return True
