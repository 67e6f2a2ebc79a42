"""Finding which records differ between a PC and the county, and putting them right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sync.client.ports import Line, Store
from sync.protocol import VERSION, VerifyRequest

#: Buckets fetched with one request: an eighth of a kind's records.
_PART = 8


@dataclass
class Healed:
    """How many records differed, by kind, and what it took to find them."""

    records: dict[str, int] = field(default_factory=dict)
    round_trips: int = 0


def heal(
    store: Store,
    line: Line,
    suspects: dict[str, list[str]],
    cancelled: Callable[[], bool] = lambda: False,
) -> Healed:
    """Compare the contents of the suspected kinds, by area, and put right what differs.

    The county's version comes here; what the county has lost waits to be sent again. What waits
    here anyway is not touched. Raises ``LineFault``.
    """
    healed = Healed()
    for area, kinds in suspects.items():
        fields = store.fields_of(kinds)
        theirs = line.verify(VerifyRequest(VERSION, area, fields)).checksums
        healed.round_trips += 1
        for kind in kinds:
            ours = store.contents(area, kind)
            wrong = [b for b, sum_ in enumerate(theirs.get(kind, ours)) if sum_ != ours[b]]
            for part in _parts(wrong):
                if cancelled():
                    return healed
                request = VerifyRequest(VERSION, area, {kind: fields[kind]}, {kind: part})
                healed.round_trips += 1
                for rows in line.verify(request).rows:
                    number = sum(store.mend(rows, part).values())
                    if number:
                        healed.records[kind] = healed.records.get(kind, 0) + number
    return healed


def _parts(buckets: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(buckets), _PART):
        yield list(buckets[start : start + _PART])
