"""Binary containers are read apart: in a process of their own, with bounds on memory and time.

Workbooks, SPSS and Parquet files are parsed by native code. A damaged or hostile file can make it
crash, abort or ask for all memory; apart, that ends in one sentence. The process is given the
bytes through a pipe (nothing is ever put on a disk), an empty environment (no key in it), no core
dumps, and its own messages go nowhere.

A reader is a generator `read(data, file=…, **arguments)` of a module of this package. It yields texts
(JSON) and frames, and raises Refusal.
"""

import io
import json
import struct
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO

import polars as pl

from pipeline.refusal import Refusal

MEMORY = 3_000_000_000  # bytes of address space the process may take, besides three times the file
SECONDS = 120  # of CPU time it may take, besides one for each of …
BYTES_A_SECOND = 100_000  # … so many bytes of the file
_ROOT = str(Path(__file__).parents[2])
_START = "import sys; sys.path.insert(0, sys.argv[1]); from pipeline.sources.apart import serve; serve()"
_LENGTH = struct.Struct("<cQ")  # what follows (one of the four below), and how many bytes
_TEXT, _FRAME, _REFUSAL, _FAULT, _END = b"T", b"F", b"R", b"X", b"E"


def read_apart(
    file: str, what: str, data: bytes, module: str, room: int = 0, **arguments: str | int | None
) -> Iterator[object]:
    """What the reader of a module yields for these bytes: str and pl.DataFrame.

    what: the kind of file, for the sentence. room: bytes of memory needed besides. Raises Refusal
    when the reader does, or when its process ends before it is done; RuntimeError when the reader
    itself is at fault.
    """
    given = {"file": file, **arguments}
    memory, seconds = MEMORY + 3 * len(data) + room, SECONDS + len(data) // BYTES_A_SECOND
    request = json.dumps([module, given, memory, seconds]).encode()
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _START, _ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"POLARS_MAX_THREADS": "2"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with suppress(BrokenPipeError), process.stdin as stdin:  # one that is gone gives no answer either
            stdin.write(struct.pack("<Q", len(request)) + request)
            stdin.write(data)
        yield from _answers(file, what, process.stdout)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _answers(file: str, what: str, stream: IO[bytes]) -> Iterator[object]:
    while len(start := stream.read(_LENGTH.size)) == _LENGTH.size:
        kind, length = _LENGTH.unpack(start)
        body = stream.read(length)
        if len(body) < length:
            break
        if kind == _END:
            return
        if kind == _TEXT:
            yield body.decode()
        elif kind == _FRAME:
            yield pl.read_ipc_stream(io.BytesIO(body))
        elif kind == _REFUSAL:
            raise Refusal(json.loads(body))
        else:
            raise RuntimeError(f"{file}: {body.decode()}")
    raise _broken(file, what)


def _broken(file: str, what: str) -> Refusal:
    return Refusal(
        f"{file}: not a readable {what} (it is damaged, or needs more memory than a file of its size may take). "
        "Export it again, or as CSV."
    )


def serve() -> None:
    """The other side: reads one request from standard input and writes the answers."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    (length,) = struct.unpack("<Q", source.read(8))
    module, arguments, memory, seconds = json.loads(source.read(length))
    data = source.read()
    _bound(memory, seconds)
    try:
        for one in import_module(f"pipeline.sources.{module}").read(data, **arguments):
            if isinstance(one, str):
                _write(target, _TEXT, one.encode())
            else:
                body = io.BytesIO()
                one.write_ipc_stream(body)
                _write(target, _FRAME, body.getvalue())
    except Refusal as refusal:
        _write(target, _REFUSAL, json.dumps(refusal.problems).encode())
    except (pl.exceptions.PanicException, MemoryError):
        raise SystemExit(1) from None
    except Exception:
        _write(target, _FAULT, traceback.format_exc().encode())
    _write(target, _END, b"")


def _write(target: IO[bytes], kind: bytes, body: bytes) -> None:
    target.write(_LENGTH.pack(kind, len(body)))
    target.write(body)
    target.flush()


def _bound(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not a Unix: the process is apart, but has no bounds
        return
    bounds = (resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)
    for what, most in bounds:
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue  # a tighter bound is set already, or the system has none of this kind
