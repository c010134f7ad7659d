"""Seconds and bytes of this process and of the processes it started."""

import os
import resource
import sys
import time
from collections.abc import Callable

_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
_MEGABYTE = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # ru_maxrss is in bytes there, else in KiB
PROCESSORS = os.cpu_count() or 1


def cpu_seconds() -> float:
    """CPU seconds, user and system, of this process and of those it started that have ended."""
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, _WHO))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of one call."""
    before, start = cpu_seconds(), time.perf_counter()
    work()
    return time.perf_counter() - start, cpu_seconds() - before


def peak() -> float:
    """MB (10^6 bytes) of memory this process held at most, and the largest that it started."""
    return sum(resource.getrusage(one).ru_maxrss for one in _WHO) / _MEGABYTE
