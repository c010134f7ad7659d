"""Programmes made up in Python, written as the files a network owns, and scored.

`score_files` goes the way of a person: exports into an inbox, `csi score`. `score_accepted` starts
at the accepted tables and is for what the exports cannot hold, or for many and large cases.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, hierarchy, instrument, population, programme, score, warehouse, weights
from pipeline.__main__ import main
from pipeline.month import Month
from pipeline.recompute.case import OPEN_END, Branch, Case, Choice, Factor, Instrument, Item, Row
from pipeline.recompute.months import first_day, last_day
from pipeline.recompute.tables import weigh

Key = tuple[str, ...]
STATES = {"s": "(skipped)", "n": "N/A", "r": "refused", "b": ""}  # letter in `missing` -> cell of an export
ATTRIBUTES = ("segment", "tier", "vehicle", "contract")  # of the respondent, where a response has them
NAME = 'name = {{ zh = "名", en = "{}" }}'


@dataclass(frozen=True)
class Sampled(Case):
    """A case with what its weights are solved from. cells: with base = "population". tiers: what a
    respondent's tier multiplies the base weight with. margins: id -> its fields. bounds: of the mean weight.
    customers: (instrument, margin or cells) -> (period, category) -> how many."""

    cells: tuple[str, ...] = ()
    tiers: Mapping[str, Decimal | int] = field(default_factory=dict)
    margins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trim: str = "none"
    bounds: tuple[Decimal, Decimal] | None = None
    customers: Mapping[tuple[str, str], Mapping[tuple[str, str], Fraction | int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scored:
    """The two tables a run publishes, by key, and the folder they stand in."""

    folder: Path
    scores: Mapping[Key, Row]
    comparisons: Mapping[Key, Row]

    def score(
        self, period: str, instrument: str, level: str, unit: str,
        measure: str = "index", statistic: str = "mean", window: str = "month",
    ) -> Row:  # fmt: skip
        return self.scores[period, instrument, level, unit, measure, statistic, window]

    def comparison(
        self, instrument: str, level: str, unit: str, measure: str, against: str, window: str = "month"
    ) -> Row:
        return self.comparisons[instrument, level, unit, measure, window, against]


# ── responses ────────────────────────────────────────────────────────────────────────────


def asked(of: Instrument) -> tuple[Item, ...]:
    """All items in the order of the instrument's file: those of counts last."""
    return (*of.items, *(item for count in of.counts for item in count.items))


def options(of: Instrument) -> tuple[str, ...]:
    return tuple(column for choice in of.choices for column in choice.columns)


def response(
    of: Instrument,
    branch: str,
    answers: Sequence[int | str],
    *,
    period: str = "2025-10",
    division: str = "PC",
    weight: Decimal | str | int = 1,
    chosen: Mapping[str, Iterable[str]] | None = None,
    **attributes: str,
) -> dict[str, Any]:
    """answers: one per item, those of counts last, a number or the letter of a missing state (s b n r).
    chosen: choice -> its options; a choice that is not in it was not answered."""
    assert len(answers) == len(asked(of))
    assert attributes.keys() <= {*ATTRIBUTES}
    states = "".join("." if isinstance(one, int) else one for one in answers)
    given = {one.id: set((chosen or {})[one.id]) if one.id in (chosen or {}) else None for one in of.choices}
    return {
        "period": period, "branch": branch, "division": division, "weight": Decimal(weight),
        **{item.id: one if isinstance(one, int) else None for item, one in zip(asked(of), answers, strict=True)},
        **{f"{choice}_{option}": None if found is None else int(option in found)
           for choice, found in given.items() for option in _choice(of, choice).options},
        "missing": None if set(states) == {"."} else states,
        **attributes,
    }  # fmt: skip


def _choice(of: Instrument, name: str) -> Choice:
    return next(one for one in of.choices if one.id == name)


def packaged(name: str) -> Instrument:
    """An instrument of schemas/instruments, read without the program's own reader."""
    read = tomllib.loads((instrument.PACKAGED / f"{name}.toml").read_text("utf-8"), parse_float=Decimal)

    def item(one: dict[str, Any]) -> Item:
        scale = one.get("scale", read["scale"])
        return Item(one["id"], scale["min"], scale["max"], scale["top_box_from"], scale["bottom_box_to"])

    factors = tuple(
        Factor(one["id"], tuple(item(each) for each in one["item"]), Decimal(one.get("weight", 1)))
        for one in read["factor"]
    )
    return Instrument(name, factors, read["rule"], read["points"], read.get("minimum_answered_percent", 50))


# ── the programme's own files ────────────────────────────────────────────────────────────


def write_programme(case: Case, folder: Path) -> Path:
    """Everything but the inbox: programme.toml, branches, targets, population, mappings, and the
    instruments that the program does not bring."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("instruments", "mappings", "inbox"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "programme.toml").write_text(_programme(case), encoding="utf-8")
    (folder / "mappings" / "invited.toml").write_text('[columns]\nbranch = "branch"\ninvited = "invited"\n')
    for one in case.instruments:
        if not (instrument.PACKAGED / f"{one.id}.toml").exists():
            (folder / "instruments" / f"{one.id}.toml").write_text(_instrument(one), encoding="utf-8")
        (folder / "mappings" / f"{one.id}.toml").write_text(_mapping(case, one), encoding="utf-8")
    _branches(case.branches, folder / "branches.csv")
    _csv(
        folder / "targets.csv",
        hierarchy.TARGET_COLUMNS,
        (
            (one.instrument, one.measure, one.branch, one.valid_from, one.valid_to, one.target)
            for one in case.targets
        ),
    )  # fmt: skip
    if _populated(case):
        _csv(folder / "population.csv", population.COLUMNS, _customers(case))
    return folder / "programme.toml"


def _branches(branches: Sequence[Branch], path: Path) -> None:
    more = [
        *(["peer"] if any(one.peer for one in branches) else []),
        *(["inherits"] if any(one.inherits for one in branches) else []),
    ]
    _csv(
        path,
        (*hierarchy.BRANCH_COLUMNS, *more),
        (
            (one.id, f"店{one.id}", f"Branch {one.id}", one.region, ";".join(one.divisions), one.tier,
             one.valid_from, "" if one.valid_to == OPEN_END else one.valid_to, one.successor,
             *({"peer": one.peer, "inherits": "yes" if one.inherits else ""}[name] for name in more))
            for one in branches
        ),
    )  # fmt: skip


def _populated(case: Case) -> bool:
    return case.design.finite or (isinstance(case, Sampled) and bool(case.customers))


def _customers(case: Case) -> Iterable[tuple[object, ...]]:
    """Rows of population.csv, month by month."""
    given = [
        (name, "strata", period, "/".join(values), customers)
        for name, strata in case.populations.items()
        for (period, *values), customers in strata.items()
    ]
    if isinstance(case, Sampled):
        given += [
            (name, margin, period, category, customers)
            for (name, margin), found in case.customers.items()
            for (period, category), customers in found.items()
        ]
    for name, margin, period, category, customers in given:
        nano = Fraction(customers) * 10**9
        assert nano.denominator == 1, "population.csv holds nine decimals"
        number = f"{Decimal(nano.numerator).scaleb(-9):f}"
        yield name, margin, category, first_day(period), last_day(period), number


def _programme(case: Case) -> str:
    regions = sorted({one.region for one in case.branches})
    divisions = sorted({division for one in case.branches for division in one.divisions})
    tiers = sorted({one.tier for one in case.branches if one.tier})
    lines = [
        'id = "made-up"',
        'name = { zh = "测试", en = "Made up" }',
        f"instruments = {[one.id for one in case.instruments]}",
        *(['targets = "targets.csv"'] if case.targets else []),
        *(['population = "population.csv"'] if _populated(case) else []),
        f"peers = {[*case.peers]}",
        "[thresholds]",
        f"withheld_below = {case.withheld_below}",
        f"ranked_from = {case.ranked_from}",
        *_weighting(case),
        "[design]",
        f"strata = {[*case.design.strata]}",
        f"finite = {str(case.design.finite).lower()}",
        f'single = "{case.design.single}"',
    ]
    for table, names in (("regions", regions), ("divisions", divisions), ("tiers", tiers)):
        lines += [f"[{table}]", *(f'{one} = {{ zh = "{one}", en = "{one}" }}' for one in names)]
    for grouping in case.groupings:
        lines += ["[[grouping]]", f'id = "{grouping.id}"', f"by = {[*grouping.by]}", NAME.format(grouping.id)]
    for bonus in case.bonuses:
        lines += ["[[bonus]]", f'id = "{bonus.id}"', f'instrument = "{bonus.instrument}"', f"line = {bonus.line}"]
        lines += [NAME.format(bonus.id)]
    for one in case.instruments:
        for role, files, mapping in (("responses", one.id, one.id), ("invitations", f"invited-{one.id}", "invited")):
            lines += [
                "[[source]]",
                f'id = "{files}"',
                f'role = "{role}"',
                f'instrument = "{one.id}"',
                f'files = "{files}.csv"',
                f'mapping = "mappings/{mapping}.toml"',
            ]
    return "\n".join(lines) + "\n"


def _weighting(case: Case) -> list[str]:
    solved = case if isinstance(case, Sampled) else Sampled((), (), {})
    base = "population" if solved.cells else "column" if case.weighted else "none"
    lines = ["[weighting]", f'base = "{base}"', f'trim = "{solved.trim}"']
    if solved.cells:
        lines += [f"cells = {[*solved.cells]}"]
    if solved.bounds:
        lines += [f"low = {solved.bounds[0]}", f"high = {solved.bounds[1]}"]
    if solved.tiers:
        lines += ["[weighting.tier]", *(f'"{tier}" = {times}' for tier, times in solved.tiers.items())]
    for margin, by in solved.margins.items():
        lines += ["[[weighting.margin]]", f'id = "{margin}"', f"by = {[*by]}"]
    return lines


def _instrument(one: Instrument) -> str:
    lines = [
        f'id = "{one.id}"',
        NAME.format(one.id),
        'source = { zh = "测试", en = "made up" }',
        "valid_from = 1990-01-01",
        f'rule = "{one.rule}"',
        f"points = {one.points}",
        "scale = { min = 1, max = 10, top_box_from = 9, bottom_box_to = 4 }",
        f"minimum_answered_percent = {one.minimum_answered_percent}",
    ]
    for factor in one.factors:
        lines += ["[[factor]]", f'id = "{factor.id}"', NAME.format(factor.id), f"weight = {factor.weight}"]
        lines += _items("factor.item", factor.items)
        for part in factor.subfactors:
            lines += ["[[factor.subfactor]]", f'id = "{part.id}"', NAME.format(part.id), f"weight = {part.weight}"]
            lines += _items("factor.subfactor.item", part.items)
    for choice in one.choices:
        lines += ["[[choice]]", f'id = "{choice.id}"', f'text = {{ zh = "选", en = "{choice.id}" }}']
        for option in choice.options:
            lines += ["[[choice.option]]", f'id = "{option}"', f'text = {{ zh = "项", en = "{option}" }}']
    for count in one.counts:
        lines += ["[[count]]", f'id = "{count.id}"', NAME.format(count.id), *_items("count.item", count.items)]
    return "\n".join(lines) + "\n"


def _items(table: str, items: Iterable[Item]) -> Iterable[str]:
    for item in items:
        yield f"[[{table}]]"
        yield f'id = "{item.id}"'
        yield f'text = {{ zh = "题目", en = "{item.id}" }}'
        yield 'touchpoint = "desk"'
        yield f"nps = {str(item.nps).lower()}"
        yield (
            f"scale = {{ min = {item.low}, max = {item.high}, "
            f"top_box_from = {item.top_from}, bottom_box_to = {item.bottom_to} }}"
        )


def _attributes(rows: Iterable[Row]) -> list[str]:
    """What some response of a programme says of its respondent."""
    return [one for one in ATTRIBUTES if any(row.get(one) for row in rows)]


def _mapping(case: Case, one: Instrument) -> str:
    fields = ["respondent", "branch", "division", "serviced_on", "answered_at"]
    fields += [*(["weight"] if case.weighted else []), *_attributes(case.rows.get(one.id, ()))]
    lines = ["[columns]", *(f'{name} = "{name}"' for name in fields)]
    lines += ["[items]", *(f'{item.id} = "Q {item.id}"' for item in asked(one))]
    lines += ["[missing]"]
    for letter, state in (("s", "not_asked"), ("n", "not_applicable"), ("r", "refused")):
        lines.append(f'"{STATES[letter]}" = "{state}"')
    for choice in one.choices:
        columns = zip(choice.options, choice.columns, strict=True)
        lines += [f"[choice.{choice.id}.columns]", *(f'{option} = "{column}"' for option, column in columns)]
    return "\n".join(lines) + "\n"


def _csv(path: Path, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


# ── the way of a person ──────────────────────────────────────────────────────────────────


def score_files(case: Case, folder: Path, period: str = "2025-10", *arguments: str) -> Scored:
    """Exports into the inbox, then `csi score`. Every response must be one that is accepted."""
    file = write_programme(case, folder)
    for one in case.instruments:
        for month in sorted({row["period"] for row in case.rows[one.id]}):
            place = folder / "inbox" / month
            place.mkdir(exist_ok=True)
            rows = [row for row in case.rows[one.id] if row["period"] == month]
            _export(case, one, rows, place / f"{one.id}.csv")
        for month in sorted({month for month, _ in case.invited.get(one.id, {})}):
            place = folder / "inbox" / month
            place.mkdir(exist_ok=True)
            invited = {branch: count for (when, branch), count in case.invited[one.id].items() if when == month}
            _csv(place / f"invited-{one.id}.csv", ("branch", "invited"), sorted(invited.items()))
    status = main(["score", "--programme", str(file), "--period", period, *arguments])
    assert status == 0, "the made-up programme was refused"
    return read(folder / "out" / "score" / period)


def _export(case: Case, of: Instrument, rows: Sequence[Row], path: Path) -> None:
    fields = [*(["weight"] if case.weighted else []), *_attributes(case.rows[of.id])]
    head = ["respondent", "branch", "division", "serviced_on", "answered_at", *fields]
    head += [*(f"Q {item.id}" for item in asked(of)), *options(of)]
    lines = []
    for place, row in enumerate(rows):
        day = _day(case.branches, row)
        line = [f"R{place:06d}", row["branch"], row["division"], day, datetime.combine(day, time(12))]
        line += [row.get(name) for name in fields]
        states = row["missing"] or "." * len(asked(of))
        line += [row[item.id] if state == "." else STATES[state] for item, state in zip(asked(of), states, strict=True)]
        lines.append([*line, *(row[column] for column in options(of))])
    _csv(path, head, lines)


def _day(branches: Iterable[Branch], row: Row) -> date:
    """The last day of the month on which the branch served the division."""
    day = last_day(row["period"])
    while day >= first_day(row["period"]):
        for one in branches:
            if one.id == row["branch"] and row["division"] in one.divisions and one.valid_from <= day <= one.valid_to:
                return day
        day -= timedelta(days=1)
    raise AssertionError(f"{row['branch']} did not serve {row['division']} in {row['period']}")


# ── from the accepted tables ─────────────────────────────────────────────────────────────


def score_accepted(case: Case, folder: Path, period: str = "2025-10", threads: int = 1) -> Scored:
    """As score_files, from the tables that admission would have made. threads: one is fastest for small months."""
    frames = {
        (one.id, month): frame(one, [row for row in case.rows[one.id] if row["period"] == month])
        for one in case.instruments
        for month in {period} | {row["period"] for row in case.rows[one.id]}
    }
    return score_frames(case, frames, folder, period, threads)


def score_frames(
    case: Case,
    frames: Mapping[tuple[str, str], pl.DataFrame],
    folder: Path,
    period: str = "2025-10",
    threads: int = 1,
) -> Scored:
    """frames: (instrument, period) -> accepted responses, in the order they are to be stored in.
    Those of `case` itself are not looked at. Makes what `csi score` publishes, run.sql included."""
    site = programme.load(write_programme(case, folder / "programme"))
    used = instrument.load(site)
    month = Month.parse(period)
    placed = hierarchy.load(site, used)
    given = population.load(site, used, set(placed.branches["branch"]))
    accepted.write_hierarchy(folder, placed)
    for (name, when), table in frames.items():
        place = folder / accepted.FOLDER / "responses" / name
        place.mkdir(parents=True, exist_ok=True)
        table.write_parquet(place / f"{when}.parquet", row_group_size=20_000)  # work for many threads
    for name, invited in case.invited.items():
        if not invited:
            continue
        place = folder / accepted.FOLDER / "invitations" / name
        place.mkdir(parents=True, exist_ok=True)
        for when in {when for when, _ in invited}:
            _invitations(invited, when).write_parquet(place / f"{when}.parquet")
    steps = score.render(site.programme, used, month, accepted.invited(folder))
    (folder / "run.sql").write_text(score.script(site.programme, month, steps), encoding="utf-8")
    weights.solve(site.programme, placed, given, month, folder)
    warehouse.build(folder, steps, score.TABLES, threads)
    return read(folder)


def frame(of: Instrument, rows: Sequence[Row]) -> pl.DataFrame:
    """One month's responses as an accepted table, in the order of `rows`."""
    items = [item.id for item in asked(of)]
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in ("period", "branch", "division")}
    columns |= {name: [row[name] for row in rows] for name in ("weight", *items, "missing", *options(of))}
    columns |= {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in ATTRIBUTES}
    return accepted_frame(of, columns, len(rows))


def accepted_frame(of: Instrument, columns: Mapping[str, Any], height: int) -> pl.DataFrame:
    """A table in the form in which a month keeps its responses; what no figure rests on is filled
    in. `missing` is null where it tells of blanks only, as it is after an intake."""
    items = [item.id for item in asked(of)]
    told = pl.col("missing").cast(pl.String)
    small = all(item.low >= -128 and item.high <= 127 for item in asked(of))
    given = pl.DataFrame(dict(columns))
    aside = [one for one in ("contact", *ATTRIBUTES, "flags") if one not in given.columns]
    others = [f"{choice.id}_other" for choice in of.choices]
    filled = given.with_columns(
        pl.Series("respondent", [f"R{place:07d}" for place in range(height)]),
        pl.lit(date(2025, 1, 1)).alias("serviced_on"),
        pl.lit(datetime(2025, 1, 1)).alias("answered_at"),
        pl.lit(None, pl.Int32).alias("duration_s"),
        *(pl.lit(None, pl.String).alias(name) for name in ("verbatim", *others, *aside)),
        pl.when(told.str.contains("[snr]")).then(told).alias("missing"),
        pl.lit("made-up.csv").alias("source"),
        pl.Series("row", range(2, height + 2), pl.UInt32),
        pl.col("weight").cast(pl.Decimal(18, 9)),
        pl.col("period", "branch", "division").cast(pl.String),
        pl.col(items).cast(pl.Int8 if small else pl.Int16),
        *(pl.col(one).cast(pl.Int8) for one in options(of)),
    )
    return filled.select(
        "period", "respondent", "branch", "division", "serviced_on", "answered_at", "duration_s", "weight",
        *items, "missing", "verbatim", *options(of), *others, "contact", *ATTRIBUTES, "flags", "source", "row",
    )  # fmt: skip


def _invitations(invited: Mapping[tuple[str, str], int], period: str) -> pl.DataFrame:
    asked = sorted((branch, count) for (when, branch), count in invited.items() if when == period)
    return pl.DataFrame(
        [(period, branch, count, "made-up.csv", place) for place, (branch, count) in enumerate(asked, start=2)],
        schema={"period": pl.String, "branch": pl.String, "invited": pl.Int64, "source": pl.String, "row": pl.UInt32},
        orient="row",
    )


# ── what came out ────────────────────────────────────────────────────────────────────────


def weighed(case: Case, scored: Scored) -> Case:
    """The case with the weights that were solved for its responses."""
    rows: dict[str, list[Row]] = {}
    for one in case.instruments:
        found = [dict(row) for row in case.rows[one.id]]
        for period in {row["period"] for row in found}:
            weigh(scored.folder, one.id, period, [row for row in found if row["period"] == period])
        rows[one.id] = [*found]
    return replace(case, rows=rows)


def read(folder: Path) -> Scored:
    scores = pl.read_parquet(folder / "scores.parquet")
    compared = pl.read_parquet(folder / "comparisons.parquet")
    return Scored(folder, _keyed(scores, scores.columns[:7]), _keyed(compared, compared.columns[1:7]))


def _keyed(table: pl.DataFrame, keys: Sequence[str]) -> dict[Key, Row]:
    found: dict[Key, Row] = {tuple(row[key] for key in keys): row for row in table.iter_rows(named=True)}
    assert len(found) == table.height, "a key stands twice"
    return found
