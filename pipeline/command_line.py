"""The command line of `csi`: its subcommands and their options."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

TOOLS = (
    "qualtrics", "surveymonkey", "limesurvey", "wjx", "tencent", "kobo", "google_forms", "typeform", "formbricks",
    "spss", "parquet", "plain",
)  # fmt: skip
COMMANDS = {
    "run": "one month, whole: read, score, print, publish",
    "check": "read and validate a month's exports only",
    "score": "read, validate and score; no pages",
    "report": "print a month's pages, scoring first if anything changed",
}


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="csi",
        description="Satisfaction-survey exports in, weighted CSI scores and branch scorecards out.",
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, meaning in COMMANDS.items():
        one = _command(commands, name, meaning)
        _add_programme(one)
        one.add_argument("--period", metavar="YYYY-MM", help="the month; default: the newest in the inbox")
        if name in ("run", "score", "report"):
            one.add_argument(
                "--threads",
                type=_count,
                metavar="N",
                help="threads for scoring; default: one per processor",
            )
        if name in ("run", "report"):
            one.add_argument(
                "--lang", action="append", default=[], metavar="LANG",
                help="a language of the pages, zh or en; may be given twice; default: the programme's first",
            )  # fmt: skip
            one.add_argument(
                "--workers",
                type=_count,
                metavar="N",
                help="processes for printing; default: one per processor",
            )
        if name == "report":
            one.add_argument("--only", action="append", default=[], metavar="BRANCH",
                             help="this scorecard alone, of a month that is published; may be given again")  # fmt: skip
    _add_inspect(commands)
    _add_explain(commands)
    _add_verify(commands)
    _add_review(commands)
    return top


def parse(top: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """What is wrong with a subcommand's options is told beside those that it has."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options, unknown = top.parse_known_args(given)
    if not unknown:
        return options
    one = getattr(options, "parser", None)
    if one is None:
        top.error(f"unrecognized arguments: {' '.join(unknown)}")
    # argparse takes an optional positional for absent where an option stands before it
    known = argparse.Namespace(command=options.command, version=options.version)
    return one.parse_intermixed_args(given[given.index(options.command) + 1 :], known)  # type: ignore[no-any-return]


def _command(commands: Commands, name: str, meaning: str) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=meaning, description=f"{meaning[0].upper()}{meaning[1:]}.")
    one.set_defaults(parser=one)
    return one


def _add_programme(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--programme", type=Path, default=Path(), metavar="PATH",
        help="the programme's folder or its programme.toml; default: this folder",
    )  # fmt: skip


def _add_inspect(commands: Commands) -> None:
    meaning = "what one export holds, and a mapping drafted for it"
    one = _command(commands, "inspect", meaning)
    one.add_argument("file", type=Path, metavar="FILE", help="the export")
    one.add_argument("--as", dest="tool", choices=TOOLS, default="auto", metavar="TOOL",
                     help=f"the tool it comes from, instead of finding out: {', '.join(TOOLS)}")  # fmt: skip
    one.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook; default: the first")
    one.add_argument("--encoding", metavar="NAME", help="of text that is neither marked nor UTF-8, such as big5")
    one.add_argument("--delimiter", metavar="SIGN", help="what parts the cells of text, such as ';' or '|'")
    one.add_argument("--header-rows", type=_count, metavar="N", help="rows down to and with the column heads")
    one.add_argument("--draft", type=Path, metavar="OUT.toml", help="where to write the mapping draft")
    one.add_argument("--programme", type=Path, metavar="PATH", help="match columns with this programme's items")
    one.add_argument("--instrument", metavar="ID", help="which instrument of the programme")


def _add_explain(commands: Commands) -> None:
    meaning = "how a published figure came about, worked out a second time"
    one = _command(commands, "explain", meaning)
    one.add_argument("unit", metavar="BRANCH", help="the branch, or a unit of --level")
    one.add_argument("measure", metavar="MEASURE", nargs="?", default="index",
                     help="index (default), a factor, an item, or item.top_box")  # fmt: skip
    _add_programme(one)
    one.add_argument("--period", metavar="YYYY-MM", help="the month; default: the newest that is published")
    one.add_argument("--instrument", metavar="ID", help="default: the programme's first that has the measure")
    one.add_argument("--window", default="month", metavar="NAME", help="month (default), rolling_3, rolling_12, …")
    one.add_argument("--level", default="branch", metavar="NAME",
                     help="branch (default), region, division, network, …")  # fmt: skip
    one.add_argument("--json", action="store_true", help="everything, as JSON on stdout")


def _add_verify(commands: Commands) -> None:
    meaning = "whether a PDF is what was published, and prints what it carries"
    one = _command(commands, "verify", meaning)
    one.add_argument("file", type=Path, metavar="FILE.pdf", help="a scorecard or the headquarters report")
    one.add_argument("--month", type=Path, metavar="FOLDER",
                     help="the published month; default: the folder of the file, or the one above")  # fmt: skip


def _add_review(commands: Commands) -> None:
    meaning = "how far the scorecards of a month are reviewed; notes a review"
    one = _command(commands, "review", meaning)
    one.add_argument("branch", metavar="BRANCH", nargs="?", help="whose scorecard was looked at; without: list all")
    act = one.add_mutually_exclusive_group()
    act.add_argument("--reviewed", dest="act", action="store_const", const="reviewed", help="it may go out")
    act.add_argument("--returned", dest="act", action="store_const", const="returned", help="it may not; say why")
    _add_act(one)
    meaning = "sign a month off: all its scorecards are reviewed, none returned"
    _add_act(_command(commands, "sign-off", meaning))


def _add_act(one: argparse.ArgumentParser) -> None:
    _add_programme(one)
    one.add_argument("--period", metavar="YYYY-MM", help="the month; default: the newest that is published")
    one.add_argument("--by", metavar="NAME", help="who looked at it")
    one.add_argument("--note", default="", metavar="TEXT", help="what there is to say")
    one.add_argument("--at", metavar="TIME", help="when, such as 2025-11-12T09:30; default: now")


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 1024:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1024")
    return number
