"""LimeSurvey: heads are codes, "code. wording", or wordings; sub-questions are code[SQ001].

submitdate, lastpage and startlanguage are its own fields. A multiple-choice question has one
column per option, Y or empty as codes, Yes or No as full answers, and code[other] with a text.
N/A stands where a question was not shown (LimeSurvey/LimeSurvey, pull request 3718: null), an
empty cell where it was shown and not answered.
"""

import re

from pipeline.sources.heads import below, cleaned, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its first row holds no heads"

_FIELDS = ("submitdate", "lastpage", "startlanguage")
_WORDED_FIELDS = ("Date submitted", "Last page", "Start language")
_BETWEEN = re.compile(rf"(?:{'|'.join(_FIELDS)})(\W+)\w")
_PART = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]$")
_MISSING = {"N/A": "not_asked"}
_ANSWERS = (("Y", ""), ("Yes", "No"), ("是", "否"), ("Ja", "Nein"), ("Oui", "Non"), ("Sí", "No"))


def recognised(grid: Grid) -> bool:
    """At least two of its own fields stand among the heads."""
    heads = cleaned(grid, 1)
    between = _between(heads)
    codes = [head.split(between, 1)[0] if between else head for head in heads]
    own = (len(set(fields) & set(found)) for fields, found in ((_FIELDS, codes), (_WORDED_FIELDS, heads)))
    return max(own) >= 2


def layout(grid: Grid) -> Layout | None:
    heads = cleaned(grid, 1)
    if not heads:
        return None
    between = _between(heads)
    parts = [head.partition(between) if between else (head, "", "") for head in heads]
    codes = [code for code, _, _ in parts]
    groups = _groups(grid, codes)
    columns = (
        Column(name, wording, group=groups.get(place, ""))
        for place, (name, (_, _, wording)) in enumerate(zip(unique(codes), parts, strict=True))
    )
    return Layout("limesurvey", 1, tuple(columns), _MISSING)


def _between(heads: list[str]) -> str:
    """What stands between code and wording, as its own fields show it: ". ", or "" if one is missing."""
    found = (_BETWEEN.match(head) for head in heads)
    return next((match[1] for match in found if match), "")


def _groups(grid: Grid, codes: list[str]) -> dict[int, str]:
    questions: dict[str, dict[int, str]] = {}
    for place, code in enumerate(codes):
        found = _PART.match(code)
        if found and not found[2].endswith("comment"):
            questions.setdefault(found[1], {})[place] = found[2]
    groups: dict[int, str] = {}
    for question, options in questions.items():
        places = [place for place, option in options.items() if option != "other"]
        held = {cell for place in places for cell in below(grid, 1, place)} - {"", *_MISSING}
        if len(places) > 1 and any({yes} <= held <= {yes, no} for yes, no in _ANSWERS):
            groups |= dict.fromkeys(options, question)
    return groups
