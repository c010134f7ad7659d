"""`csi explain`: one figure of a published month, from the page back to the responses."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl
from rich.console import Console

from pipeline import hierarchy, instrument, programme
from pipeline.explain.agreement import agreement
from pipeline.explain.asked import Asked, Request, definite
from pipeline.explain.derivation import Compared, Derivation, Input, Response, Stands
from pipeline.explain.exclusions import exclusions
from pipeline.explain.figure import Worked
from pipeline.explain.published import Published, Row, find
from pipeline.explain.rate import Rate
from pipeline.explain.view import show
from pipeline.hierarchy import Hierarchy
from pipeline.inspection.shown import told
from pipeline.instrument import Instrument
from pipeline.recompute import rounding
from pipeline.recompute.month import Recomputed
from pipeline.recompute.months import months_before, window_months
from pipeline.recompute.tables import read_case

_PUBLISHED = ("n", "n_eff", "estimate", "se", "df", "low", "high", "rank", "ranked", "flag", "printed", "printed_low",
              "printed_high", "printed_of", "rank_low", "rank_high", "tier_group", "reliability", "eb", "eb_low",
              "eb_high", "outside")  # fmt: skip
BY_WEIGHTS = ("weights", "margins", "strata")


def explain(request: Request, console: Console) -> int:
    """Prints the derivation. 0 if the figure can be worked out again, 1 if it differs or the month's files
    are not those it was published with. Raises Refusal for what is wrong with the request."""
    site = programme.load(request.programme)
    instruments = instrument.load(site)
    network = hierarchy.load(site, instruments)
    published = find(site, request.period)
    asked = definite(request, published, instruments)
    found = derivation(asked, published, network, instruments)
    if request.json:
        print(json.dumps(found.plain(), ensure_ascii=False, indent=2))
    else:
        show(found, console)
    return 0 if found.agreement.agrees else 1


def derivation(
    asked: Asked, published: Published, network: Hierarchy, instruments: tuple[Instrument, ...]
) -> Derivation:
    """Reads the accepted tables of the window's months and of those it is compared with, no others."""
    period, folder, facts = str(published.month), published.folder, published.facts
    row = published.score(**asked.key)
    assert row is not None  # the request was found in the table
    compared = _compared(published, asked)
    standing = _standing(published, asked)
    months = window_months(asked.window, period)
    needed = dict.fromkeys((*months, *_months_beside(asked, compared, period)))
    of = asked.instrument
    case = read_case(folder, published.site.programme, [of], needed, _answers(asked))
    recomputed = Recomputed(replace(case, hidden=published.withheld, guarded=published.guarded), period)
    worked = (Rate if asked.measure == "response_rate" else Worked)(asked, published, recomputed, row)
    responses = worked.responses()
    placed = recomputed.scores[of.id].survey.places.branches_of(asked.level, asked.unit, period)
    read = [f"accepted/{kind}/{of.id}/{month}.parquet" for month in needed
            for kind in ("responses", "invitations", *BY_WEIGHTS)]  # fmt: skip
    return Derivation(
        programme=published.site.programme.id,
        period=period,
        run_id=str(facts.get("run_id")),
        status=str(facts.get("status")),
        revision=int(facts.get("revision", 1)),
        folder=published.site.shown(folder),
        instrument=of.id,
        level=asked.level,
        unit=asked.unit,
        name=told(_name(published, asked, network)),
        measure=asked.measure,
        statistic=asked.statistic,
        label=told(worked.labels.get(asked.measure, asked.measure.replace("_", " "))),
        window=asked.window,
        months=months,
        points=of.points,
        rule=of.rule,
        published={name: row.get(name) for name in _PUBLISHED},
        why=worked.why(),
        formula=worked.formula(),
        weights=_weights(published, worked),
        terms=worked.terms(),
        items=tuple(worked.items()),
        answers=worked.answers(),
        base=_base(worked),
        spread=worked.spread(),
        comparisons=tuple(map(_as_published, compared)),
        adds=worked.adds(compared),
        standing=tuple(Stands(**{name: one[name] for name in Stands.__dataclass_fields__}) for one in standing),
        exclusions=exclusions(published, of, network, placed, responses),
        inputs=tuple(_inputs(published, responses)),
        responses=tuple(
            Response(one["period"], told(one["respondent"] or ""), told(one["source"]), one["row"]) for one in responses
        ),
        agreement=agreement(published, asked, recomputed, row, compared, standing, instruments, read),
    )


def _name(published: Published, asked: Asked, network: Hierarchy) -> str:
    programme, level = published.site.programme, asked.level
    if level in ("region", "region_as_is", "division"):
        names = programme.divisions if level == "division" else programme.regions
        return names[asked.unit].en if asked.unit in names else ""
    if level in ("branch", "part", "branch_as_is"):
        return network.names(published.month, "en").get(asked.unit.partition("/")[0], "")
    return ""


def _answers(asked: Asked) -> set[str]:
    """The columns of answers that the figure and its items rest on. What a factor adds to the difference of
    an index depends on whether that is whole."""
    of = asked.instrument
    found = {asked.measure}
    for factor in of.factor:
        for leaf in factor.leaves:
            if asked.measure == leaf.id or asked.measure in ("index", *(one.id for one in of.factor)):
                found |= {one.id for one in leaf.item}
    for count in of.count:
        if asked.measure == count.id:
            found |= {one.id for one in count.item}
    return found


def _compared(published: Published, asked: Asked) -> list[Row]:
    """The rows of the comparison table about this figure."""
    if asked.statistic != "mean":
        return []
    found = published.comparisons
    key = {name: value for name, value in asked.key.items() if name != "statistic"}
    return list(found.filter(pl.all_horizontal(pl.col(a) == b for a, b in key.items())).iter_rows(named=True))


def _as_published(row: Row) -> Compared:
    return Compared(
        row["against"], row["window"], row["reference"], row["difference"], row["se"], row["df"], row["low"],
        row["high"], row["verdict"], row["contribution"], row.get("p"), row.get("q"), row.get("chance"),
    )  # fmt: skip


def _standing(published: Published, asked: Asked) -> list[Row]:
    if (asked.level, asked.measure, asked.statistic, asked.window) != ("branch", "index", "mean", "month"):
        return []
    return published.standing(asked.instrument.id, asked.unit)


def _months_beside(asked: Asked, compared: Sequence[Row], period: str) -> Iterator[str]:
    back = {"last_month": 1, "previous": 1, "last_year": 12}
    for one in compared:
        if one["against"] in back:
            yield from window_months(asked.window, months_before(period, back[one["against"]]))


def _weights(published: Published, worked: Worked) -> dict[str, object]:
    """base: what a response's weight comes from. omega: the sum of the published weights that were used."""
    weighting = published.site.programme.weighting
    omegas = {one.variable: one.omega for one in worked.terms() if one.omega is not None}
    return {
        "base": weighting.base, "solved": weighting.solved,
        "omega": sum(omegas.values()) if omegas else None,
    }  # fmt: skip


def _base(worked: Worked) -> dict[str, object]:
    figure = worked.figure
    if figure is None or not worked.shown:
        return {"n": worked.row["n"], "weight": None, "kish": None, "n_eff": None}
    weight = rounding.total(worked.figures.survey.weights[one] for one in figure.members)
    return {
        "n": figure.n, "weight": rounding.stored(weight),
        "kish": rounding.rounded(figure.kish, 12), "n_eff": rounding.stored(figure.n_eff),
    }  # fmt: skip


def _inputs(published: Published, responses: Sequence[Row]) -> Iterator[Input]:
    counts = Counter((one["period"], one["source"]) for one in responses)
    for (period, file), count in sorted(counts.items()):
        yield Input(period, told(file), published.sha256(period, file), count)
