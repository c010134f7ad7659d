"""One complete Simplified Chinese font, found by what is in it.

Every page is set in two faces only, regular and bold of one family. A document embeds a
subset of exactly its own characters, rare ones (喆, 镕, 㛃) no different from the rest, so
its bytes depend on the document and on the font, and on no other document.

Static TrueType and OpenType fonts and collections are considered; variable fonts are not.
"""

import hashlib
import os
import re
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uharfbuzz as hb
from fontTools.ttLib import TTCollection, TTFont, TTLibError

from pipeline.refusal import Refusal


def _gb2312() -> str:
    rows = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    return "".join(row.decode("gb2312", "ignore") for row in rows)


LATIN = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x100))))
PRINTED = "±−–—×·▲▼△▽●○■□→≥≤%‰…①②③④⑤⑥⑦⑧⑨⑩Σ÷"
REQUIRED = frozenset(_gb2312() + LATIN + PRINTED)
"""What a font must have to be used at all: GB2312, Latin-1 and the signs pages print."""

INSTALL = """\
  Debian, Ubuntu   sudo apt-get install fonts-noto-cjk
  Fedora           sudo dnf install google-noto-sans-cjk-fonts
  macOS            brew install --cask font-noto-sans-cjk-sc
or set CSI_FONT_DIR to a folder that holds regular and bold of a complete Simplified Chinese
font (.ttf, .otf or .ttc)."""

_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
_SMALLEST_COMPLETE_FONT = 1 << 20  # bytes; spares opening hundreds of Latin fonts
_BROKEN_FONT = (TTLibError, OSError, ValueError, KeyError, AssertionError, struct.error)
# OS/2 code-page bits: 17 Japanese, 18 Simplified Chinese, 19 and 21 Korean, 20 Traditional.
_CHINESE, _OTHER_CJK = 1 << 18, 1 << 17 | 1 << 19 | 1 << 20 | 1 << 21
_SIMPLIFIED = re.compile(r"\b(SC|CN|GB|Hans)\b")
_SERIF = re.compile(r"Serif|Song|Ming|Kai|Fang|宋|明|楷|仿")
_FEATURES = ("ccmp", "kern", "liga", "mark", "mkmk", "pwid", "tnum")
_NOT_FOR_PRINT = ("BASE", "DSIG", "VORG", "vhea", "vmtx")
_LINE_ENDS = frozenset("\n\r\t")


class FontsMissing(Refusal):
    """No complete Simplified Chinese font in regular and bold; the text says how to get one."""


@dataclass(frozen=True)
class Face:
    """One face of one font file. index: its place in a collection, 0 in a plain file.
    sha256: of the whole file."""

    path: Path
    index: int
    sha256: str


@dataclass(frozen=True)
class Fonts:
    """The two faces of every page. name, version: the family, as the font states them."""

    name: str
    version: str
    regular: Face
    bold: Face

    def missing_glyphs(self, text: str) -> set[str]:
        """The characters of text for which regular or bold has no glyph."""
        doubtful = set(text) - REQUIRED - _LINE_ENDS
        if not doubtful:
            return doubtful
        faces = (self.regular, self.bold)
        return {c for c in doubtful if not all(ord(c) in _unicodes(face) for face in faces)}

    def subsets(self, text: str) -> tuple[bytes, bytes]:
        """Regular and bold, as OpenType data, cut to the characters of text."""
        characters = frozenset(text) - _LINE_ENDS
        return _subset(self.regular, characters), _subset(self.bold, characters)


def find(search: Sequence[Path] | None = None) -> Fonts:
    """The fonts of this machine that pages are set in.

    search: font folders in order of preference; None means `font_folders()`. The first folder
    with a suitable family wins; there, sans before serif, then by name. Raises FontsMissing.
    """
    families = map(_best_family, font_folders() if search is None else search)
    faces = next(filter(None, families), None)
    if faces is None:
        raise FontsMissing(
            "No complete Simplified Chinese font in regular and bold was found. Install one:\n" + INSTALL
        )
    regular, bold = (Face(face.path, face.index, hashlib.sha256(face.path.read_bytes()).hexdigest()) for face in faces)
    return Fonts(faces[0].family, faces[0].version, regular, bold)


def font_folders() -> list[Path]:
    """Where this machine keeps fonts: CSI_FONT_DIR first, then the user's, then the system's."""
    home = Path.home()
    if sys.platform == "darwin":
        usual = [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
        shared = [Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]
        usual = [data / "fonts", home / ".fonts", *shared]
    chosen = os.environ.get("CSI_FONT_DIR")
    return [Path(chosen), *usual] if chosen else usual


@dataclass(frozen=True)
class _Found:
    family: str
    version: str
    weight: int
    serif: bool
    path: Path
    index: int


def _best_family(folder: Path) -> tuple[_Found, _Found] | None:
    """Regular and bold of one family: the weights nearest to 400 and to 700."""
    families: dict[tuple[bool, str], list[_Found]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES):
        if path.stat().st_size >= _SMALLEST_COMPLETE_FONT:
            for face in _suitable(path):
                families.setdefault((face.serif, face.family), []).append(face)
    for _, faces in sorted(families.items()):
        regular = _nearest(faces, 400, range(300, 501))
        bold = _nearest(faces, 700, range(600, 901))
        if regular and bold:
            return regular, bold
    return None


def _nearest(faces: Iterable[_Found], weight: int, allowed: range) -> _Found | None:
    near = [face for face in faces if face.weight in allowed]
    return min(near, key=lambda f: (abs(f.weight - weight), f.path, f.index), default=None)


def _suitable(path: Path) -> Iterator[_Found]:
    """The complete, upright, proportional Simplified Chinese faces of a file."""
    with path.open("rb") as file:
        collection = file.read(4) == b"ttcf"
        file.seek(0)
        try:
            fonts = TTCollection(file, lazy=True).fonts if collection else [TTFont(file, lazy=True)]
        except _BROKEN_FONT:
            return
        for index, font in enumerate(fonts):
            try:
                face = _describe(font, path, index)
            except _BROKEN_FONT:
                continue
            if face:
                yield face


def _describe(font: TTFont, path: Path, index: int) -> _Found | None:
    """None unless the face is one we can set a Chinese page in. Cheap tests come first.

    Pan-Chinese collections set bit 18 in their Japanese and Korean faces as well, so that bit
    is enough only where no other CJK bit stands beside it, or where the name says SC.
    """
    if "fvar" in font or not ("glyf" in font or "CFF " in font):
        return None
    os2, names = font["OS/2"], font["name"]
    family = names.getDebugName(16) or names.getDebugName(1) or ""
    pages = os2.ulCodePageRange1
    ours = pages & _CHINESE and (not pages & _OTHER_CJK or _SIMPLIFIED.search(family))
    italic = os2.fsSelection & 1
    if not ours or italic:
        return None
    face = hb.Face(hb.Blob.from_file_path(str(path)), index)  # fontTools takes a second for the characters of a family
    if not frozenset(map(ord, REQUIRED)) <= frozenset(face.unicodes):
        return None
    shapes = hb.Font(face)
    narrow, wide = (shapes.get_glyph_h_advance(shapes.get_nominal_glyph(ord(one))) for one in "im")
    if narrow == wide:
        return None
    panose = os2.panose.bSerifStyle if os2.panose.bFamilyType == 2 else 0
    serif = 2 <= panose <= 10 or (panose < 2 and bool(_SERIF.search(family)))
    version = (names.getDebugName(5) or "").split(";")[0]
    return _Found(family, version, os2.usWeightClass, serif, path, index)


def _subset(face: Face, characters: Iterable[str]) -> bytes:
    """The face with these characters, horizontal text and `_FEATURES` only. Glyphs are numbered
    1, 2, 3 …, since the source's own numbers would be a fifth of every PDF."""
    wanted = hb.SubsetInput()
    wanted.flags = hb.SubsetFlags.CFF_IDENTITY_CHARSET
    wanted.unicode_set.update(map(ord, characters))
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.update(map(_tag, _FEATURES))
    wanted.drop_table_tag_set.update(map(_tag, _NOT_FOR_PRINT))
    return bytes(hb.subset(_open(face), wanted).blob.data)


def _tag(name: str) -> int:
    return int.from_bytes(name.encode())


@cache
def _open(face: Face) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(face.path)), face.index)


@cache
def _unicodes(face: Face) -> frozenset[int]:
    return frozenset(_open(face).unicodes)
