"""The `csi` command: what is called for each thing a person wants."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.command_line import parse, parser
from pipeline.refusal import Refusal

if TYPE_CHECKING:
    from pipeline.console import Console


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done; 1 refused, with the reasons on stderr; 2 a wrong command line."""
    top = parser()
    options = parse(top, arguments)
    if options.version:
        from importlib import metadata

        print(f"csi {metadata.version('csi')}")
        return 0
    if options.command is None:
        top.print_help()
        return 2

    from pipeline.machine import use_homebrew

    use_homebrew()
    from pipeline.console import Console  # the libraries take a second to load; --help need not wait

    console = Console()
    try:
        if options.command == "inspect":
            return _inspect(options)
        if options.command == "explain":
            return _explain(options)
        if options.command == "verify":
            return _verify(options, console)
        if options.command in ("review", "sign-off"):
            return _review(options, console)
        return _run(options, console)
    except Refusal as refusal:
        console.refused(refusal)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Nothing was published.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace, console: "Console") -> int:
    from pipeline import stages
    from pipeline.plan import Order

    order = Order(
        programme=options.programme,
        period=options.period,
        languages=tuple(dict.fromkeys(getattr(options, "lang", []))),
        threads=getattr(options, "threads", None),
        workers=getattr(options, "workers", None) or os.cpu_count() or 1,
        only=tuple(dict.fromkeys(getattr(options, "only", []))),
    )
    command = {
        "run": stages.run,
        "check": stages.check,
        "score": stages.scores,
        "report": stages.report,
    }
    return command[options.command](order, console)


def _inspect(options: argparse.Namespace) -> int:
    from rich.console import Console as Rich

    from pipeline.inspection.command import Request, inspect_file
    from pipeline.sources import Options

    given = Options(options.tool, options.sheet, options.encoding, options.header_rows, delimiter=options.delimiter)
    request = Request(options.file, given, options.draft, options.programme, options.instrument)
    return inspect_file(request, Rich(highlight=False, emoji=False))


def _explain(options: argparse.Namespace) -> int:
    from rich.console import Console as Rich

    from pipeline.explain.asked import Request
    from pipeline.explain.command import explain

    request = Request(
        options.programme, options.unit, options.measure, options.period, options.instrument, options.window,
        options.level, options.json,
    )  # fmt: skip
    try:
        status = explain(request, Rich(highlight=False, emoji=False))
        sys.stdout.flush()
    except BrokenPipeError:  # who reads it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _verify(options: argparse.Namespace, console: "Console") -> int:
    from pipeline.verify import verify

    found = verify(options.file, options.month)
    console.found(options.file.name, found)
    return 0 if all(one.agrees for one in found) else 1


def _review(options: argparse.Namespace, console: "Console") -> int:
    from pipeline import review

    asked = review.Asked(options.programme, options.period, options.by, options.note, options.at)
    if options.command == "sign-off":
        console.noted(review.sign_off(asked))
    elif options.branch is None and options.act is None:
        console.standing(review.standing(asked))
    elif options.branch is None or options.act is None:
        raise Refusal("To note a review, name the branch and say --reviewed or --returned.")
    else:
        console.noted(review.note(asked, options.branch, options.act))
    return 0


if __name__ == "__main__":
    sys.exit(main())
