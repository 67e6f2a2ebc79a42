"""One sync of a village PC as a process of its own that says how far it is.

``python -m tests.support.one_sync FOLDER PASSWORD``. It says ``waits`` once where another sync
holds the folder, ``asks`` when its first request leaves for the county, and in the end its receipt.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.client.http import HttpLine
from sync.protocol import ExchangeAnswer, ExchangeRequest


class _Saying:
    """What the sync says of itself, each word once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, word: str) -> None:
        """Say a word, unless it was said."""
        if word not in self._said:
            self._said.add(word)
            print(word, flush=True)

    def cancelled(self) -> bool:
        """Nobody cancels; before it asks anything only who waits for the folder wants to know."""
        if "asks" not in self._said:
            self.say("waits")
        return False

    def line(self, server: str, token: str) -> HttpLine:
        """The usual line, which says when it is used."""
        say = self.say

        class Line(HttpLine):
            def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
                say("asks")
                return super().exchange(request)

        return Line(server, token)


def main() -> None:
    """Sync once."""
    folder, password = sys.argv[1:]
    store, saying = Store.open(Path(folder), password), _Saying()
    receipt = Syncing(store, saying.line).run(cancelled=saying.cancelled)
    print(msgspec.json.encode(receipt).decode(), flush=True)
    store.close()


if __name__ == "__main__":
    main()
