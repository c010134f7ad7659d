"""Several batches under way at once, in their order."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_AT_ONCE = 2  # the libraries use all processors; what Python does between their calls uses one

Batch = TypeVar("Batch")
Done = TypeVar("Done")


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches in the same order; the next one is read while the present one is worked on."""
    with ThreadPoolExecutor(1) as reader:
        waiting = reader.submit(next, batches, None)
        while (batch := waiting.result()) is not None:
            waiting = reader.submit(next, batches, None)
            yield batch


def at_once(work: Callable[[Batch], Done], batches: Iterator[Batch]) -> Iterator[Done]:
    """What the work gives of each batch, in the order of the batches. Raises what the first of them raised."""
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        under_way: deque[Future[Done]] = deque()
        for batch in ahead(batches):
            under_way.append(workers.submit(work, batch))
            if len(under_way) > _AT_ONCE:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
