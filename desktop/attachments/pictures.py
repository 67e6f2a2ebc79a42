"""Photos as they are added: turned upright, scaled down, time and place told apart.

What is kept is a JPEG without a trace of the camera in it: when and where it was taken become data
of the record, where they can be seen and masked, instead of travelling unseen inside the picture.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from desktop.attachments.faults import NotTaken
from sync.records.attachments import LONGEST_THUMBNAIL

_QUALITY = 80
#: A JPEG is read at a half, a quarter or an eighth of its size; anything else as it is.
_MOST_PIXELS_JPEG, _MOST_PIXELS = 120_000_000, 60_000_000
#: Side in pixels and quality of a thumbnail, the first that is small enough.
_THUMBNAILS = ((160, 60), (160, 40), (128, 40), (128, 20), (96, 20), (64, 20), (32, 20))
#: By the plugins named here, and by no other of the many that Pillow could load. Phones' JPEGs with
#: more than one picture inside (MPO) are read as JPEG.
_FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        BmpImagePlugin.BmpImageFile,
        GifImagePlugin.GifImageFile,
        TiffImagePlugin.TiffImageFile,
    )
)
_OLDEST_YEAR = 1990

# Our own check comes first, and knows what a JPEG really costs; Pillow would only warn.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Picture:
    """A photo ready to be kept. ``latitude`` and ``longitude`` are millionths of a degree."""

    data: bytes
    width: int
    height: int
    thumbnail: str
    taken_at: str | None
    latitude: int | None
    longitude: int | None


def prepare(data: bytes, side: int) -> Picture:
    """Make a picture ready: at most ``side`` pixels long, upright, without EXIF.

    Raises NotTaken.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            _refuse_a_bomb(image)
            exif = image.getexif()
            moment, place = _moment(exif), _place(exif)
            image.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(image)
            flat = _flat(upright)
    except NotTaken:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise NotTaken("这张照片打不开，可能已经损坏。请换一张，或重新拍。", error) from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        # What Pillow raises for files that are cut short or spoilt on purpose.
        raise NotTaken("这张照片不完整或已损坏，打不开。请换一张，或重新拍。", error) from error
    flat.thumbnail((side, side), Image.Resampling.LANCZOS)
    kept = _as_jpeg(flat, _QUALITY)
    latitude, longitude = place or (None, None)
    return Picture(kept, flat.width, flat.height, _thumbnail(flat), moment, latitude, longitude)


def smaller(data: bytes, side: int) -> bytes:
    """A kept photo as a JPEG that is at most ``side`` pixels long. Raises NotTaken."""
    return prepare(data, side).data


def _refuse_a_bomb(image: Image.Image) -> None:
    """A small file can be made to need all memory there is; its head says so."""
    is_jpeg = image.format in ("JPEG", MpoImagePlugin.MpoImageFile.format)
    most = _MOST_PIXELS_JPEG if is_jpeg else _MOST_PIXELS
    if image.width * image.height > most:
        size = f"{image.width}×{image.height}"
        raise NotTaken(f"这张图片的尺寸太大（{size}），处理不了。请先在手机或电脑上缩小再加。")


def _flat(image: Image.Image) -> Image.Image:
    """Without transparency: what shines through is white paper."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        whole = image.convert("RGBA")
        paper = Image.new("RGB", whole.size, "white")
        paper.paste(whole, mask=whole.getchannel("A"))
        return paper
    return image.convert("RGB")


def _as_jpeg(image: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def _thumbnail(image: Image.Image) -> str:
    text = ""
    for side, quality in _THUMBNAILS:
        small = image.copy()
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        text = base64.b64encode(_as_jpeg(small, quality)).decode()
        if len(text) <= LONGEST_THUMBNAIL:
            break
    return text


def _moment(exif: Image.Exif) -> str | None:
    """When the camera says it was, as ``2026-11-20T10:33:12``."""
    inside = exif.get_ifd(ExifTags.IFD.Exif)
    told = inside.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        moment = datetime.strptime(str(told).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None
    # A camera whose clock was never set says 1970 or 1980.
    return moment.isoformat() if moment.year >= _OLDEST_YEAR else None


def _place(exif: Image.Exif) -> tuple[int, int] | None:
    gps: Mapping[int, Any] = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def _degrees(
    gps: Mapping[int, Any], tag: int, side_tag: int, negative: str, most: int
) -> int | None:
    """Degrees, minutes and seconds as millionths of a degree; None where they make no sense."""
    try:
        parts = [Fraction(str(float(part))) for part in gps[tag]]
        degrees, minutes, seconds = parts
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    micro = round((degrees + minutes / 60 + seconds / 3600) * 1_000_000)
    if not 0 <= micro <= most * 1_000_000:
        return None
    return -micro if str(gps.get(side_tag, "")).strip("\0 ").upper() == negative else micro
