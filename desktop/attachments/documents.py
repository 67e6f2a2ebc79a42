"""Documents as they are added: of a sort that an office can open, and what their name says."""

from __future__ import annotations

from desktop.attachments.faults import NotTaken

#: The one sort of picture that is kept.
PICTURE = "image/jpeg"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

#: Ending → media type, and how such a file begins (nothing: plain text). WPS writes either form.
SORTS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF",)),
    "ofd": ("application/ofd", (_ZIP,)),
    "doc": ("application/msword", (_OLE, b"{\\rtf")),
    "docx": (_WORD, (_ZIP,)),
    "xls": ("application/vnd.ms-excel", (_OLE,)),
    "xlsx": (_SHEET, (_ZIP,)),
    "ppt": ("application/vnd.ms-powerpoint", (_OLE,)),
    "pptx": (_SLIDES, (_ZIP,)),
    "wps": ("application/vnd.ms-works", (_OLE, _ZIP)),
    "et": ("application/vnd.wps-office.et", (_OLE, _ZIP)),
    "dps": ("application/vnd.wps-office.dps", (_OLE, _ZIP)),
    "rtf": ("application/rtf", (b"{\\rtf",)),
    "txt": ("text/plain", ()),
    "csv": ("text/csv", ()),
}
_PICTURES = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff")
#: What people try, each with what they can do instead.
_INSTEAD = {
    ("heic", "heif"): (
        "这是苹果手机的 HEIC 照片，这里打不开。请在手机“设置 → 相机 → 格式”里选"
        "“兼容性最佳”再拍，或者用微信传到电脑上再加。"
    ),
    ("mp4", "mov", "avi", "3gp", "mkv", "wmv"): "视频太大，不能加。请截成照片再加。",
    ("mp3", "wav", "m4a", "amr"): "录音不能加，请把要紧的话写在备注里。",
    ("zip", "rar", "7z"): "压缩包不能加，请解开以后把里面的文件一个一个加进来。",
}


def looks_like_a_picture(head: bytes) -> bool:
    """Whether the first bytes of a file are a picture's, whatever its name says."""
    known = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    return head.startswith(known) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def media_type_of(name: str, head: bytes) -> str:
    """The media type of a document by its name, if its first bytes agree. Raises NotTaken."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    for endings, sentence in _INSTEAD.items():
        if ending in endings:
            raise NotTaken(sentence)
    if ending in _PICTURES:
        raise NotTaken("这个文件的名字像照片，内容却不是，可能已经损坏。请换一张。")
    if ending not in SORTS:
        raise NotTaken("这种文件不能加。可以加照片，也可以加 PDF、Word、Excel、WPS 和文本文件。")
    media_type, beginnings = SORTS[ending]
    sound = any(mark in head[:1024] for mark in beginnings) if beginnings else b"\0" not in head
    if not sound:
        raise NotTaken(f"这个文件的名字是 .{ending}，内容却不是，可能已经损坏，没有加进来。")
    return media_type
