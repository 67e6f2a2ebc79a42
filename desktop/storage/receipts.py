"""Which receipts are kept: the ones that say something for years, the quiet ones for a week.

A receipt is quiet where nothing moved or differed, nothing was broken off and nothing is said.
"""

from __future__ import annotations

from sqlalchemy import Connection

from desktop.storage.driver import tuples_of

#: The newest receipts are kept, and among those of syncs that found nothing to do fewer still: a PC
#: that looks every quarter of an hour leaves thirty of them a day.
KEPT, QUIET_KEPT = 2000, 300
#: Looking costs a little, so it is done once in so many receipts.
EVERY = 50

_COUNTED = ("sent", "received", "merged", "conflicts", "refused", "photos_sent")
_QUIET = " AND ".join(
    (
        *(f"json_extract(receipt_json, '$.{name}') IS 0" for name in _COUNTED),
        "json_extract(receipt_json, '$.finished')",
        "json_extract(receipt_json, '$.proof') IN ('', 'equal')",
        "json_extract(receipt_json, '$.notice') IS ''",
    )
)


def forget_old(connection: Connection) -> None:
    """Forget the oldest receipts beyond what is kept."""
    ((newest,),) = tuples_of(connection, "SELECT max(number) FROM receipt")
    if (newest or 0) % EVERY:
        return
    # Both conditions name columns of our own.
    for condition, kept in ((_QUIET, QUIET_KEPT), ("1", KEPT)):
        connection.exec_driver_sql(
            f"DELETE FROM receipt WHERE ({condition}) AND number <= (SELECT number FROM receipt"  # noqa: S608
            f" WHERE {condition} ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (kept,),
        )
