"""Hears from the system when the network comes back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QNetworkInformation


def watch_network(owner: QObject, back: Callable[[], None]) -> bool:
    """Call ``back`` when the network is reachable again; whether the system can tell."""
    if not QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
        return False
    information = QNetworkInformation.instance()

    def changed(reachability: QNetworkInformation.Reachability) -> None:
        if reachability == QNetworkInformation.Reachability.Online:
            back()

    information.reachabilityChanged.connect(changed)
    owner.destroyed.connect(lambda: information.reachabilityChanged.disconnect(changed))
    return True
