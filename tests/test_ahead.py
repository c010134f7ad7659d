"""Stages of reading, each in a thread of its own, and files hashed beside: the same as one after the other."""

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import intakes
import pytest

from pipeline.refusal import Refusal
from pipeline.sources import decode
from pipeline.sources.ahead import ahead
from pipeline.sources.digest import Digest


def test_the_next_batch_is_made_while_the_present_one_is_worked_on() -> None:
    made = [threading.Event() for _ in range(4)]

    def batches() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    for number in ahead(batches()):
        assert number == 3 or made[number + 1].wait(60)


def test_batches_keep_their_order_through_all_stages() -> None:
    doubled = (2 * one for one in ahead(iter(range(1, 50))))
    assert list(ahead(one + 1 for one in ahead(doubled))) == [2 * one + 1 for one in range(1, 50)]
    assert list(ahead(iter(()))) == []


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_a_file_that_cannot_be_read_on_is_told_after_what_was_read(stages: int) -> None:
    def batches() -> Iterator[int]:
        yield 1
        yield 2
        raise Refusal("cut off")

    found: Iterator[int] = batches()
    for _ in range(stages):
        found = ahead(found)
    assert [next(found), next(found)] == [1, 2]
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


@contextmanager
def told_by_their_start() -> Iterator[None]:
    """Short files too, and those that were changed just now."""
    with (
        patch.object(decode, "_SETTLED", -(10**12)),
        patch.object(decode, "BLOCK", 8000),
        patch.object(decode, "_START", 5000),
        patch.object(decode, "_PIECE", 700),
    ):
        yield


@pytest.mark.parametrize(
    ("late", "encoding"), [("很好".encode("gb18030"), "gb18030"), ("é".encode("latin-1"), "latin-1")]
)
def test_an_export_that_begins_as_utf_8_and_is_none_is_admitted_as_if_it_had_been_known(
    late: bytes, encoding: str, tmp_path: Path
) -> None:
    shop = intakes.make(tmp_path)
    said = [{"comment": "good" if place < 900 else "LATE"} for place in range(1000)]
    path = shop.rows(*said)
    path.write_bytes(path.read_bytes().replace(b"LATE", late * 3))
    shop.mapping(
        f'encoding = "{encoding}"\n{intakes.MAPPING}'.replace("[columns]\n", '[columns]\nverbatim = "comment"\n')
    )
    with told_by_their_start():
        admitted = intakes.admit(shop)
    table = admitted.responses["svc"].sort("row")
    assert (admitted.files[0].encoding, admitted.files[0].accepted) == (encoding, 1000)
    assert set(table["verbatim"][:900]) == {"good"}
    assert set(table["verbatim"][900:]) == {late.decode(encoding) * 3}
    path.write_bytes(path.read_bytes()[:-60] + b"\0\0")
    with told_by_their_start():
        (sentence,) = intakes.refused(shop)
    assert "zero bytes" in sentence or "U+0000" in sentence


CODED = ["gb18030", "utf-16", "utf-8-sig", "big5"]


@pytest.mark.parametrize("encoding", CODED)
def test_a_long_export_is_read_once_whatever_its_encoding(encoding: str, tmp_path: Path) -> None:
    text = "id,意見\n" + "".join(f"R{n},很好，很滿意\n" for n in range(1000))
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    declared = "big5" if encoding == "big5" else None
    with path.open("rb") as handle, told_by_their_start(), patch.object(decode.chinese, "_SAMPLE", 1000):
        with patch.object(handle, "seek", wraps=handle.seek) as sought:
            found = decode.recognise("a.csv", handle, declared, sure=False)
        assert not found.sure
        assert max(one.args[0] for one in sought.call_args_list) <= 5000
        assert handle.tell() <= 8000 < path.stat().st_size
        assert b"".join(map(bytes, found.blocks(handle))).decode() == text
        assert found.digest.hex() == hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open("rb") as handle:
        assert decode.recognise("a.csv", handle, declared).encoding == found.encoding


@pytest.mark.parametrize(
    ("encoding", "late", "sentence"),
    [
        ("gb18030", b"\xff\xff", "line 902: byte {} is not UTF-8 or GB18030"),
        ("gb18030", b"\x07", "line 902: character U+0007 does not belong in text"),
        ("gb18030", "\ue5e5".encode("gb18030"), "line 902: character U+E5E5 does not belong in text"),
        ("utf-16-le", b"\0\0", "line 902: the file holds zero bytes"),
        ("utf-16-le", b"\0\xd8", "line 902: byte {} is not UTF-16-LE"),
        ("utf-8", b"\xff", "line 902: byte {} is not UTF-8"),
        ("gb18030", None, "line 1001: byte {} is not UTF-8 or GB18030"),  # cut off in a character
    ],
)
def test_what_does_not_fit_far_below_is_told_as_ever(
    encoding: str, late: bytes | None, sentence: str, tmp_path: Path
) -> None:
    lines = ["id,意见\n", *(f"R{n},很好\n" for n in range(1000))]
    data = [one.encode(encoding) for one in lines]
    if late is None:
        data[-1] = data[-1].rstrip(b"\n")[:-1]
    else:
        data[901] = "R900,".encode(encoding) + late + "\n".encode(encoding)
    place = len(b"".join(data)) - 1 if late is None else len(b"".join(data[:901]) + "R900,".encode(encoding))
    path = tmp_path / "a.csv"
    path.write_bytes(b"".join(data))
    with path.open("rb") as handle, told_by_their_start():
        begun = decode.recognise("a.csv", handle, sure=False)
        assert (begun.sure, begun.encoding) == (False, encoding)
        with pytest.raises(decode.Misread):
            list(begun.blocks(handle))
        with pytest.raises(Refusal) as caught:
            decode.recognise("a.csv", handle)
    assert sentence.format(place) in str(caught.value)
