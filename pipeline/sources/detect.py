"""Which tool wrote an export, and how it lays out its heads: decided by content, never by file name."""

from types import ModuleType

from pipeline.refusal import Refusal
from pipeline.sources import (
    formbricks,
    google_forms,
    kobo,
    limesurvey,
    plain,
    qualtrics,
    surveymonkey,
    tencent,
    typeform,
    wjx,
)
from pipeline.sources.heads import refuse_unusable
from pipeline.sources.raw import Grid, Layout, Options

_SURVEY_TOOLS: dict[str, ModuleType] = {
    "qualtrics": qualtrics,
    "surveymonkey": surveymonkey,
    "limesurvey": limesurvey,
    "wjx": wjx,
    "tencent": tencent,
    "kobo": kobo,
    "google_forms": google_forms,
    "typeform": typeform,
    "formbricks": formbricks,
}
_DICTIONARIES = {"sav": "spss", "parquet": "parquet"}  # containers that name their own columns
TOOLS = (*_SURVEY_TOOLS, *_DICTIONARIES.values(), "plain")


def lay_out(grid: Grid, options: Options) -> Layout:
    """How the tool that wrote the grid lays it out; options.tool names it, "auto" finds it.

    Raises Refusal where the grid cannot be laid out as the tool named does, where header_rows is
    declared for an export with another number of them, and where column names are missing,
    repeated or reserved.
    """
    own = _DICTIONARIES.get(grid.kind)
    if own is not None:
        return _of_dictionary(grid, options, own)
    tool = _detected(grid) if options.tool == "auto" else options.tool
    plainly = tool == "plain"
    found = plain.layout(grid, options.header_rows) if plainly else _of_survey_tool(grid, options, tool)
    refuse_unusable(grid.file, found.header_rows, [column.name for column in found.columns])
    return found


def _detected(grid: Grid) -> str:
    return next((tool for tool, module in _SURVEY_TOOLS.items() if module.recognised(grid)), "plain")


def _of_dictionary(grid: Grid, options: Options, own: str) -> Layout:
    if options.tool not in ("auto", own):
        raise Refusal(
            f'{grid.file}: tool = "{options.tool}" is declared, but this is a file of kind {own}, which names its '
            "own columns. Take `tool` out."
        )
    refuse_unusable(grid.file, 1, [column.name for column in grid.columns])
    return Layout(own, 0, grid.columns)


def _of_survey_tool(grid: Grid, options: Options, tool: str) -> Layout:
    module = _SURVEY_TOOLS.get(tool)
    if module is None:
        raise Refusal(_not_so(grid, tool, f"this is a file of kind {grid.kind}" if tool in TOOLS else "there is none"))
    found: Layout | None = module.layout(grid)
    if found is None:
        raise Refusal(_not_so(grid, tool, module.NEEDS))
    if options.header_rows not in (None, found.header_rows):
        raise Refusal(
            f"{grid.file}: header_rows = {options.header_rows} is declared, but this is an export of {tool} with "
            f'{found.header_rows}. Take `header_rows` out, or set tool = "plain".'
        )
    return found


def _not_so(grid: Grid, tool: str, why: str) -> str:
    return (
        f'{grid.file}: tool = "{tool}" is declared, but {why}. Take `tool` out, or name the right one of '
        f"{', '.join(TOOLS)}."
    )
