"""What can go wrong around the store, each with a sentence for the cadre and nothing lost."""

from __future__ import annotations

import errno


class StorageError(Exception):
    """A fault of the surroundings, not of the program. ``sentence`` is plain Chinese."""

    sentence = "本机数据库出了问题。"

    def __init__(self, detail: str = "", sentence: str | None = None) -> None:
        self.sentence = sentence or self.sentence
        self.detail = detail
        super().__init__(self.sentence)


class NoStore(StorageError):
    """There is no data folder of ours at this place yet."""

    sentence = "这里还没有建立数据。请先新建（init），并设一个密码。"


class StoreExists(StorageError):
    """There is a store already: it must not be made anew."""

    sentence = "这里已经有数据了，不能重新建立。请直接用密码打开。"


class WrongPassword(StorageError):
    """The password does not open the key."""

    sentence = "密码不对，请再输一次（注意大小写）。数据没有变动。"


class WeakPassword(StorageError):
    """The password is too short to protect residents' data."""

    sentence = "密码太短，至少要6个字符。"


class Locked(StorageError):
    """Another program holds the file."""

    sentence = "数据库正被另一个程序占用，请关掉另一个窗口或等一分钟再试。已保存的内容都在。"


class DiskFull(StorageError):
    """There is no room left to write."""

    sentence = "磁盘满了，刚才这一步没有存上，以前保存的都在。请清出一些空间再试。"


class ReadOnly(StorageError):
    """The folder or the file may not be written, or not even read."""

    sentence = "数据文件夹不能写入，请检查文件夹的权限或U盘的写保护开关。"


class Damaged(StorageError):
    """The file is no database of ours, or its pages are broken."""

    sentence = "数据库文件损坏，打不开。请不要删除它，用最近的备份恢复，或联系技术支持。"


class KeyMissing(StorageError):
    """There is a database, but not the file with its key."""

    sentence = (
        "数据文件夹里少了密码文件 key.json，没有它谁也打不开数据库。"
        "请不要新建，从备份里找回这个文件放回原处。"
    )


class FileMissing(StorageError):
    """The bytes of a photo or document are not on this PC."""

    sentence = "这份照片或文件的原件不在这台电脑上，要连上县里才能取来。"


class FileDamaged(StorageError):
    """The bytes of a photo or document are not what they were when they were put away."""

    sentence = "这份照片或文件在本机的原件坏了，打不开；县里有的话可以再取一份。"


class TooNew(StorageError):
    """A newer program has written this database."""

    sentence = "数据是新版程序写的，这个版本太旧，不能打开；数据没有变动。请先更新程序。"


class OtherVillage(StorageError):
    """The PC has left the village that something was to be written for."""

    sentence = (
        "这台电脑已改属另一个村，刚才填的没有存进来，以免和别村的混在一起。"
        "原村的事，请到原村的电脑上再填。"
    )


def fault_of(error: OSError) -> StorageError:
    """What an error of the file system means for the cadre."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return DiskFull(str(error)) if full else ReadOnly(str(error))


class RecordInvalid(Exception):
    """A record breaks its rules. ``problems``: Chinese sentences by field name."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__("；".join(problems.values()))


class RecordMissing(Exception):
    """There is no such record on this PC (any more)."""

    def __init__(self, label: str) -> None:
        super().__init__(f"找不到这条{label}，可能已经删除")
