"""问卷星 (wjx): one row of heads, numbered questions, answers as texts (按文本) or numbers (按序号).

Its own fields: 序号, 提交答卷时间, 所用时间, 来源, 来源详情, 来自IP, 总分. The stem of a matrix, or of a
multi-select question spread by number, stands on its first column only: "7、stem—item", then
"7、item" or "7、(item)"; older exports write 第7题(item). A cell of a multi-select question holds
the options with ┋ between them, and a text the respondent added in 〖〗. (跳过) is a question
passed over by a rule, (空) one left blank; as numbers -3 and -2 (the latter as public scripts that
read such exports treat them: a mapping can say otherwise).
"""

import re

from pipeline.sources.heads import below, cleaned, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its first row holds no heads"

_MISSING = {"(跳过)": "not_asked", "(空)": "not_answered", "-3": "not_asked", "-2": "not_answered"}
_FIELDS = ("所用时间", "来源", "来源详情", "来自IP")
_NUMBERED = re.compile(r"(\d+)\s*(?:[、:：]|[.．](?!\d))\s*(.*)$|第(\d+)题\s*(.*)$", re.DOTALL)
_OWN_TEXT = re.compile(r"〖.*?〗$", re.DOTALL)
_DASH = re.compile(r"\s*(?:—+|―+|–+|--+)\s*")
_BRACKETS = re.compile(r"(.*)[(（]([^()（）]*)[)）]$", re.DOTALL)


def recognised(grid: Grid) -> bool:
    """提交答卷时间 stands among the heads, with another of its own fields or a numbered question."""
    heads = cleaned(grid, 1)
    return "提交答卷时间" in heads and any(head in _FIELDS or _number(head) for head in heads)


def layout(grid: Grid) -> Layout | None:
    heads = cleaned(grid, 1)
    if not heads:
        return None
    questions: list[list[int]] = []
    for place, head in enumerate(heads):
        if place and _number(head) and _number(head) == _number(heads[place - 1]):
            questions[-1].append(place)
        else:
            questions.append([place])
    columns: list[Column] = []
    for places in questions:
        wordings = _wordings([heads[place] for place in places])
        group = heads[places[0]] if _spread(grid, places) else ""
        columns += [Column(heads[place], wording, group=group) for place, wording in zip(places, wordings, strict=True)]
    names = unique(heads)
    named = (Column(name, one.question, group=one.group) for name, one in zip(names, columns, strict=True))
    return Layout("wjx", 1, tuple(named), _MISSING, "┋")


def _number(head: str) -> str:
    found = _NUMBERED.match(head)
    return (found[1] or found[3]) if found else ""


def _text(head: str) -> str:
    found = _NUMBERED.match(head)
    return (found[2] or found[4] or "").strip() if found else ""


def _wordings(heads: list[str]) -> list[str]:
    """The wordings of one question's columns: without its number, each with the stem before it."""
    texts = [_text(head) for head in heads]
    if len(texts) < 2:
        return texts
    bracketed = all(_BRACKETS.match(text) for text in texts)
    items = [found[2] if bracketed and (found := _BRACKETS.match(text)) else text for text in texts]
    if bracketed and (found := _BRACKETS.match(texts[0])):
        stem = found[1].strip()
    elif len(pieces := _DASH.split(texts[0])) > 1:
        items[0], stem = pieces[-1], texts[0][: -len(pieces[-1])].rstrip(" -—―–")
    else:
        return [texts[0], *(f"{texts[0]}—{item}" for item in items[1:])]
    return [f"{stem}—{item}" if stem else item for item in items]


def _spread(grid: Grid, places: list[int]) -> bool:
    """Whether the columns are the options of one multi-select question: 1 chosen, 0 not; 1〖text〗 with a text."""
    held = {_OWN_TEXT.sub("", cell) for place in places for cell in below(grid, 1, place)} - {"", *_MISSING}
    return len(places) > 1 and "0" in held and held <= {"0", "1"}
