"""SurveyMonkey: questions in row 1, options in row 2; a question stands over its first option only.

Response and Open-Ended Response in row 2 say that a question has one column. Single and
multiple choice may be spread: one column per option, a cell holding the option's text (or its
number) where it was chosen. Heads of the respondent's own fields: Respondent ID, Collector ID,
Start Date … (as public scripts that read such exports list them).
"""

from pipeline.sources.heads import below, chosen, cleaned, is_open, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its second row does not hold the options of the questions in the first (Response, Open-Ended Response, …)"

_IDS = ("respondent id", "respondentid", "respondent_id")
_ONE_COLUMN = ("Response", "Open-Ended Response")


def recognised(grid: Grid) -> bool:
    """Nothing stands under the first head, and Response under some other; or the first head is the
    respondent's id and options stand under no head, or nothing at all does."""
    stems, options = cleaned(grid, 1), cleaned(grid, 2)
    if not stems or not stems[0] or (options and options[0]):
        return False
    if any(option in _ONE_COLUMN for option in options):
        return True
    known = stems[0].lower() in _IDS
    collected = any(stem.lower() in ("collector id", "collector_id", "collectorid") for stem in stems)
    return known and (any(not stem for stem in stems[: len(options)]) or (collected and len(grid.head) > 1))


def layout(grid: Grid) -> Layout | None:
    stems, options = cleaned(grid, 1), cleaned(grid, 2)
    if not stems or (options and options[0]):
        return None
    width = max(len(stems), len(options))
    stems += [""] * (width - len(stems))
    options += [""] * (width - len(options))
    questions: list[list[int]] = []
    for place, stem in enumerate(stems):
        if stem or not questions:
            questions.append([place])
        else:
            questions[-1].append(place)
    columns: list[Column] = []
    for places in questions:
        stem = stems[places[0]]
        tested = [place for place in places if not is_open(options[place])]
        spread = chosen([below(grid, 2, place) for place in tested], [[options[place]] for place in tested])
        columns += [Column(_name(stem, options[place]), stem, group=stem if spread else "") for place in places]
    names = unique(column.name for column in columns)
    named = (Column(name, one.question, group=one.group) for name, one in zip(names, columns, strict=True))
    return Layout("surveymonkey", 2, tuple(named))


def _name(stem: str, option: str) -> str:
    return f"{stem} / {option}" if option and option not in _ONE_COLUMN else stem
