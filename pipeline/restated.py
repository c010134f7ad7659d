"""From the restatement of a month to its part of the headquarters pack."""

from pipeline.figures import Row
from pipeline.instrument import Instrument
from pipeline.network_view import RestatedLine, Restatement
from pipeline.pages import Pages

_LEVELS = ("network", "region", "division", "branch")


def restatement(pages: Pages) -> Restatement | None:
    """None for a month as first published."""
    rows = pages.tables.restated
    if rows is None:
        return None
    run = pages.run
    number = run.site.revision(run.month)
    said = [one for one in run.site.programme.revision if (one.period, one.number) == (run.period, number)]
    return Restatement(
        revision=number,
        reason="; ".join(one.reason for one in said),
        by="; ".join(one.by for one in said),
        figures=len(rows),
    )


def lines(pages: Pages, instrument: Instrument) -> tuple[RestatedLine, ...]:
    """The units whose index of the month was restated: the network, regions, divisions, branches."""
    found = [
        row
        for row in pages.tables.restated or ()
        if (row["instrument"], row["measure"], row["statistic"], row["window"])
        == (instrument.id, "index", "mean", "month")
        and row["level"] in _LEVELS
    ]
    found.sort(key=lambda row: (_LEVELS.index(row["level"]), row["unit"]))
    return tuple(
        RestatedLine(
            unit="" if row["level"] == "network" else row["unit"],
            name=_name(pages, row["level"], row["unit"]),
            published=row["printed_published"],
            before=row["printed_before"],
            restated=row["printed_restated"],
            difference=row["printed_difference"],
            n_before=row["n_before"] or 0,
            n_restated=row["n_restated"] or 0,
            cause=_cause(pages, row),
        )
        for row in found
    )


def _name(pages: Pages, level: str, unit: str) -> str:
    programme = pages.run.site.programme
    if level == "branch":
        return pages.names.get(unit, unit)
    if level == "network":
        return pages.gettext("Network")
    named = (programme.regions if level == "region" else programme.divisions).get(unit)
    return unit if named is None else named.get(pages.language)


def _cause(pages: Pages, row: Row) -> str:
    counted = {
        "came": pages.gettext("%(count)s came"),
        "went": pages.gettext("%(count)s went"),
        "changed": pages.gettext("%(count)s changed"),
    }
    words = {
        "earlier_months": pages.gettext("responses of earlier months"),
        "weights": pages.gettext("weights"),
        "hierarchy": pages.gettext("branches file"),
        "definition": pages.gettext("questionnaire"),
        "settings": pages.gettext("settings of the programme"),
        "program": pages.gettext("version of the program"),
        "other_responses": pages.gettext("responses of other units"),
        "unexplained": pages.gettext("not explained"),
    }
    counts = [text % {"count": row[one]} for one, text in counted.items() if row[one]]
    told = [pages.gettext("responses: %(counts)s") % {"counts": pages.gettext(", ").join(counts)}] if counts else []
    told += [words[one] for one in row["cause"].split("; ") if one in words]
    return pages.gettext("; ").join(told)
