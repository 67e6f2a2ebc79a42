"""Key pairs by which a PC and the county know each other's files: Ed25519 signs, X25519 seals.

Made by libsodium (PyNaCl). Both ends exchange the public halves once, when a PC is enrolled or at
its next sync by line; the secret halves never leave their owner.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

import msgspec
from nacl import bindings, utils

_KEY = 32


class PublicKeys(msgspec.Struct, frozen=True):
    """The public halves: ``sign`` checks signatures, to ``box`` one seals; 32 bytes each."""

    sign: bytes
    box: bytes

    def __post_init__(self) -> None:
        """Refuse keys of another length."""
        if (len(self.sign), len(self.box)) != (_KEY, _KEY):
            raise ValueError("a key of another length")

    @property
    def fingerprint(self) -> str:
        """A short name for these keys, the same everywhere."""
        return hashlib.blake2b(self.sign + self.box, digest_size=8).hexdigest()

    def to_text(self) -> str:
        """The keys as they are kept."""
        return _text(self.sign + self.box)

    @classmethod
    def from_text(cls, text: str) -> PublicKeys | None:
        """The keys that were kept; None for '' or what is no keys."""
        plain = _bytes(text)
        return None if plain is None else cls(plain[:_KEY], plain[_KEY:])


@dataclass(frozen=True)
class SecretKeys:
    """The secret halves, never shown: seeds of 32 bytes each, from which all else follows."""

    sign: bytes = field(repr=False)
    box: bytes = field(repr=False)

    @classmethod
    def new(cls) -> SecretKeys:
        """Fresh random keys."""
        return cls(utils.random(_KEY), utils.random(_KEY))

    @property
    def public(self) -> PublicKeys:
        """The halves to hand out."""
        sign, _ = bindings.crypto_sign_seed_keypair(self.sign)
        return PublicKeys(sign, bindings.crypto_scalarmult_base(self.box))

    def to_text(self) -> str:
        """The keys as they are kept in an encrypted store or the county's database."""
        return _text(self.sign + self.box)

    @classmethod
    def from_text(cls, text: str) -> SecretKeys | None:
        """The keys that were kept; None for '' or what is no keys."""
        plain = _bytes(text)
        return None if plain is None else cls(plain[:_KEY], plain[_KEY:])


class IntroduceRequest(msgspec.Struct, frozen=True):
    """A PC that was enrolled by an older program hands in its keys."""

    version: int
    keys: PublicKeys


class IntroduceAnswer(msgspec.Struct, frozen=True):
    """The county's keys in return."""

    version: int
    keys: PublicKeys


def _text(plain: bytes) -> str:
    return base64.b64encode(plain).decode()


def _bytes(text: str) -> bytes | None:
    try:
        plain = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return plain if len(plain) == 2 * _KEY else None
