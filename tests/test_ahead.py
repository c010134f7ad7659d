"""Batches under way at once, and files hashed beside their reading: the same as one after the other."""

import hashlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.refusal import Refusal
from pipeline.sources.ahead import ahead, at_once
from pipeline.sources.digest import Digest


def test_batches_come_in_their_order_whichever_is_done_first() -> None:
    second = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert second.wait(60)  # the first is under way until the second is done
        if number == 1:
            second.set()
        return number * 10

    assert list(at_once(work, iter(range(9)))) == [0, 10, 20, 30, 40, 50, 60, 70, 80]
    assert list(at_once(work, iter(()))) == []


def test_the_first_refusal_is_the_one_that_is_told() -> None:
    later = threading.Event()

    def work(number: int) -> int:
        if number == 1:
            assert later.wait(60)
            raise Refusal("row 1")
        if number == 2:
            later.set()
            raise Refusal("row 2")
        return number

    found = at_once(work, iter(range(5)))
    assert next(found) == 0
    with pytest.raises(Refusal, match="row 1"):
        next(found)


def test_a_file_that_cannot_be_read_on_is_told_after_what_was_read() -> None:
    def batches() -> Iterator[int]:
        yield 1
        raise Refusal("cut off")

    found = ahead(batches())
    assert next(found) == 1
    with pytest.raises(Refusal, match="cut off"):
        next(found)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, (3 << 20) - 1])
def test_a_file_is_hashed_whole_whatever_becomes_of_the_handle(size: int, tmp_path: Path) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    path = tmp_path / "a"
    path.write_bytes(data)
    with path.open("rb") as handle:
        handle.seek(size // 2)
        found = Digest.of_file(handle)
        assert handle.tell() == size // 2
    memory = io.BytesIO(data)
    memory.seek(size // 3)
    wanted = hashlib.sha256(data).hexdigest()
    assert [one.hex() for one in (found, Digest.of_file(memory), Digest.of_bytes(data))] == [wanted] * 3
    assert (found.size, Digest.of_bytes(data).size, memory.tell()) == (size, size, size // 3)
