"""What an operator should look at before a mapping is trusted, a sentence each."""

import re
from collections.abc import Iterator

from pipeline.inspection.found import Inspection
from pipeline.inspection.roles import personal
from pipeline.sources.raw import RawTable

# What text looks like that was read in a wrong encoding before it was saved as UTF-8.
_BROKEN = re.compile("[\ufffd\x80-\x9f\ue000-\uf8ff]|锟斤|[ÃÂ][\xa0-\xbf]")


def sheets(table: RawTable) -> Iterator[str]:
    """Of a workbook with several sheets."""
    if len(table.grid.sheets) > 1:
        yield f"The workbook has several sheets, of which one is read: {', '.join(table.grid.sheets)}. See --sheet."


def notes(found: Inspection) -> Iterator[str]:
    """Of what the columns hold, and of what none holds."""
    if any(personal(one.name) for one in found.columns):
        yield "The heads hold personal data: is there a header row at all?"
    if found.ragged:
        rows = "1 row has" if found.ragged == 1 else f"{found.ragged:,} rows have"
        yield f"{rows} another number of cells than the heads, and would be quarantined."
    if found.encoding == "gb18030":
        yield "Read as GB18030, which is a guess: look whether the heads make sense."
    if len(found.columns) == 1 and re.search(r"[|^~]", found.columns[0].name):
        yield "There is one column only: export the file again with commas, semicolons or tabs between the cells."
    if any(_BROKEN.search(text) for one in found.columns for text in (one.name, one.column.question, *one.texts)):
        yield "Characters are broken in the file itself (such as \ufffd or 锟斤拷): export it again as UTF-8."
    if any(one.name == "_parent_index" for one in found.columns):
        yield "These are repeats: what the main sheet says, such as the branch, is not here. Map the main sheet."
    if not found.of("branch"):
        yield "No column looks like the branch. Name it, or give it under [constants]."
    if not found.of("invited"):
        if not found.of("respondent"):
            yield "No column looks like the respondent. Name several that together tell one from another."
        moments = found.moments()
        for name, words in (("serviced_on", "day of service"), ("answered_at", "time of the answer")):
            if name not in moments:
                yield f"No date column looks like the {words} ({name})."
    for one in found.columns:
        if one.role == "respondent" and one.repeats:
            yield "Respondents repeat: do the numbers restart, or do responses stand twice?"
        if one.role == "date" and "|" in one.guess.kind:
            yield f"Dates of {one.name}: day or month first? No value tells."
    without = sum(code is None for one in found.answers for code in one.proposal.codes.values())
    if without:
        yield f"{without} answer{'s' if without > 1 else ''} without a code: the label does not say one."
