"""The first sheet, which says what is where, and the last, which says what every column means."""

from collections.abc import Iterator, Sequence

from pipeline.pages import Pages
from pipeline.sentence import gettext
from pipeline.workbook.book import FORMATS, Book, cells, text
from pipeline.workbook.form import Cell, Column, Kind, Sheet
from pipeline.workbook.names import AGAINST, FLAGS, LEVELS, OUTSIDE, VERDICTS, WINDOWS

NAME = gettext("Codebook")
KINDS: dict[Kind, str] = {
    "text": gettext("text"),
    "count": gettext("whole number"),
    "figure": gettext("one decimal"),
    "change": gettext("one decimal, with sign"),
    "percent": gettext("one decimal"),
    "share": gettext("two decimals"),
    "chance": gettext("three decimals"),
    "weight": gettext("two decimals"),
}
_LISTS = (
    (gettext("Base"), FLAGS),
    (gettext("Verdict"), VERDICTS),
    (gettext("Level"), LEVELS),
    (gettext("Window"), WINDOWS),
    (gettext("Compared with"), AGAINST),
    (gettext("Where"), OUTSIDE),
)
_EXPLAINED = {
    "ok": gettext("As many responses as a rank asks for: shown and ranked."),
    "caution": gettext("Fewer responses: shown, not ranked."),
    "partial": gettext("A factor, or a division the unit serves, is wholly missing: shown, not ranked."),
    "withheld": gettext("Too few responses, or it would give such a figure away: not shown."),
    "none": gettext("No responses, or nothing to compare with."),
    "better": gettext("The 95 per cent interval of the difference is above zero."),
    "worse": gettext("The 95 per cent interval of the difference is below zero."),
    "no_clear_difference": gettext("The 95 per cent interval of the difference holds zero."),
    "year_to_date": gettext("From January on."),
    "peers": gettext("Branches with the same peer fields, without the branch itself."),
}


def contents(book: Book, pages: Pages, status: str, sheets: Sequence[tuple[str, str]]) -> None:
    """sheets: (name, purpose) of all that follow."""
    run, say = pages.run, book.say
    thresholds = run.site.programme.thresholds
    page = book.page(say(gettext("Contents")))
    page.set_column(0, 0, max(22, *(cells(say(name)) + 3 for name, _ in sheets)))
    page.set_column(1, 1, 100)
    facts: list[tuple[str, str]] = [
        (say(gettext("Month")), run.period),
        (say(gettext("Status")), status),
        (say(gettext("Data cut-off")), run.cutoff),
        (say(gettext("Run")), run.run_id),
        (say(gettext("Software")), run.software),
        (say(gettext("Withheld below, responses")), str(thresholds.withheld_below)),
        (say(gettext("Ranked from, responses")), str(thresholds.ranked_from)),
        *((name, f"0–{book.points[name]}") for name in (one.name.get(pages.language) for one in run.instruments)),
    ]
    page.set_row(0, 30)
    page.write_string(0, 0, text(run.site.programme.name.get(pages.language)), book.title)
    page.write_string(
        1, 0, say(gettext("The twin of every printed figure: same rounding, same suppression.")), book.looks["text"]
    )
    row = 3
    for name, value in facts:
        page.write_string(row, 0, text(name), book.strong)
        page.write_string(row, 1, text(value), book.looks["text"])
        row += 1
    row += 1
    for name, purpose in sheets:
        page.write_url(row, 0, f"internal:'{say(name)}'!A1", book.link, say(name))
        page.write_string(row, 1, say(purpose), book.looks["text"])
        row += 1


def codebook(book: Book, pages: Pages, sheets: Sequence[tuple[str, Sequence[Column]]]) -> Sheet:
    """sheets: (name, columns) of all that came before."""
    say = book.say
    thresholds = pages.run.site.programme.thresholds

    def rows() -> Iterator[tuple[Cell, ...]]:
        for name, columns in sheets:
            for column in columns:
                shown = "" if column.kind == "text" else FORMATS[column.kind]
                unit = say(column.unit) if column.unit else ""
                yield say(name), say(column.head), say(column.meaning), unit, say(KINDS[column.kind]), shown
        every = say(gettext("every sheet"))
        for head, words in _LISTS:
            for key, word in words.items():
                said = say(_EXPLAINED[key]) if key in _EXPLAINED else ""
                yield every, say(head), said, "", f"“{say(word)}”", ""
        bounds = (
            (gettext("Withheld below, responses"), thresholds.withheld_below),
            (gettext("Ranked from, responses"), thresholds.ranked_from),
        )
        for threshold, value in bounds:
            yield (
                every,
                say(threshold),
                say(gettext("A setting of the programme.")),
                say(gettext("responses")),
                str(value),
                "",
            )

    return Sheet(
        NAME,
        gettext("What every column means: unit, scale, flags, thresholds."),
        (
            Column(gettext("Sheet"), "text", gettext("Where the column stands.")),
            Column(gettext("Column"), "text", gettext("Its head.")),
            Column(gettext("Meaning"), "text", gettext("What it says.")),
            Column(gettext("Unit and scale"), "text", gettext("In what it is measured.")),
            Column(gettext("Values"), "text", gettext("How it is rounded, or the words it may hold.")),
            Column(gettext("Number format"), "text", gettext("As Excel writes it.")),
        ),
        rows(),
        2,
    )
