"""The database key: 32 random bytes, kept beside the database wrapped by a password (Argon2id)."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from nacl import exceptions, pwhash, secret, utils

from desktop.storage.errors import Damaged, NoStore, WeakPassword, WrongPassword, fault_of
from sync.decoding import decode

KEY_BYTES = 32
SHORTEST_PASSWORD = 6
# Three passes over 64 MB: about 0.2 s on an old PC, costly for whoever guesses.
_PASSES = 3
_MEMORY = 64 * 1024 * 1024
# More than any version will ask for: a damaged file must not keep the PC busy for a year.
_MOST_PASSES, _MOST_MEMORY = 64, 1024 * 1024 * 1024


class _KeyFile(msgspec.Struct):
    """What the key file holds; the numbers are kept so that they can be raised later."""

    salt: bytes
    passes: int
    memory: int
    wrapped: bytes


def new_key(path: Path, password: str) -> bytes:
    """Make a key, write it wrapped to ``path``, return it. Raises WeakPassword, DiskFull or
    ReadOnly."""
    key = utils.random(KEY_BYTES)
    _write(path, key, password)
    return key


def open_key(path: Path, password: str) -> bytes:
    """Unwrap the key. Raises NoStore, WrongPassword, Damaged or ReadOnly."""
    try:
        kept = decode(path.read_bytes(), _KeyFile)
        if kept.passes > _MOST_PASSES or kept.memory > _MOST_MEMORY:
            raise ValueError("would take for ever")
        box = secret.SecretBox(_stretch(password, kept.salt, kept.passes, kept.memory))
    except (FileNotFoundError, NotADirectoryError):
        raise NoStore(str(path)) from None
    except OSError as error:
        raise fault_of(error) from error
    except ValueError as error:
        raise Damaged(str(error)) from error
    try:
        return box.decrypt(kept.wrapped)
    except exceptions.ValueError as error:
        raise Damaged(str(error)) from error
    except exceptions.CryptoError:
        raise WrongPassword() from None


def change_password(path: Path, old: str, new: str) -> None:
    """Wrap the same key by another password; the database stays as it is. Raises StorageError."""
    _write(path, open_key(path, old), new)


def _write(path: Path, key: bytes, password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword()
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    box = secret.SecretBox(_stretch(password, salt, _PASSES, _MEMORY))
    kept = _KeyFile(salt, _PASSES, _MEMORY, bytes(box.encrypt(key)))
    # Written aside and moved into place: a power cut must never leave half a key.
    aside = path.with_suffix(".new")
    try:
        with aside.open("wb") as file:
            file.write(msgspec.json.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise fault_of(error) from error


def _stretch(password: str, salt: bytes, passes: int, memory: int) -> bytes:
    # A password from the environment may hold bytes that are no UTF-8.
    typed = password.encode(errors="surrogateescape")
    return pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE, typed, salt, opslimit=passes, memlimit=memory
    )
