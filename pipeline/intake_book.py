"""What `csi check` found in a month, as a workbook: intake.xlsx, the same rows as the page.

The bytes depend on nothing but what is written: no clock, no name of a person or a machine.
"""

from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from pipeline.intake import SOFT_FLAGS, Intake, fix, percentage, right, said, spoken, told, visible
from pipeline.intake_sheets import Book, text_of


def write_xlsx(intake: Intake, language: str, path: Path) -> None:
    """The workbook in one language ("zh" or "en")."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Book(xlsxwriter.Workbook(path, options), language)
    gettext = book.gettext
    title = f"{intake.programme.get(language)} {intake.period}"
    book.file.set_properties({"title": visible(title), "author": "csi", "created": intake.closing()})
    _summary(book, intake)
    _files(book, intake)
    book.sheet(
        gettext("Reasons per file"),
        [(gettext("File"), "text"), (gettext("Reason"), "text"), (gettext("Rows"), "number")],
        ((file, spoken(reason, language), rows) for file, reason, rows in intake.reasons_per_file().iter_rows()),
        gettext("No row was quarantined."),
    )
    _quarantine(book, intake)
    _flags(book, intake)
    changes = [gettext("the same"), gettext("changed"), gettext("came"), gettext("went")]
    book.sheet(
        gettext("Re-sent files"),
        [(gettext("File"), "text"), (gettext("supersedes rows of"), "text"), *((one, "number") for one in changes)],
        intake.resent.select("file", "earlier", "same", "changed", "came", "went").iter_rows(),
        gettext("No file was sent again."),
    )
    names = [gettext("File"), gettext("Respondent"), gettext("Change"), gettext("What is different")]
    changed = intake.changes.select("file", "respondent", "change", "fields").iter_rows()
    book.sheet(
        gettext("What changed"),
        [(name, "text") for name in names],
        ((file, respondent, spoken(change, language), fields) for file, respondent, change, fields in changed),
        gettext("No response changed, came or went."),
    )
    _decisions(book, intake)
    book.file.close()


def _summary(book: Book, intake: Intake) -> None:
    gettext, sheet = book.gettext, book.file.add_worksheet(book.gettext("Summary"))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 2, 14)
    sheet.set_column(3, 3, 60)
    verdict = gettext("This month may not be scored yet") if intake.gate else gettext("This month may be scored")
    share = ""
    if intake.against:
        sentence = gettext(
            "%(against)s of %(rows)s response rows count against the limit (%(share)s%%). "
            "Up to %(percent)s%% are let through."
        )
        against, rows = intake.against
        parts = {"against": f"{against:,}", "rows": f"{rows:,}", "share": percentage(against, rows)}
        share = sentence % {**parts, "percent": intake.percent}
    reasons: list[tuple[object, ...]] = [
        (
            spoken(reason, book.language),
            rows,
            files,
            fix(reason, book.language).removesuffix("{known}").replace("{known}", "…"),
        )
        for reason, rows, files in intake.reasons().iter_rows()
    ]
    lines: list[tuple[tuple[object, ...], Any]] = [
        ((intake.programme.get(book.language),), book.text),
        ((f"{gettext('Intake report')} {intake.period}",), book.title),
        ((gettext("Data cut-off"), f"{intake.closing():%Y-%m-%d %H:%M}"), book.text),
        ((gettext("Run"), intake.run_id), book.text),
        ((gettext("Revision"), intake.revision), book.text),
        ((), book.text),
        ((verdict,), book.bad if intake.gate else book.good),
        *(((text,), book.text) for text in (share, said(intake.gate or "", book.language)) if text),
        ((), book.text),
        ((gettext("Rows read"), intake.total("read")), book.text),
        ((gettext("Accepted"), intake.total("accepted")), book.text),
        ((gettext("Quarantined"), intake.total("quarantined")), book.text),
        ((), book.text),
        ((gettext("Quarantined because"), gettext("Rows"), gettext("Files"), gettext("What to do")), book.strong),
        *((reason, book.text) for reason in reasons or [(gettext("No row was quarantined."),)]),
        ((), book.text),
        ((gettext("Notes"),), book.strong),
        *(
            ((said(one, book.language),), book.text)
            for one in intake.notes or (gettext("There is nothing else to note."),)
        ),
    ]
    for row, (values, look) in enumerate(lines):
        for place, value in enumerate(values):
            if isinstance(value, int):
                sheet.write_number(row, place, value, book.number)
            else:
                sheet.write_string(row, place, text_of(value), look)


def _files(book: Book, intake: Intake) -> None:
    gettext = book.gettext
    texts = [gettext("File"), gettext("Source"), gettext("Instrument"), gettext("Tool"), gettext("Encoding")]
    counts = [gettext("Read"), gettext("Accepted"), gettext("Quarantined"), gettext("superseded")]
    book.sheet(
        gettext("Files"),
        [
            *((one, "text") for one in texts),
            *((one, "number") for one in counts),
            (gettext("the same bytes as"), "text"),
            ("SHA-256", "text"),
        ],
        (
            (one.file, one.source, one.instrument, one.tool, one.encoding,
             one.read, one.accepted, one.quarantined, one.superseded, one.same_as, one.sha256)
            for one in intake.files
        ),
        gettext("No file was read."),
    )  # fmt: skip


def _quarantine(book: Book, intake: Intake) -> None:
    gettext, language = book.gettext, book.language
    heads = [gettext("Column"), gettext("Value"), gettext("Reason"), gettext("What to do"), gettext("waived")]
    templates = {reason: fix(reason, language) for reason in intake.quarantine["reason"].unique()}
    bad = intake.quarantine.sort("file", "row", "column", "reason").select(
        "file", "row", "column", "value", "reason", pl.col("known").fill_null(""), "waived"
    )
    book.sheet(
        gettext("Quarantine"),
        [(gettext("File"), "text"), (gettext("Row"), "row"), *((one, "text") for one in heads)],
        (
            (*place, told(cell, reason, language), spoken(reason, language),
             templates[reason].replace("{known}", right(known, language)), gettext("waived") if waived else "")
            for *place, cell, reason, known, waived in bad.iter_rows()
        ),
        gettext("No row was quarantined."),
    )  # fmt: skip


def _flags(book: Book, intake: Intake) -> None:
    gettext = book.gettext
    texts = [gettext("Branch"), gettext("Name"), gettext("Instrument")]
    counts = [gettext("Accepted"), gettext("Flagged"), *(spoken(name, book.language) for name in SOFT_FLAGS)]
    book.sheet(
        gettext("Soft flags"),
        [*((one, "text") for one in texts), *((one, "number") for one in counts)],
        intake.flags.sort(["flagged", "branch"], descending=[True, False])
        .select("branch", f"name_{book.language}", "instrument", "accepted", "flagged", *SOFT_FLAGS)
        .iter_rows(),
        gettext("No response was flagged."),
    )


def _decisions(book: Book, intake: Intake) -> None:
    """The declared corrections and waivers."""
    gettext, language = book.gettext, book.language
    heads = [gettext("Field"), gettext("Was"), gettext("Is now"), gettext("Why"), gettext("Provided by")]
    book.sheet(
        gettext("Corrections"),
        [(gettext("File"), "text"), (gettext("Row"), "row"), *((one, "text") for one in heads)],
        intake.corrections.select("file", "row", "field", "old", "new", "reason", "provider").iter_rows(),
        gettext("No answer was corrected."),
    )
    heads = [gettext("Allows"), gettext("Source"), gettext("What"), gettext("Why"), gettext("By")]
    waivers = intake.waivers.select("allow", "source", "what", "reason", "by", "rows").iter_rows()
    book.sheet(
        gettext("Waivers"),
        [*((one, "text") for one in heads), (gettext("Rows"), "number")],
        ((spoken(allow, language), *others) for allow, *others in waivers),
        gettext("Nothing was waived."),
    )
