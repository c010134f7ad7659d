"""Typeform: "#" first, times in UTC last, HTML in heads, one column per option of a multiple choice.

Its own fields, as public scripts that read such exports list them: #, Start Date (UTC), Submit
Date (UTC), Network ID, later Response Type, Stage Date (UTC), Tags. An option's head is the
option itself, and so is the cell where it was chosen; the question stands nowhere. Options
side by side are therefore one group up to and with Other, and two such questions without it one.
"""

from pipeline.sources.heads import below, clean, cleaned, is_open, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its first row holds no heads"


def recognised(grid: Grid) -> bool:
    """The first head is "#", and Network ID or both times in UTC stand among the others."""
    heads = cleaned(grid, 1)
    return heads[:1] == ["#"] and ("Network ID" in heads or {"Start Date (UTC)", "Submit Date (UTC)"} <= set(heads))


def layout(grid: Grid) -> Layout | None:
    heads = cleaned(grid, 1)
    if not heads:
        return None
    names = unique(heads)
    groups: dict[int, str] = {}
    for run in _runs(grid, heads):
        groups |= dict.fromkeys(run, names[run[0]])
    columns = (Column(name, group=groups.get(place, "")) for place, name in enumerate(names))
    return Layout("typeform", 1, tuple(columns))


def _runs(grid: Grid, heads: list[str]) -> list[list[int]]:
    """Places of options side by side: cells hold their own head or nothing, in the first and the
    last column (but for Other) something."""
    runs: list[list[int]] = [[]]
    unchosen: list[int] = []
    for place, head in enumerate(heads):
        held = {clean(cell) for cell in below(grid, 1, place)} - {""}
        run = runs[-1]
        if held == {head}:
            run += [*unchosen, place]
            unchosen = []
        elif run and is_open(head):
            run += [*unchosen, place]
            runs.append([])
            unchosen = []
        elif run and not held:
            unchosen.append(place)
        elif run:
            runs.append([])
            unchosen = []
    return [run for run in runs if sum(not is_open(heads[place]) for place in run) > 1]
