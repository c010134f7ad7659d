"""KoBoToolbox and ODK: one row of heads, groups with "/", answers as codes or labels.

Their own fields: _id, _uuid, _submission_time, _index, …; SubmissionDate and KEY (ODK's export
format). A sheet of repeats has _parent_index. A select-multiple question has one cell with the
options, a space between them, and beside it one column per option, "question/option", 1 or 0.

KoBo's CSV is marked by its shape too: a byte order mark, semicolons, and every cell in quotes.
"""

from pipeline.sources.heads import below, cleaned, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its first row holds no heads"

_FIELDS = {
    *("_uuid", "_submission_time", "_validation_status", "_submitted_by", "__version__", "_xform_id_string"),
    *("_parent_index", "_parent_table_name", "_submission__id", "_submission__uuid", "_submission__submission_time"),
    *("meta/instanceID", "formhub/uuid"),
}
_COMMON_FIELDS = {"_id", "_index"}  # other programs have these two
_DUMMY = ("", "0", "1", "True", "False", "true", "false")


def recognised(grid: Grid) -> bool:
    """Two of its own fields stand among the heads; or a CSV has the shape KoBo writes."""
    heads = cleaned(grid, 1)
    own = _FIELDS & set(heads)
    if (own and len(own | _COMMON_FIELDS & set(heads)) > 1) or {"SubmissionDate", "KEY"} <= set(heads):
        return True
    return _shaped(grid) and all(heads) and len(set(heads)) == len(heads)


def _shaped(grid: Grid) -> bool:
    """Whether a text begins with a byte order mark, parts cells by semicolons, and quotes all heads."""
    return grid.marked and grid.quoted and grid.delimiter == ";"


def layout(grid: Grid) -> Layout | None:
    heads = cleaned(grid, 1)
    if not heads:
        return None
    columns = (
        Column(name, group=_question(grid, heads, place) if "/" in name else "")
        for place, name in enumerate(unique(heads))
    )
    return Layout("kobo", 1, tuple(columns), separator=" ")


def _question(grid: Grid, heads: list[str], place: int) -> str:
    """The select-multiple question a column is an option of, "" if it is none: the question has a
    column itself, which a mere group of questions has not."""
    question = heads[place].rpartition("/")[0]
    dummy = question in heads and all(cell in _DUMMY for cell in below(grid, 1, place))
    return question if dummy else ""
