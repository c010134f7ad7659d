"""The key of pseudonyms: who answered becomes a code that only the holder of the key can compute.

Without the key a code tells nothing, not even to someone who has a list of all phone numbers.
"""

import hmac
import os
import re
import stat
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from pipeline.refusal import Refusal

SHORTEST = 32  # characters
LONGEST = 4096
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_GAPS = re.compile(r"[ \-.·—–‐_/()]")
# What stays the same however it is spaced: a mobile with or without +86, a fixed line, a number
# with a country code, an identity card, a number plate. Any other text keeps its punctuation:
# 1-23 and 12-3 are two respondents.
_MOBILE = re.compile(r"(?:\+|00)?(?:86)?(1[3-9]\d{9})", re.ASCII)
_OTHER = re.compile(
    r"0\d{9,11}|\+\d{8,15}|[1-9]\d{16}[\dx]|[\u4e00-\u9fff][a-hj-np-z][a-z0-9]{4,5}[a-z0-9挂学警港澳]",
    re.ASCII,
)


@dataclass(frozen=True)
class Key:
    """secret: at least SHORTEST characters, never shown."""

    secret: bytes = field(repr=False)

    def __repr__(self) -> str:
        return f"Key(fingerprint={self.fingerprint!r})"

    @cached_property
    def fingerprint(self) -> str:
        """12 hex digits that tell this key from others, and nothing of the key."""
        return hmac.digest(self.secret, b"fingerprint of the key", "sha256").hex()[:12]

    def code(self, kind: str, text: str) -> str:
        """32 hex digits: HMAC-SHA256 of the kind and the text as `same` gives it. The same text
        has other codes as another kind. "" for a text without a letter or digit."""
        if not kind or "\0" in kind:
            raise ValueError(f"no kind of text: {kind!r}")
        plain = same(text)
        return hmac.digest(self.secret, f"{kind}\0{plain}".encode(), "sha256").hex()[:32] if plain else ""

    def codes(self, kind: str, column: pl.Series) -> pl.Series:
        """The codes of a column of texts; null where there is no letter or digit."""
        texts = column.drop_nulls().unique()
        found = [self.code(kind, text) or None for text in texts.to_list()]
        return column.replace_strict(texts, pl.Series(found, dtype=pl.String), default=None, return_dtype=pl.String)


def same(text: str) -> str:
    """What all spellings of a phone number, identity card or number plate have in common; of any
    other text NFKC in lower case, without invisible characters and surplus space."""
    if not (text.isascii() and text.isalnum()):
        wide = unicodedata.normalize("NFKC", text)
        visible = "".join(one for one in wide if one.isspace() or unicodedata.category(one)[0] != "C")
        text = " ".join(visible.split())
        if not any(map(str.isalnum, text)):
            return ""
    text = text.lower()
    bare = _GAPS.sub("", text)
    mobile = _MOBILE.fullmatch(bare)
    if mobile is not None:
        return mobile[1]
    return bare if _OTHER.fullmatch(bare) else text


def load(variable: str, file: str, programme_folder: Path) -> Key | None:
    """The key in an environment variable, else in a file (`~` is the user's home; else relative
    to the programme's folder). None where there is neither.

    Raises Refusal unless the file is a plain one that only its user can read, outside the
    programme's folder, and the key is long enough and printable. The key is in no sentence.
    """
    text = os.environ.get(variable)
    if text is not None:
        return _key(f"environment variable {variable}", text)
    try:
        path = programme_folder / Path(file).expanduser()
    except RuntimeError:
        raise Refusal(f"{file}: there is no home folder here. Write the key's path without ~.") from None
    data = _read(path, programme_folder)
    return None if data is None else _key(str(path), data.decode("ascii", "replace"))


def _key(where: str, text: str) -> Key:
    key = text.strip()
    made = "Make one with: openssl rand -hex 32"
    if len(key) < SHORTEST:
        raise Refusal(f"{where}: the key has {len(key)} characters, fewer than {SHORTEST}. {made}")
    if len(key) > LONGEST:
        raise Refusal(f"{where}: the key is longer than {LONGEST} characters. {made}")
    if not _PRINTABLE.fullmatch(key):
        raise Refusal(f"{where}: the key is not one line of printable ASCII characters. {made}")
    return Key(key.encode("ascii"))


def _read(path: Path, programme_folder: Path) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        if os.path.islink(path):
            raise Refusal(f"{path}: the key's file is a symbolic link. Put the file itself there.") from None
        why = error.strerror
        raise Refusal(f"{path}: the key's file cannot be read ({why}). Correct the path or its rights.") from None
    try:
        _check(path, os.fstat(handle), programme_folder)
        return os.read(handle, LONGEST + 1)
    finally:
        os.close(handle)


def _check(path: Path, found: os.stat_result, programme_folder: Path) -> None:
    """Raises Refusal unless the opened file may hold a key."""
    if not stat.S_ISREG(found.st_mode):
        raise Refusal(f"{path}: the key's file is not a plain file. Put a file in its place.")
    if path.resolve().is_relative_to(programme_folder.resolve()):
        raise Refusal(
            f"{path}: the key's file is in the programme's folder, which others receive. "
            "Move it out, such as to ~/.config/csi/key."
        )
    if found.st_uid != os.geteuid():
        raise Refusal(f"{path}: the key's file belongs to another user. Make a copy of your own.")
    if found.st_mode & 0o077:
        raise Refusal(f"{path}: other users may use the key's file. Run: chmod 600 '{path}'")
