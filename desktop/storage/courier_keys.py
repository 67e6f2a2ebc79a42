"""The keys by which this PC and the county know each other's files on a stick."""

from __future__ import annotations

from desktop.storage import settings
from desktop.storage.store import Store
from sync.client.ports import Line, LineFault
from sync.keys import IntroduceRequest, PublicKeys, SecretKeys
from sync.protocol import VERSION


def own_keys(store: Store) -> SecretKeys:
    """This PC's secret keys, made when first asked for; they lie in the encrypted store."""
    keys = SecretKeys.from_text(store.setting(settings.COURIER_KEYS))
    if keys is not None:
        return keys
    with store.change() as connection:
        # Another program on this store may have made them meanwhile.
        keys = SecretKeys.from_text(settings.read(connection, settings.COURIER_KEYS))
        keys = keys or SecretKeys.new()
        settings.write(connection, **{settings.COURIER_KEYS: keys.to_text()})
    return keys


def county_keys(store: Store) -> PublicKeys | None:
    """The county's public keys; None until the county has told them."""
    return PublicKeys.from_text(store.setting(settings.COUNTY_KEYS))


def introduce(store: Store, line: Line) -> None:
    """Exchange keys with the county, once, where an older program enrolled this PC.

    A county whose program is too old for it is asked again at the next sync.
    """
    if county_keys(store) is not None:
        return
    try:
        answer = line.introduce(IntroduceRequest(VERSION, own_keys(store).public))
    except LineFault:
        return
    store.set(**{settings.COUNTY_KEYS: answer.keys.to_text()})
