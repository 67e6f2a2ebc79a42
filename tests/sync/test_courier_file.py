"""The file on the stick: only its receiver reads it, and no byte of it can be changed unseen."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from sync import courier
from sync.courier import (
    MAGIC,
    CourierFault,
    DamagedFile,
    Forged,
    Header,
    NewerFormat,
    NotOurs,
    Sealer,
    TooLarge,
    glance,
    inspect,
    unseal,
)
from sync.keys import PublicKeys, SecretKeys

pytestmark = pytest.mark.promise(12)

PC, COUNTY, STRANGER = SecretKeys.new(), SecretKeys.new(), SecretKeys.new()
HEADER = Header("out", "file-1", "device-1", COUNTY.public.fingerprint, 7, village="花楸村")
MESSAGES = ("张三".encode(), b"x" * 5000, b"")


@dataclass(frozen=True)
class By:
    """Who writes, and to whom."""

    secret: SecretKeys = PC
    to: PublicKeys = COUNTY.public


def written(*messages: bytes, header: Header = HEADER, by: By = By()) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, header, by.secret, by.to)
    for message in messages:
        sealer.add(message)
    sealer.close()
    assert sealer.size == len(file.getvalue())
    return file.getvalue()


@cache
def sample() -> bytes:
    return written(*MESSAGES)


def read(
    data: bytes, secret: SecretKeys = COUNTY, sender: PublicKeys = PC.public
) -> tuple[Header, list[bytes]]:
    file = io.BytesIO(data)
    return inspect(file), list(unseal(file, secret, sender))


@given(st.lists(st.binary(max_size=2000), max_size=6))
def test_what_goes_in_comes_out_in_order(messages: list[bytes]) -> None:
    assert read(written(*messages)) == (HEADER, messages)


@given(st.integers(0, len(sample()) - 1), st.integers(0, 7))
def test_any_flipped_bit_is_refused_with_a_sentence(place: int, bit: int) -> None:
    data = sample()
    flipped = data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
    with pytest.raises(CourierFault) as fault:
        read(flipped)
    assert not fault.value.sentence.isascii()
    expected = (NotOurs, DamagedFile) if place < len(MAGIC) else (NewerFormat, DamagedFile)
    assert isinstance(fault.value, expected)


@given(st.integers(0, len(sample()) - 1))
def test_a_file_cut_short_anywhere_is_refused(length: int) -> None:
    with pytest.raises((DamagedFile, NotOurs)):
        read(sample()[:length])


@given(st.binary(min_size=1, max_size=200))
def test_a_file_with_something_behind_it_is_refused(tail: bytes) -> None:
    with pytest.raises(CourierFault):
        read(sample() + tail)


@given(st.binary(max_size=400), st.booleans())
def test_any_other_bytes_are_refused(data: bytes, marked: bool) -> None:
    with pytest.raises(CourierFault):
        read(MAGIC + b"\1" + data if marked else data)


def test_a_file_signed_by_another_key_is_forged() -> None:
    with pytest.raises(Forged):
        read(written(*MESSAGES, by=By(STRANGER)))


def test_a_file_sealed_to_another_county_cannot_be_read() -> None:
    with pytest.raises(Forged):
        read(written(*MESSAGES, by=By(to=STRANGER.public)))
    with pytest.raises(Forged):
        read(sample(), secret=STRANGER)


def test_the_contents_of_one_file_under_the_head_of_another_are_refused() -> None:
    """Somebody with keys of his own signs what he took from a village's file as his."""
    head = len(MAGIC) + 1 + 4
    length = int.from_bytes(sample()[head - 4 : head], "big")
    body = sample()[head + length : -80]
    stolen = Header("out", "file-2", "device-2", COUNTY.public.fingerprint)
    file = io.BytesIO()
    sealer = Sealer(file, stolen, STRANGER, COUNTY.public)
    own = io.BytesIO(file.getvalue())
    glance(own)
    # The sealer's own key and start give way to the stolen ones.
    forged = io.BytesIO()
    sealer = Resigned(forged, stolen, STRANGER, COUNTY.public)
    sealer.resign(file.getvalue()[: own.tell()] + body)
    with pytest.raises(Forged) as fault:
        read(forged.getvalue(), sender=STRANGER.public)
    assert fault.value.detail == "the stream does not decrypt"


class Resigned(Sealer):
    """Signs and sums up bytes that are not its own."""

    def resign(self, data: bytes) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._sign = bindings.crypto_sign_ed25519ph_state()
        self._sum = hashlib.blake2b(digest_size=16)
        self._write(data)
        _, key = bindings.crypto_sign_seed_keypair(self._secret.sign)
        signature = bindings.crypto_sign_ed25519ph_final_create(self._sign, key)
        self._sum.update(signature)
        self._file.write(signature + self._sum.digest())


def test_a_file_of_a_newer_format_is_told_apart_from_a_damaged_one() -> None:
    data = sample()
    newer = data[: len(MAGIC)] + b"\2" + data[len(MAGIC) + 1 :]
    with pytest.raises(NewerFormat, match="升级"):
        read(newer)


def test_a_file_that_is_too_long_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "LONGEST_FILE", len(sample()) - 1)
    with pytest.raises(TooLarge):
        read(sample())


def test_whoever_finds_the_stick_reads_whose_it_is_and_nothing_else() -> None:
    assert glance(io.BytesIO(sample())) == HEADER
    assert "张三".encode() not in sample()
    assert b"x" * 16 not in sample()


def test_keys_are_kept_as_text_and_what_is_none_is_none() -> None:
    assert SecretKeys.from_text(PC.to_text()) == PC
    assert PublicKeys.from_text(PC.public.to_text()) == PC.public
    for text in ("", "x", "====", PC.to_text()[:-4], PC.to_text() + "AAAA"):
        assert SecretKeys.from_text(text) is None
        assert PublicKeys.from_text(text) is None
    assert "sign" not in repr(PC)
