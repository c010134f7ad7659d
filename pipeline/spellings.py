"""Texts read as they stand, and those that mean nothing so once more in NFKC: full-width letters and digits."""

import unicodedata
from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import Any

import polars as pl


def by_labels(texts: pl.Series, labels: Table[str, str]) -> pl.Series:
    """What each text stands for, as it stands or in NFKC; null where it is no label."""
    to = list(labels.values())
    return in_nfkc(texts, lambda some: some.replace_strict(list(labels), to, default=None, return_dtype=pl.String))


def whole(texts: pl.Series, kind: type[pl.DataType]) -> pl.Series:
    """Whole numbers, null where a text is none; tried again in NFKC."""
    return in_nfkc(texts, lambda some: some.cast(kind, strict=False))


def in_nfkc(texts: pl.Series, how: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What `how` reads of each text as it stands, else of the text in NFKC."""
    read = how(texts)
    if not read.null_count():
        return read
    wrong = read.is_null() & (texts != "")
    return read.zip_with(~wrong, how(texts.str.normalize("NFKC"))) if wrong.any() else read


def again(texts: pl.Series, read: pl.Series, how: Callable[[str], Any]) -> pl.Series:
    """What was not read, distinct text by distinct text, in NFKC."""
    if not read.null_count():
        return read
    wrong = read.is_null() & (texts != "")
    if not wrong.any():
        return read
    distinct = texts.filter(wrong).unique(maintain_order=True)
    found = pl.Series([how(unicodedata.normalize("NFKC", one).strip()) for one in distinct], dtype=read.dtype)
    return read.zip_with(~wrong, texts.replace_strict(distinct, found, default=None))
