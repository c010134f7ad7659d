"""What the program's names are called in a workbook: levels, units, measures, verdicts."""

from collections.abc import Callable

from pipeline.instrument import Instrument
from pipeline.pages import Pages
from pipeline.sentence import gettext
from pipeline.workbook.form import Cell

LEVELS = {
    "network": gettext("Network"),
    "region": gettext("Region"),
    "division": gettext("Division"),
    "branch": gettext("Branch"),
    "part": gettext("Branch by division"),
}
WINDOWS = {
    "month": gettext("month"),
    "rolling_3": gettext("rolling 3 months"),
    "rolling_12": gettext("rolling 12 months"),
    "year_to_date": gettext("year to date"),
}
AGAINST = {
    "last_month": gettext("Previous month"),
    "last_year": gettext("Same month last year"),
    "previous": gettext("Same window a month earlier"),
    "region": gettext("Region"),
    "network": gettext("Network"),
    "peers": gettext("Peers"),
    "target": gettext("Target"),
}
VERDICTS = {
    "better": gettext("clearly better"),
    "worse": gettext("clearly worse"),
    "no_clear_difference": gettext("no clear difference"),
    "none": gettext("cannot be compared"),
}
FLAGS = {
    "ok": gettext("large enough"),
    "caution": gettext("small base"),
    "partial": gettext("partial index"),
    "withheld": gettext("withheld"),
    "none": gettext("no data"),
}
OUTSIDE = {
    "above_998": gettext("above the 99.8 per cent limit"),
    "above_95": gettext("above the 95 per cent limit"),
    "no": gettext("within"),
    "below_95": gettext("below the 95 per cent limit"),
    "below_998": gettext("below the 99.8 per cent limit"),
}
STATISTICS = {
    "mean": gettext("mean"),
    "nps": gettext("net promoter score"),
    "share": gettext("share, per cent"),
    "per_100": gettext("per 100 customers"),
}


class Names:
    """Names in the language of the pages."""

    def __init__(self, pages: Pages) -> None:
        programme, language = pages.run.site.programme, pages.language
        self.say: Callable[[str], str] = pages.gettext
        self.instruments = {one.id: one.name.get(language) for one in pages.run.known or pages.run.instruments}
        self.points = {self.instruments[one.id]: one.points for one in pages.run.known or pages.run.instruments}
        self.groupings = {one.id: one.name.get(language) for one in programme.grouping}
        self.levels = (*LEVELS, *self.groupings)
        self._regions = {one: name.get(language) for one, name in programme.regions.items()}
        self._divisions = {one: name.get(language) for one, name in programme.divisions.items()}
        self._branches = pages.names
        self._bonus = {f"bonus/{one.id}": one.name.get(language) for one in programme.bonus}
        self._measures = {one.id: dict(_measures(one, language, self.say)) for one in pages.run.instruments}

    def level(self, level: str) -> str:
        return self.groupings.get(level) or self.say(LEVELS[level])

    def unit(self, level: str, unit: str) -> str:
        """A unit of a grouping, or one unknown in the month, is called by its id."""
        if level == "network":
            return self.say("Network")
        if level == "part":
            branch, _, division = unit.partition("/")
            return f"{self._branches.get(branch, branch)} / {self._divisions.get(division, division)}"
        known = {"region": self._regions, "division": self._divisions, "branch": self._branches}.get(level, {})
        return known.get(unit, unit)

    def measure(self, instrument: str, measure: str) -> str:
        return self._measures.get(instrument, {}).get(measure, measure)

    def against(self, against: str) -> str:
        return self._bonus.get(against) or self.say(AGAINST[against])

    def verdict(self, verdict: str | None) -> str:
        return self.say(VERDICTS[verdict or "none"])

    def flag(self, flag: str | None) -> str:
        return self.say(FLAGS[flag or "none"])

    def shown(self, value: Cell, flag: str | None) -> Cell:
        """A figure, or in words why it is not there."""
        return self.flag(flag) if value is None and flag in ("withheld", "none") else value


def _measures(instrument: Instrument, language: str, say: Callable[[str], str]) -> list[tuple[str, str]]:
    found = [("index", say("Index")), ("response_rate", say("response rate"))]
    for factor in instrument.factor:
        found.append((factor.id, factor.name.get(language)))
        found += [(one.id, one.name.get(language)) for one in factor.subfactor]
    found += [(item.id, item.text.get(language)) for item in instrument.items]
    for choice in instrument.choice:
        found += [
            (choice.column(one.id), f"{choice.text.get(language)} {one.text.get(language)}") for one in choice.option
        ]
    return found + [(count.id, count.name.get(language)) for count in instrument.count]
