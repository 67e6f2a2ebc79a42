"""What the program holds already is set aside while thousands of rows come and go."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def set_aside() -> Iterator[None]:
    """Let Python's search for garbage pass over what is there now: a sync of 10,000 makes it look
    through the whole program several times, which takes as long as the search index."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
