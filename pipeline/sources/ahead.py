"""The stages of an export that is read: each a thread of its own, in the order of the batches."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Batch = TypeVar("Batch")


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches in the same order; the next one is made while the present one is worked on. Raises what the
    batches raise, in its turn."""
    with ThreadPoolExecutor(1) as maker:
        waiting = maker.submit(next, batches, None)
        while (batch := waiting.result()) is not None:
            waiting = maker.submit(next, batches, None)
            yield batch
