"""What the county has answered in a sync of many messages: one place in the outbox, up to which all
that waited is settled. It goes when the sync ends, all at once.

Taken out message by message, each would write the pages of its entries and every page of their
index once more; a table that is let go of as a whole writes hardly any.
"""

from __future__ import annotations

from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.driver import carry_out, tuples_of
from desktop.storage.tables import outbox

_UPTO = "coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'settled'), 0)"
#: Of the outbox, in SQL: what is not settled, be it that it waits or that the county refused it.
UNSETTLED = f"(state <> 'waiting' OR number > {_UPTO})"
#: Of the outbox, in SQL: what waits to be sent.
WAITS = f"(state = 'waiting' AND number > {_UPTO})"

# As two questions, each of which an index answers.
_LEFT = (
    "SELECT * FROM outbox WHERE number > ?"
    " UNION ALL SELECT * FROM outbox WHERE state = 'refused' AND number <= ? LIMIT ?"
)
#: So many are laid back after all was taken out, rather than left where they are.
_FEW = 2000


def note(connection: Connection, upto: int) -> None:
    """Whatever waited up to this place in the outbox is settled."""
    settings.write(connection, settled=str(max(upto, _upto(connection))))


def let_go(connection: Connection) -> None:
    """Take what is settled out of the outbox. Whoever lays something into it under an older number
    does so first."""
    upto = _upto(connection)
    if not upto:
        return
    # Whatever a PC sent, little is left mostly: what was refused, and what was written meanwhile.
    left = tuples_of(connection, _LEFT, (upto, upto, _FEW + 1))
    if len(left) > _FEW:
        sql = "DELETE FROM outbox WHERE state = 'waiting' AND number <= ?"
        carry_out(connection, sql, [(upto,)])
    else:
        carry_out(connection, "DELETE FROM outbox", [()])
        places = ", ".join("?" for _ in outbox.c)
        carry_out(connection, f"INSERT INTO outbox VALUES ({places})", left)  # noqa: S608
    settings.write(connection, settled="0")


def _upto(connection: Connection) -> int:
    return int(settings.read(connection, settings.SETTLED, "0"))
