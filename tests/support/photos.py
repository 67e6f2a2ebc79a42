"""Photos as a phone takes them, for tests: with noise, so that they do not compress away."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image

ORIENTATION, MOMENT, EXIF, GPS = 0x0112, 0x9003, 0x8769, 0x8825


def photo(
    seed: int = 0,
    size: tuple[int, int] = (640, 480),
    *,
    orientation: int | None = None,
    moment: str = "",
    place: tuple[float, float] | None = None,
    form: str = "JPEG",
    noisy: bool = True,
) -> bytes:
    """The bytes of a picture; its upper left quarter is red, so that one sees which way it lies."""
    if noisy:
        noise = random.Random(seed).randbytes(size[0] * size[1] * 3)
        image = Image.frombytes("RGB", size, noise)
    else:
        image = Image.new("RGB", size, (30, 90 + seed % 100, 60))
    image.paste((220, 20, 20), (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    if orientation:
        exif[ORIENTATION] = orientation
    if moment:
        exif.get_ifd(EXIF)[MOMENT] = moment
    if place:
        gps = exif.get_ifd(GPS)
        gps[1], gps[2] = ("N" if place[0] >= 0 else "S"), _dms(place[0])
        gps[3], gps[4] = ("E" if place[1] >= 0 else "W"), _dms(place[1])
    written = io.BytesIO()
    if form == "JPEG":
        image.save(written, form, exif=exif)
    else:
        image.save(written, form)
    return written.getvalue()


def photo_files(folder: Path, count: int, size: tuple[int, int] = (640, 480)) -> list[Path]:
    """As many photos in a folder, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"IMG_{number:04}.jpg"
        path.write_bytes(photo(number, size))
        paths.append(path)
    return paths


def _dms(degrees: float) -> tuple[float, float, float]:
    degrees = abs(degrees)
    minutes = degrees % 1 * 60
    return (int(degrees), int(minutes), minutes % 1 * 60)
