"""Documents as they are added: of a sort that an office can open, and what their name says."""

from __future__ import annotations

from desktop.attachments import compounds, packages, pdf, text
from desktop.attachments.faults import NotTaken
from desktop.attachments.forms import Damaged, Form
from desktop.attachments.heads import is_film, is_heic

#: The one sort of picture that is kept.
PICTURE = "image/jpeg"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

#: Ending → media type, and the forms in which such a file is written. WPS writes either.
SORTS: dict[str, tuple[str, tuple[Form, ...]]] = {
    "pdf": ("application/pdf", (pdf.PDF,)),
    "ofd": ("application/ofd", (packages.OFD,)),
    "doc": ("application/msword", (compounds.WORD, text.RTF)),
    "docx": (_WORD, (packages.WORD,)),
    "xls": ("application/vnd.ms-excel", (compounds.SHEETS,)),
    "xlsx": (_SHEET, (packages.SHEETS,)),
    "ppt": ("application/vnd.ms-powerpoint", (compounds.SLIDES,)),
    "pptx": (_SLIDES, (packages.SLIDES,)),
    "wps": ("application/vnd.ms-works", (compounds.ANY, packages.ANY)),
    "et": ("application/vnd.wps-office.et", (compounds.ANY, packages.ANY)),
    "dps": ("application/vnd.wps-office.dps", (compounds.ANY, packages.ANY)),
    "rtf": ("application/rtf", (text.RTF,)),
    "txt": ("text/plain", (text.TEXT,)),
    "csv": ("text/csv", (text.TEXT,)),
}
_PICTURES = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff")
_HEIC = (
    "这是苹果手机的 HEIC 照片，这里打不开。请在手机“设置 → 相机 → 格式”里选"
    "“兼容性最佳”再拍，或者用微信传到电脑上再加。"
)
_FILM = "视频太大，不能加。请截成照片再加。"
#: What people try, each with what they can do instead.
_INSTEAD = {
    ("heic", "heif"): _HEIC,
    ("mp4", "mov", "avi", "3gp", "mkv", "wmv"): _FILM,
    ("mp3", "wav", "m4a", "amr"): "录音不能加，请把要紧的话写在备注里。",
    ("zip", "rar", "7z"): "压缩包不能加，请解开以后把里面的文件一个一个加进来。",
}
_CUT_SHORT = (
    "这个文件不完整或已损坏，打不开，没有加进来。请从原来的地方再拷一份，用 WPS 打开看看再加。"
)


def refuse_what_no_office_opens(name: str, head: bytes) -> None:
    """Refuse, by its name and its first bytes, what cannot be kept at all. Raises NotTaken."""
    ending = _ending(name)
    for endings, sentence in _INSTEAD.items():
        if ending in endings:
            raise NotTaken(sentence)
    if is_heic(head):
        raise NotTaken(_HEIC)
    if is_film(head):
        raise NotTaken(_FILM)
    if ending in _PICTURES:
        raise NotTaken("这个文件的名字像照片，内容却不是，可能已经损坏。请换一张。")
    if ending not in SORTS:
        raise NotTaken("这种文件不能加。可以加照片，也可以加 PDF、Word、Excel、WPS 和文本文件。")


def media_type_of(name: str, data: bytes) -> str:
    """The media type of a document by its name, if it is what that says and a reader would open
    it. Raises NotTaken."""
    refuse_what_no_office_opens(name, data)
    ending = _ending(name)
    media_type, forms = SORTS[ending]
    form = next((form for form in forms if form.begins(data)), None)
    try:
        if form is None or not form.is_one(data):
            raise NotTaken(_is_no(ending, forms, data))
    except Damaged as error:
        raise NotTaken(_CUT_SHORT, error) from error
    return media_type


def _is_no(ending: str, forms: tuple[Form, ...], data: bytes) -> str:
    """What is said of a document that is something else than its name says."""
    begun = f"这个文件的名字是 .{ending}，内容却不是"
    if forms == (text.TEXT,):
        return f"{begun}文字，没有加进来。如果在记事本里看着是好的，请在那里另存为 UTF-8 编码再加。"
    if compounds.ANY.begins(data):
        # A document of today with a password looks so, and one of before under a new name.
        return (
            f"{begun}：可能设了打开密码，也可能只改了名字。"
            f"请用 WPS 打开，去掉密码，另存为 .{ending} 再加。"
        )
    return f"{begun}，可能已经损坏，没有加进来。"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
