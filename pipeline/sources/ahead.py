"""Reads the next batch while the present one is worked on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import polars as pl


def ahead(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same batches in the same order; one is in memory beside the one that is worked on."""
    with ThreadPoolExecutor(1) as reader:
        waiting = reader.submit(next, batches, None)
        while (batch := waiting.result()) is not None:
            waiting = reader.submit(next, batches, None)
            yield batch
