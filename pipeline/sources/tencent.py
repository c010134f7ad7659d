"""腾讯问卷: one row of heads, questions as "3.stem", an empty column at the end.

Not documented by the tool itself (its API is); public scripts and samples of 2016 to 2026 agree
on 编号, 开始答题时间, 结束答题时间, 答题时长, 地理位置…, 自定义字段 and, later, 清洗数据结果, IP, UA, Referrer. A
multi-select question has one column per option, "21.stem:option", empty where not chosen; so has a
matrix, with its rows. Blanks to fill in are "3.stem_填空1".
"""

import re

from pipeline.sources.heads import below, chosen, cleaned, is_open, unique
from pipeline.sources.raw import Column, Grid, Layout

NEEDS = "its first row holds no heads"

_NUMBERED = re.compile(r"\d+\s*(?:、|[.．](?!\d))\s*(.+)$", re.DOTALL)
_PART = re.compile(r"(\d+\s*(?:、|[.．](?!\d)).*?[^:：])[:：]([^:：]+)$", re.DOTALL)
_LETTER = re.compile(r"[A-Z]\.\s*")


def recognised(grid: Grid) -> bool:
    """开始答题时间 and 结束答题时间 stand among the heads, with 编号 first or a numbered question."""
    heads = cleaned(grid, 1)
    numbered = heads[:1] == ["编号"] or any(_NUMBERED.match(head) for head in heads)
    return "开始答题时间" in heads and "结束答题时间" in heads and numbered


def layout(grid: Grid) -> Layout | None:
    heads = cleaned(grid, 1)
    if not heads:
        return None
    questions: dict[str, dict[int, str]] = {}
    for place, head in enumerate(heads):
        if found := _PART.match(head):
            questions.setdefault(found[1], {})[place] = found[2].strip()
    groups: dict[int, str] = {}
    for stem, options in questions.items():
        tested = {place: option for place, option in options.items() if not is_open(_LETTER.sub("", option))}
        cells = [[_LETTER.sub("", cell) for cell in below(grid, 1, place)] for place in tested]
        if chosen(cells, [[_LETTER.sub("", option)] for option in tested.values()]):
            groups |= dict.fromkeys(options, stem)
    columns = (
        Column(name, found[1] if (found := _NUMBERED.match(head)) else "", group=groups.get(place, ""))
        for place, (name, head) in enumerate(zip(unique(heads), heads, strict=True))
    )
    return Layout("tencent", 1, tuple(columns))
