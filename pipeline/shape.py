"""How the SQL of a programme is shaped: which columns the sums are kept by, and what a level is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.programme import Programme
from pipeline.weighting import BRANCH_FIELDS

RESPONSE_FIELDS = ("segment", "tier", "vehicle", "contract")  # of a response, beside branch and division
AS_IS = ("branch_now", "region_now")  # where the branch, or its heir, is in the month of the run
RANKED_BUILT_IN = ("branch", "region", "division")


@dataclass(frozen=True)
class Level:
    """A way to cut the network into units. by: its fields, a unit's id is their values joined by '/'.
    index_only: the level is for trends, of the index alone."""

    id: str
    by: tuple[str, ...]
    ranked: bool = False
    index_only: bool = False

    @property
    def unit(self) -> str:
        """The unit's id in SQL."""
        return " || '/' || ".join(self.by) if self.by else f"'{self.id}'"


class Shape:
    """What the templates of pipeline/sql ask of a programme."""

    def __init__(self, programme: Programme) -> None:
        weighting, design = programme.weighting, programme.design
        self.column = weighting.base == "column"
        self.solved = weighting.solved
        self.calibrated = weighting.calibrated
        self.finite = design.finite
        self.single = design.single
        self.strata = design.strata
        self.peers = programme.peers
        self.weighted = self.column or self.solved
        self._groupings = programme.grouping
        of_weights = {*weighting.cells, *(one for margin in weighting.margin for one in margin.by)}
        of_weights |= {"tier"} if weighting.tier else set()
        of_scores = {*design.strata, *(one for grouping in programme.grouping for one in grouping.by)}
        self.kept = tuple(one for one in RESPONSE_FIELDS if one in of_scores)
        self.keys = ("branch", "division", *(one for one in RESPONSE_FIELDS if one in of_weights | of_scores))
        needed = {"branch" if one in BRANCH_FIELDS else one for one in of_weights}
        trimmed = ("weight",) if self.column and weighting.trim != "none" else ()
        self.weight_keys = tuple(one for one in self.keys if one in needed) + trimmed
        self.total_keys = (*self.keys, *trimmed)

    @property
    def weight(self) -> str:
        """What a response's weight is, in words."""
        return " * ".join(["base weight"] * self.column + ["factor"] * self.solved) or "1"

    @property
    def unit_power(self) -> int:
        """Sums of weights and values are in units of 10 to minus this."""
        return 9 * self.column + 9 * self.solved

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """The fields that are the same all over a stratum."""
        if "branch" in self.strata:
            return tuple(dict.fromkeys((*BRANCH_FIELDS, *AS_IS, *self.strata)))
        return self.strata

    def levels(self, parts: bool) -> tuple[Level, ...]:
        """parts: whether a branch's figure for one division is a unit of its own."""
        part = (Level("part", ("branch", "division")),) if parts else ()
        return (
            Level("branch", ("branch",), ranked=True),
            *part,
            Level("region", ("region",), ranked=True),
            Level("division", ("division",), ranked=True),
            Level("network", ()),
            *(Level(one.id, one.by, ranked=True) for one in self._groupings),
            Level("branch_as_is", ("branch_now",), index_only=True),
            Level("region_as_is", ("region_now",), index_only=True),
        )

    def lined(self, parts: bool) -> tuple[Level, ...]:
        """Levels whose sums per stratum are needed: units share strata with others. Where some do, so must
        what they are part of and compared with."""

        def shared(level: Level) -> bool:
            by = (*level.by, "division") if parts else level.by
            return any(one not in self.whole for one in by) and (parts or not level.index_only)

        cut = tuple(one for one in self.levels(parts) if shared(one))
        if not cut:
            return ()
        whole = ("network", "region") if any(one.id == "branch" for one in cut) else ("network",)
        return (*cut, *(one for one in self.levels(parts) if one.id in whole and one not in cut))

    @property
    def by_response(self) -> tuple[Level, ...]:
        """Levels whose units are known from responses alone."""
        return tuple(one for one in self.levels(False) if set(one.by) & set(RESPONSE_FIELDS))

    @staticmethod
    def joined(fields: Sequence[str]) -> str:
        """Several fields as one text in SQL."""
        return " || '/' || ".join(fields) if fields else "''"
