"""An original comes from the county when somebody wants to see it. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from desktop.storage import settings
from desktop.storage.errors import FileDamaged, FileMissing
from desktop.storage.files import Files
from desktop.storage.store import Store
from sync.client.ports import Cancelled, FileLine, NoLine, Refused, Told
from sync.client.stopping import StoppableFiles

#: How often an original may arrive damaged before that is told.
_DAMAGED_AT_MOST = 3
_DAMAGED_ON_ITS_WAY = (
    "从县里取来的原件总是坏的（多半是线路太差），已经丢掉。换了好的线路还是这样，请告诉县里。"
)
_DAMAGED_AND_NOWHERE_ELSE = (
    "这份照片或文件在本机的原件坏了，县里也取不到。手机、相机里还有的话，请再添加一次。"
)


def fetch(
    store: Store,
    open_files: Callable[[str, str], FileLine],
    sha256: str,
    size: int,
    told: Told,
    cancelled: Cancelled,
) -> bool:
    """Have an original on this PC as it should be; whether it is here now, which a cancel leaves
    open. One that is damaged here stays until a good one has come.

    Raises LineFault, FileMissing, FileDamaged, StorageError.
    """
    if store.files.is_sound(sha256):
        return True
    damaged = store.files.has(sha256)
    server, token = store.setting(settings.SERVER), store.setting(settings.TOKEN)
    if not token:
        raise FileDamaged(sha256) if damaged else FileMissing(sha256)
    try:
        with closing(StoppableFiles(open_files(server, token))) as line:
            return _whole(line, store.files, sha256, size, told, cancelled)
    except Refused as refusal:
        if damaged and refusal.code == "no_file":
            raise FileDamaged(sha256, _DAMAGED_AND_NOWHERE_ELSE) from refusal
        raise


def _whole(
    line: FileLine, files: Files, sha256: str, size: int, told: Told, cancelled: Cancelled
) -> bool:
    """Fetch a file, once more where it was damaged on its way."""
    for _ in range(_DAMAGED_AT_MOST):
        with closing(files.arriving(sha256, size)) as sink:
            try:
                if not line.fetch(sha256, sink, size, told, cancelled):
                    return False
                sink.finish()
            except FileDamaged:
                continue
        return True
    raise NoLine(_DAMAGED_ON_ITS_WAY, sha256)
