"""Columns of whole numbers read as such: what the text says, cell for cell, or text."""

import csv
import io
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import example as case
from hypothesis import given
from hypothesis import strategies as st
from intakes import ITEMS, MAPPING, Shop, admit, make

from pipeline.parse import Parser
from pipeline.sources import RAGGED, ROW, decode
from pipeline.sources.delimited import open_text
from pipeline.sources.raw import Grid, Options
from tests.trials import tried

PLAIN = ("", "0", "5", "9", "10", "99", "100", "127", "-1", "-9", "-10", "-128")
ODD = (
    "05", "+5", " 5", "5 ", "128", "-129", "1000", "1e1", "5.0", "5.", ".5", "-0", "--1", "0x1", "1_0", "５", "x",
    "N/A", "null", "NaN", "nan", "true", '"', '"5"', "5\n", "\n", "5\r\n", ",", "5,5", "5\t",
    "\u00a05", "\ufeff5", "−5", " ",
)  # fmt: skip
TEXT = st.sampled_from(["", "a", "中", 'say "so"', "two\nlines", "two\r\nlines", ",", '"', "7"])
NUMBER = st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN), st.sampled_from(PLAIN), st.sampled_from(ODD))
RECORD = st.one_of(st.tuples(TEXT, NUMBER, NUMBER).map(list), st.lists(st.one_of(TEXT, NUMBER), max_size=5))


def written(records: list[list[str]], end: str = "\n", quoting: Any = csv.QUOTE_MINIMAL) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=quoting).writerows([["h", "i", "j"], *records])
    return file.getvalue()


def opened(text: str) -> Grid:
    return open_text("a.csv", io.BytesIO(text.encode()), Options())


def batches(text: str, block: int = 1 << 20, numbers: tuple[int, ...] = (1, 2)) -> list[pl.DataFrame]:
    grid = opened(text)
    assert grid.numbered is not None
    with patch.object(decode, "BLOCK", block):
        return list(grid.numbered(1, 3, None, numbers))


def spelt(frames: list[pl.DataFrame]) -> list[tuple[object, ...]]:
    """The records, numbers as they are written."""
    schema = {ROW: pl.UInt32, RAGGED: pl.UInt32, "0": pl.String, "1": pl.String, "2": pl.String}
    texts = [one.with_columns(pl.col("0", "1", "2").cast(pl.String).fill_null("")) for one in frames]
    return pl.concat([pl.DataFrame(schema=schema), *texts]).rows()


@tried(300)
@given(
    st.lists(RECORD, max_size=8), st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.integers(1, 80), st.sampled_from([(1,), (1, 2), (0, 1, 2)]),
)  # fmt: skip
@case([["", "", ""], ["two\r\nlines", "05", ""]], "\n", csv.QUOTE_MINIMAL, 1, (1,))
def test_the_numbers_say_what_the_text_says(
    records: list[list[str]], end: str, quoting: Any, block: int, numbers: tuple[int, ...]
) -> None:
    text = written(records, end, quoting)
    grid = opened(text)
    with patch.object(decode, "BLOCK", block):
        expected = [row for frame in grid.batches(1, 3) for row in frame.rows()]
    assert spelt(batches(text, block, numbers)) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_plain_numbers_come_as_numbers(end: str, quoting: Any) -> None:
    pairs = [["x,y", *pair] for pair in product(PLAIN, PLAIN)]
    frame, = batches(written(pairs, end, quoting))  # fmt: skip
    assert frame.schema == {ROW: pl.UInt32, RAGGED: pl.UInt32, "0": pl.String, "1": pl.Int8, "2": pl.Int8}
    assert [row[2:] for row in spelt([frame])] == [tuple(pair) for pair in pairs]


@pytest.mark.parametrize("odd", ODD)
def test_any_other_spelling_makes_its_column_text(odd: str) -> None:
    records = [["x", "5", "6"]] * 40
    records[20] = ["x", odd, "6"]
    text = written(records)
    frames = batches(text, block=60)
    kinds = [(one.schema["1"], one.schema["2"]) for one in frames]
    assert kinds[0] == (pl.Int8, pl.Int8)
    assert kinds[-1] == (pl.String, pl.Int8)
    assert set(kinds) <= {(pl.Int8, pl.Int8), (pl.String, pl.String), (pl.String, pl.Int8)}
    assert [row[3] for row in spelt(frames)] == ["5"] * 20 + [odd] + ["5"] * 19


CELLS = (
    "8",
    "8",
    "8",
    "7",
    "10",
    "",
    "11",
    "0",
    "-3",
    "-03",
    "08",
    "+8",
    " 8",
    "８",
    "8.0",
    "12345",
    "x",
    "N/A",
    "(空)",
    "300",
)
MAPPINGS = (
    MAPPING,
    'reversed = ["q2"]\n' + MAPPING,
    MAPPING + '[missing]\n"N/A" = "not_applicable"\n"(空)" = "not_answered"\n',
    MAPPING + '[missing]\n"-3" = "not_asked"\n[item_missing.q1]\n"11" = "refused"\n',
)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("block", [200, 1000, decode.BLOCK])
def test_the_same_is_admitted(mapping: str, block: int, tmp_path: Path) -> None:
    """Accepted tables byte for byte, and the quarantine, with numbers and without."""

    def both(shop: Shop) -> tuple[pl.DataFrame, bytes]:
        admitted = admit(shop)
        table = next(admitted.folder.rglob("responses/svc/*.parquet"))
        return admitted.quarantine, table.read_bytes()

    shop = make(tmp_path, mapping)
    plain = [dict.fromkeys(ITEMS, str(5 + place % 6)) for place in range(30)]
    shop.rows(*plain, *({"q1": CELLS[place], "q2": CELLS[-place]} for place in range(len(CELLS))), *plain)
    with patch.object(decode, "BLOCK", block):
        found = both(shop)
        with patch.object(Parser, "whole", lambda _: ()):
            expected = both(shop)
    assert found[0].equals(expected[0])
    assert found[1] == expected[1]
    assert found[0].height


def test_a_corrected_file_is_read_as_text(tmp_path: Path) -> None:
    shop = make(tmp_path, top='corrections = "corrections.toml"')
    shop.rows({}, {"q1": "9"})
    shop.file(
        "corrections.toml",
        '[[correction]]\nperiod = "2025-10"\nsource = "src"\nrespondent = "R2"\nfield = "q1"\nexpect = "9"\n'
        'value = "7"\nreason = "typed wrongly"\nprovider = "the branch"\n',
    )
    assert admit(shop).responses["svc"]["q1"].to_list() == [8, 7]
