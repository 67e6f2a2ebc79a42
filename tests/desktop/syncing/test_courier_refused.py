"""What is damaged, forged, of another PC or county is refused in words, and changes nothing."""

import io
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.syncing.courier import (
    Courier,
    OtherCounty,
    OtherPc,
)
from sync.courier import CourierFault, Forged, Sealer, inspect, unseal
from sync.keys import SecretKeys
from sync.server.errors import Refusal
from tests.desktop.syncing.sticks import World, add, refused, state_of

pytestmark = pytest.mark.promise(12)


def test_an_answer_for_another_pc_is_refused(world: World) -> None:
    add(world.one, "张伟")
    answer = world.one.courier_carry(world.one.courier_out())
    add(world.two, "王芳")
    refused(world.two, answer, OtherPc)
    refused(world.far, answer, OtherPc)


def test_a_file_that_was_not_carried_yet_is_no_answer(world: World) -> None:
    add(world.one, "张伟")
    assert "还不是回执" in refused(world.one, world.one.courier_out(), CourierFault).sentence


def test_an_answer_of_another_county_is_refused(world: World, tmp_path: Path) -> None:
    add(world.one, "张伟")
    answer = world.one.courier_carry(world.one.courier_out())
    world.one.store.set(county_keys=SecretKeys.new().public.to_text())
    refused(world.one, answer, OtherCounty)


def test_a_file_for_another_county_is_refused_there(world: World) -> None:
    add(world.one, "张伟")
    right = Courier(world.one.store)._county()
    world.one.store.set(county_keys=SecretKeys.new().public.to_text())
    file = world.one.courier_out()
    world.one.store.set(county_keys=right.to_text())
    turned_away(world, file, "other_county")


def turned_away(world: World, file: bytes, code: str) -> str:
    """The county refuses the file and writes nothing."""
    before = world.county.rows()
    with pytest.raises(Refusal) as refusal:
        world.one.courier_carry(file)
    assert refusal.value.fault.code == code
    assert world.county.rows() == before
    return refusal.value.fault.sentence


def test_a_file_signed_by_another_key_is_refused_at_the_county(world: World) -> None:
    add(world.one, "张伟")
    own = world.one.store.setting("courier_keys")
    world.one.store.set(courier_keys=SecretKeys.new().to_text())
    file = world.one.courier_out()
    world.one.store.set(courier_keys=own)
    turned_away(world, file, "forged")
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))


def test_an_answer_not_signed_by_the_county_is_refused(world: World) -> None:
    add(world.one, "张伟")
    file = world.one.courier_out()
    with world.county.engine.begin() as connection:
        # A server that poses as the county: it knows its name, not its keys.
        (true,) = connection.exec_driver_sql("SELECT secret FROM county_keys").one()
    county = SecretKeys.from_text(true)
    assert county is not None
    posing = SecretKeys(SecretKeys.new().sign, county.box)
    answer = forged_answer(world, file, posing, county)
    refused(world.one, answer, Forged)


def forged_answer(world: World, file: bytes, posing: SecretKeys, county: SecretKeys) -> bytes:
    honest = io.BytesIO(world.one.courier_carry(file))
    header = inspect(honest)
    own = SecretKeys.from_text(world.one.store.setting("courier_keys"))
    assert own is not None
    target = io.BytesIO()
    sealer = Sealer(target, msgspec.structs.replace(header, file="forged"), posing, own.public)
    for message in unseal(honest, own, county.public):
        sealer.add(message)
    sealer.close()
    return target.getvalue()


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE device SET revoked = 1", "revoked"),
        ("UPDATE device SET courier_keys = ''", "no_keys"),
        ("DELETE FROM device", "unknown_device"),
    ],
)
def test_a_pc_that_the_county_lets_in_no_more_is_told_why(
    world: World, sql: str, code: str
) -> None:
    add(world.one, "张伟")
    file = world.one.courier_out()
    with world.county.engine.begin() as connection:
        connection.exec_driver_sql(sql)
    sentence = turned_away(world, file, code)
    assert "村" in sentence or "县" in sentence
    assert len(world.one.outbox()) == 1


def test_a_damaged_file_is_refused_at_the_county(world: World) -> None:
    add(world.one, "张伟")
    file = world.one.courier_out()
    turned_away(world, file[:-1], "bad_file")
    turned_away(world, file[:200] + bytes([file[200] ^ 1]) + file[201:], "bad_file")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9), st.integers(0, 7), st.booleans())
def test_a_damaged_answer_changes_nothing(
    damaged: tuple[World, bytes], place: int, bit: int, cut: bool
) -> None:
    world, answer = damaged
    place %= len(answer)
    flipped = answer[:place] + bytes([answer[place] ^ 1 << bit]) + answer[place + 1 :]
    before = state_of(world.one.store)
    assert not world.one.courier_in(answer[:place] if cut else flipped)
    assert state_of(world.one.store) == before


@pytest.fixture
def damaged(world: World) -> tuple[World, bytes]:
    add(world.one, "张伟")
    return world, world.one.courier_carry(world.one.courier_out())
