"""What the county asks of kinds whose new records must fit those that are there already."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Protocol

from sync.protocol import Block, Change
from sync.records import Value, Values
from sync.server.village import Standing


class Judge(Protocol):
    """Knows, for some kinds, what the changes of one request meet at the county; kept up to date
    with them. A block of what it does not name ``unusual`` may be taken in whole."""

    def load(self, blocks: Iterable[Block]) -> None:
        """Read all that the blocks ask about, in bulk."""

    def unusual(self, block: Block) -> Set[int]:
        """The places of a block of new records that must be judged one by one."""

    def as_kept(self, block: Block) -> Block:
        """A block as the county keeps those of it that are taken in whole."""

    def stamped(self, change: Change, row: Standing | None) -> dict[str, Value]:
        """The values of a new record with what the county fills in itself, whatever the PC claims;
        ``row`` is the record as it stands, if it is there already."""

    def problem(self, change: Change) -> str:
        """A Chinese sentence saying why a stamped new record does not fit; empty when it does."""

    def note(self, kind: str, record: str, values: Values) -> None:
        """Count in a stamped record that the county took in."""
