"""Tasks in processes of their own, so that each one's peak memory is its own, and the lines printed of them."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

MANY = 5_000_000  # responses from which one round must do


def task(module: str, name: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """What a task prints. Its own messages go to the terminal."""
    command = [sys.executable, "-m", f"tests.bench.{module}", name, str(folder), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"tests.bench.{module} {name} {folder}: ended with {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    found = {key: median(one[key] for one in rounds) for key in rounds[0]}
    return found | {key: max(one[key] for one in rounds) for key in found if key.endswith("peak")}


def told(rounds: int) -> str:
    return f"Medians of {rounds} rounds; x = times the floor of the same rounds" if rounds > 1 else "One round"


def heads() -> None:
    print(f"{'':34}{'rows/s':>11}{'wall s':>9}{'CPU s':>9}{'x wall':>8}{'x CPU':>8}{'peak MB':>9}")


def line(name: str, rows: int, taken: dict[str, float], least: dict[str, float] | None) -> None:
    times = "".join(f"{taken[unit] / least[unit]:>8.2f}" if least else f"{'':8}" for unit in ("wall", "cpu"))
    peak = f"{taken['peak']:>9,.0f}" if "peak" in taken else ""
    print(f"  {name:32}{rows / taken['wall']:>11,.0f}{taken['wall']:>9.2f}{taken['cpu']:>9.2f}{times}{peak}".rstrip())


def target(times: float, memory: int | None = None) -> None:
    print(f"    {'target':59}{times:>8.2f}{times:>8.2f}" + (f"{memory:>9,}" if memory else ""))
