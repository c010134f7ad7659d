"""Which branch each text of a column means, by what the programme calls its branches."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pipeline.inspection.shapes import NEARLY
from pipeline.inspection.words import asks
from pipeline.likely import Likely
from pipeline.sources.raw import Column

_OPTION = re.compile(r"(?:[A-Za-z]|\d{1,3})\s*[.、．)]\s*")  # before the text of an answer: A. 上海店


@dataclass(frozen=True)
class Branches:
    """likely: of ids, aliases and names. read: ids and aliases, which need no label."""

    likely: Likely = field(default_factory=Likely)
    read: Collection[str] = ()

    def of(self, column: Column, texts: Mapping[str, int]) -> dict[str, str]:
        """text -> branch, where (nearly) all rows of a column name one; else nothing. Of a column with a dictionary
        its labels name them, those of no row too. texts: text -> rows."""
        called = {text: column.labels.get(text, text) for text in {**dict.fromkeys(column.labels), **texts}}
        means = {text: branch for text, name in called.items() if (branch := self._meant(name))}
        chosen = {text: rows for text, rows in texts.items() if not asks(called[text])}  # others are typed beside
        named = sum(rows for text, rows in chosen.items() if text in means)
        return means if named and named >= NEARLY * sum(chosen.values()) else {}

    def _meant(self, text: str) -> str:
        return self.likely.meant(text) or self.likely.meant(_OPTION.sub("", text, count=1))
