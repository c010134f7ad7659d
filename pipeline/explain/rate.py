"""A response rate, explained: accepted responses of the customers asked, where that is known."""

from pipeline.explain.figure import Worked
from pipeline.explain.published import Row


class Rate(Worked):
    def responses(self) -> list[Row]:
        """The month's responses of the branches whose number of customers asked is known."""
        branches = self.scores.asking(self.period, self.unit)
        rows = [self.scores.survey.rows[one] for one in self.scores.survey.by_period.get(self.period, [])]
        return sorted(
            (row for row in rows if row["branch"] in branches),
            key=lambda one: (one["respondent"] or "", one["source"], one["row"]),
        )

    def formula(self) -> str:
        asked, answered = self.scores.invited(self.period, self.unit)
        result = self.row["estimate"] if self.shown else "none"
        return f"100 x responses / customers asked = 100 x {answered:,} / {asked or 0:,} = {result}"

    def why(self) -> tuple[str, ...]:
        count = len(self.scores.asking(self.period, self.unit))
        return (
            f"Over the {count:,} {'branch' if count == 1 else 'branches'} whose number of customers asked is known.",
        )
