"""What the first bytes of a file tell, whatever its name says."""

from __future__ import annotations

#: So many bytes tell all that is asked here.
HEAD = 64
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
#: Sizes of the second header of a BMP. Words that begin with BM have letters in that place.
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_FILMS = (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"qt  ", b"M4V ", b"3gp4", b"3gp5", b"3g2a")


def looks_like_a_picture(head: bytes) -> bool:
    """Whether they are those of a picture that can be kept."""
    return head.startswith(_PICTURES) or _is_webp(head) or _is_bmp(head)


def is_heic(head: bytes) -> bool:
    """Whether they are an iPhone's photo, which nothing here can read."""
    return any(brand in _HEIC for brand in _brands(head))


def is_film(head: bytes) -> bool:
    """Whether they are those of a film as phones take it."""
    return any(brand in _FILMS for brand in _brands(head)[:1])


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_bmp(head: bytes) -> bool:
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS


def _brands(head: bytes) -> list[bytes]:
    """What a file in boxes (HEIC, MP4) says that it is, the chief name first."""
    if head[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[start : start + 4] for start in range(16, end, 4))]
