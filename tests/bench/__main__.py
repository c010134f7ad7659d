"""Starts the benchmark. Printing processes import this module again: it must stay light."""

import argparse
import shutil
import tempfile
from pathlib import Path


def main() -> None:
    options = argparse.ArgumentParser(prog="tests.bench", description="How fast a month is read, scored and printed.")
    options.add_argument("--responses", type=int, default=1_000_000)
    options.add_argument("--branches", type=int, default=2_000)
    options.add_argument("--pages", type=int, default=24, help="scorecards to print; 0: none")
    options.add_argument("--only", choices=("intake", "tables", "pages"), help="one of the three; else all")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="csi-bench-"))
    try:
        if given.only in (None, "intake"):  # first: what it starts would count the memory of a large process as theirs
            from tests.bench import intake

            intake.run(folder / "intake", given.responses, given.branches)
        if given.only in (None, "tables"):
            from tests.bench import tables

            tables.run(folder / "tables", given.responses, given.branches)
        if given.only in (None, "pages") and given.pages:
            from tests.bench import pages

            pages.run(folder / "pages", given.pages)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
