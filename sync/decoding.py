"""JSON read into a declared form, from whatever thread comes first.

msgspec works out a form the first time it is asked for. Two threads that do so at one moment bring
the whole process down: many PCs at a county that has just been started, or a window that reads a
receipt while a sync reads an answer. So each form is worked out by one thread, once.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, TypeVar

import msgspec

Form = TypeVar("Form")

_known: dict[type[Any], msgspec.json.Decoder[Any]] = {}
_one_at_a_time = Lock()


def decode(data: bytes | str, form: type[Form]) -> Form:
    """Read JSON as ``form``. Raises ``msgspec.DecodeError``; where it is of another form, that is a
    ``msgspec.ValidationError``."""
    decoder = _known.get(form) or _worked_out(form)
    found: Form = decoder.decode(data)
    return found


def _worked_out(form: type[Form]) -> msgspec.json.Decoder[Form]:
    with _one_at_a_time:
        return _known.setdefault(form, msgspec.json.Decoder(form))
