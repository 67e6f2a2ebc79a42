"""Which kind of map coordinates are, and how they become WGS 84. No Qt.

Three kinds are met in a village: **WGS 84** of telephones and satellites; **GCJ-02**, which online
maps of China must use and which lies some 300 to 700 m off; **CGCS2000** of the natural resources
office, which is WGS 84 within centimetres, but is mostly handed out in metres (Gauss-Krüger).
Metres are told by their size; WGS 84 and GCJ-02 look alike, so a person is asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sync.records.shapes import Position

WGS84, GCJ02, CGCS2000 = "wgs84", "gcj02", "cgcs2000"

#: Central meridians of CGCS2000's zones in China, in degrees east.
MERIDIANS = tuple(range(75, 136, 3))
#: Metres added to the east, so that no coordinate is negative.
_FALSE_EAST = 500_000.0
# Semi-major axis and flattening of CGCS2000.
_AXIS, _FLATTENING = 6_378_137.0, 1 / 298.257222101
# GCJ-02 is defined on Krasovsky's ellipsoid: its axis, and the square of its eccentricity.
_KRASOVSKY, _KRASOVSKY_E2 = 6_378_245.0, 0.00669342162296594323
#: Where GCJ-02 differs from WGS 84: west, south, east, north.
_GCJ02_WITHIN = (72.004, 0.8293, 137.8347, 55.8271)

_EPSG = re.compile(r"EPSG:+(?:[\d.]*:)?(\d+)", re.IGNORECASE)
_GEOGRAPHIC = {4326: WGS84, 4979: WGS84, 4490: CGCS2000, 4480: CGCS2000}
#: EPSG's runs of CGCS2000 zones: first and last code, first meridian, degrees a zone.
_ZONES = ((4491, 4501, 75, 6), (4502, 4512, 75, 6), (4513, 4533, 75, 3), (4534, 4554, 75, 3))
_OLDER = {4214: "1954 北京坐标系", 4610: "1980 西安坐标系"}
_OLDER_ZONES = ((2327, 2390, "1980 西安坐标系"), (2401, 2442, "1954 北京坐标系"))
_WEB = (3857, 900913, 3785, 102100)


class UnknownSystem(ValueError):
    """The coordinates are of a kind that cannot be brought into place: a Chinese sentence."""


@dataclass(frozen=True)
class System:
    """What a file says of its coordinates, or what their size tells.

    ``code`` is empty where a person must say it; ``metres`` holds for Gauss-Krüger coordinates,
    whose central ``meridian`` is 0 where it must be asked for; ``swapped``: north comes first.
    """

    code: str = ""
    metres: bool = False
    meridian: int = 0
    swapped: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing is left to ask."""
        return bool(self.code) and (not self.metres or bool(self.meridian))

    def to_wgs84(self) -> Callable[[Position], Position]:
        """What brings a position of this system into WGS 84. Raises UnknownSystem where something
        is left to ask."""
        if not self.settled:
            raise UnknownSystem("还不知道是哪一种坐标")
        if self.metres:
            turn = _unproject_by(self.meridian)
        else:
            turn = wgs84_of_gcj02 if self.code == GCJ02 else _same
        if self.swapped:
            return lambda position: turn((position[1], position[0]))
        return turn


def system_of(named: str, positions: Sequence[Position]) -> System:
    """What is known of coordinates from the name that the file gives (empty for none) and from
    their size. Raises UnknownSystem with the sentence for the cadre."""
    code, meridian = _named(named)
    west, east = _range([x for x, _ in positions])
    south, north = _range([y for _, y in positions])
    if max(abs(west), abs(east), abs(south), abs(north)) <= 180:
        if meridian:
            raise UnknownSystem("文件里写的是平面坐标（米），里面的数却是经纬度，请向出图的人核对")
        swapped = _latitudes(west, east) and _longitudes(south, north)
        return System(code, swapped=swapped)
    swapped = _northings(west, east) and not _northings(south, north)
    eastings = (south, north) if swapped else (west, east)
    zone_meridian = _meridian_of_prefix(*eastings)
    if not meridian and not zone_meridian and not _eastings(*eastings):
        raise UnknownSystem(
            "坐标的数字既不像经纬度，也不像国家 2000 坐标，请向出图的人要 WGS-84 的"
        )
    return System(CGCS2000, True, zone_meridian or meridian, swapped)


def gcj02_of_wgs84(position: Position) -> Position:
    """Where online maps of China show a place; outside of China the place itself.

    The formula has never been published officially; it is the one that everybody uses (for
    instance eviltransform), and agrees with the maps within a metre or two.
    """
    west, south, east, north = _GCJ02_WITHIN
    x, y = position
    if not (west <= x <= east and south <= y <= north):
        return position
    away_x, away_y = _distortion(x - 105.0, y - 35.0)
    sine = math.sin(math.radians(y))
    bent = 1 - _KRASOVSKY_E2 * sine * sine
    per_y = math.radians(_KRASOVSKY * (1 - _KRASOVSKY_E2) / (bent * math.sqrt(bent)))
    per_x = math.radians(_KRASOVSKY / math.sqrt(bent) * math.cos(math.radians(y)))
    return x + away_x / per_x, y + away_y / per_y


def wgs84_of_gcj02(position: Position) -> Position:
    """The true place of what an online map of China shows; to a tenth of a millimetre."""
    x, y = position
    for _ in range(30):
        shown_x, shown_y = gcj02_of_wgs84((x, y))
        off_x, off_y = shown_x - position[0], shown_y - position[1]
        x, y = x - off_x, y - off_y
        if max(abs(off_x), abs(off_y)) < 1e-9:
            break
    return x, y


def project(position: Position, meridian: int) -> Position:
    """CGCS2000 degrees in metres east and north (Gauss-Krüger by Krüger's series, without a zone's
    number before the east)."""
    along, across = math.radians(position[0] - meridian), math.radians(position[1])
    sine = math.sin(across)
    root = 2 * math.sqrt(_N) / (1 + _N)
    t = math.sinh(math.atanh(sine) - root * math.atanh(root * sine))
    xi = math.atan2(t, math.cos(along))
    eta = math.atanh(math.sin(along) / math.hypot(1.0, t))
    east, north = eta, xi
    for j, a in enumerate(_ALPHA, start=1):
        east += a * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
        north += a * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
    return _FALSE_EAST + _RADIUS * east, _RADIUS * north


def unproject(position: Position, meridian: int) -> Position:
    """The degrees of metres east and north; a zone's number before the east is passed over."""
    east = position[0] % 1_000_000 if position[0] >= 1_000_000 else position[0]
    xi, eta = position[1] / _RADIUS, (east - _FALSE_EAST) / _RADIUS
    flat_xi, flat_eta = xi, eta
    for j, b in enumerate(_BETA, start=1):
        flat_xi -= b * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
        flat_eta -= b * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
    chi = math.asin(max(-1.0, min(1.0, math.sin(flat_xi) / math.cosh(flat_eta))))
    across = chi + sum(d * math.sin(2 * j * chi) for j, d in enumerate(_DELTA, start=1))
    along = math.atan2(math.sinh(flat_eta), math.cos(flat_xi))
    return meridian + math.degrees(along), math.degrees(across)


def _named(named: str) -> tuple[str, int]:
    """System and central meridian by the name in a file; empty and 0 for what it does not say."""
    if not named:
        return "", 0
    if "CRS84" in named.upper():
        return WGS84, 0
    found = _EPSG.search(named)
    epsg = int(found[1]) if found else 0
    if epsg in _GEOGRAPHIC:
        return _GEOGRAPHIC[epsg], 0
    for first, last, meridian, step in _ZONES:
        if first <= epsg <= last:
            return CGCS2000, meridian + (epsg - first) * step
    older = _OLDER.get(epsg) or next((n for a, b, n in _OLDER_ZONES if a <= epsg <= b), "")
    if older:
        raise UnknownSystem(
            f"这份文件用的是{older}，和现在的坐标差几十米到一百多米，请出图的单位换成国家 2000 坐标"
        )
    if epsg in _WEB:
        raise UnknownSystem("这份文件用的是网页地图的坐标，请在导出时选“经纬度（WGS-84）”再导入")
    if "2000" in named and "CGCS" in named.upper():
        return CGCS2000, 0
    if found is None:
        # A name of somebody's own says nothing; the figures may.
        return "", 0
    raise UnknownSystem("认不出这份文件的坐标，请在导出时选“经纬度（WGS-84）”再导入")


def _meridian_of_prefix(least: float, most: float) -> int:
    """The central meridian by the zone's number before the east: 13 to 23 count zones of six
    degrees, 25 to 45 of three. 0 where there is none, or more than one."""
    zone = int(least // 1_000_000)
    if zone != int(most // 1_000_000):
        return 0
    if 13 <= zone <= 23:
        return 6 * zone - 3
    return 3 * zone if 25 <= zone <= 45 else 0


def _range(values: Sequence[float]) -> tuple[float, float]:
    return (min(values), max(values)) if values else (0.0, 0.0)


def _latitudes(least: float, most: float) -> bool:
    return least >= 0 and most < 60


def _longitudes(least: float, most: float) -> bool:
    return least >= 70 and most < 140


def _northings(least: float, most: float) -> bool:
    return least > 900_000 and most < 6_500_000


def _eastings(least: float, most: float) -> bool:
    return least > 100_000 and most < 900_000


def _same(position: Position) -> Position:
    return position


def _unproject_by(meridian: int) -> Callable[[Position], Position]:
    return lambda position: unproject(position, meridian)


def _distortion(x: float, y: float) -> tuple[float, float]:
    """Metres east and north by which GCJ-02 moves a place, by its degrees from 105 E, 35 N."""
    root = math.sqrt(abs(x))
    both = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    return east, north


# Krüger's series to the fourth order in the third flattening: exact to well under a millimetre in
# a zone (L. Krüger 1912; C. Karney, Transverse Mercator with an accuracy of a few nanometers).
_N = _FLATTENING / (2 - _FLATTENING)
_RADIUS = _AXIS / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
_DELTA = (
    2 * _N - 2 * _N**2 / 3 - 2 * _N**3 + 116 * _N**4 / 45,
    7 * _N**2 / 3 - 8 * _N**3 / 5 - 227 * _N**4 / 45,
    56 * _N**3 / 15 - 136 * _N**4 / 35,
    4279 * _N**4 / 630,
)
