"""Programmes made up in Python, written as the files a network owns, and scored.

`score_files` goes the way of a person: exports into an inbox, `csi score`. `score_accepted` starts
at the accepted tables and is for what the exports cannot hold, or for many and large cases.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, hierarchy, instrument, programme, score, warehouse
from pipeline.__main__ import main
from pipeline.month import Month
from tests.reference import (
    Branch,
    Case,
    Factor,
    Instrument,
    Item,
    Key,
    Row,
    expected,
    first_day,
    last_day,
    printed,
)

STATES = {"s": "(skipped)", "n": "N/A", "r": "refused", "b": ""}  # letter in `missing` -> cell of an export
OPEN_END = date(9999, 12, 31)
ASIDE = ("contact", "segment", "tier", "vehicle", "contract", "flags")  # kept with a response, not scored


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


# ── responses ────────────────────────────────────────────────────────────────────────────


def response(
    of: Instrument,
    branch: str,
    answers: Sequence[int | str],
    *,
    period: str = "2025-10",
    division: str = "PC",
    weight: Decimal | str | int = 1,
) -> dict[str, Any]:
    """answers: one per item, a number or the letter of a missing state (s b n r)."""
    assert len(answers) == len(of.items)
    states = "".join("." if isinstance(one, int) else one for one in answers)
    return {
        "period": period, "branch": branch, "division": division, "weight": Decimal(weight),
        **{item.id: one if isinstance(one, int) else None for item, one in zip(of.items, answers, strict=True)},
        "missing": None if set(states) == {"."} else states,
    }  # fmt: skip


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
    """Everything but the inbox: programme.toml, branches, targets, mappings, and the instruments that
    the program does not bring."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("instruments", "mappings", "inbox"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "programme.toml").write_text(_programme(case), encoding="utf-8")
    (folder / "mappings" / "invited.toml").write_text('[columns]\nbranch = "branch"\ninvited = "invited"\n')
    for one in case.instruments:
        if not (instrument.PACKAGED / f"{one.id}.toml").exists():
            (folder / "instruments" / f"{one.id}.toml").write_text(_instrument(one), encoding="utf-8")
        (folder / "mappings" / f"{one.id}.toml").write_text(_mapping(one, case.weighted), encoding="utf-8")
    _csv(
        folder / "branches.csv",
        hierarchy.BRANCH_COLUMNS,
        (
            (one.id, f"店{one.id}", f"Branch {one.id}", one.region, ";".join(one.divisions), "",
             one.valid_from, "" if one.valid_to == OPEN_END else one.valid_to, "")
            for one in case.branches
        ),
    )  # fmt: skip
    _csv(
        folder / "targets.csv",
        hierarchy.TARGET_COLUMNS,
        (
            (one.instrument, one.measure, one.branch, one.valid_from, one.valid_to, one.target)
            for one in case.targets
        ),
    )  # fmt: skip
    return folder / "programme.toml"


def _programme(case: Case) -> str:
    regions = sorted({one.region for one in case.branches})
    divisions = sorted({division for one in case.branches for division in one.divisions})
    lines = [
        'id = "made-up"',
        'name = { zh = "测试", en = "Made up" }',
        f"instruments = {[one.id for one in case.instruments]}",
        *(['targets = "targets.csv"'] if case.targets else []),
        "[thresholds]",
        f"withheld_below = {case.withheld_below}",
        f"ranked_from = {case.ranked_from}",
        "[weighting]",
        f'base = "{"column" if case.weighted else "none"}"',
        "[regions]",
        *(f'{one} = {{ zh = "{one}", en = "{one}" }}' for one in regions),
        "[divisions]",
        *(f'{one} = {{ zh = "{one}", en = "{one}" }}' for one in divisions),
    ]
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


def _instrument(one: Instrument) -> str:
    lines = [
        f'id = "{one.id}"',
        f'name = {{ zh = "问卷", en = "{one.id}" }}',
        'source = { zh = "测试", en = "made up" }',
        "valid_from = 2000-01-01",
        f'rule = "{one.rule}"',
        f"points = {one.points}",
        "scale = { min = 1, max = 10, top_box_from = 9, bottom_box_to = 4 }",
        f"minimum_answered_percent = {one.minimum_answered_percent}",
    ]
    for factor in one.factors:
        lines += ["[[factor]]", f'id = "{factor.id}"', f'name = {{ zh = "因子", en = "{factor.id}" }}']
        lines += [f"weight = {factor.weight}"]
        for item in factor.items:
            lines += [
                "[[factor.item]]",
                f'id = "{item.id}"',
                f'text = {{ zh = "题目", en = "{item.id}" }}',
                'touchpoint = "desk"',
                f"scale = {{ min = {item.low}, max = {item.high}, "
                f"top_box_from = {item.top_from}, bottom_box_to = {item.bottom_to} }}",
            ]
    return "\n".join(lines) + "\n"


def _mapping(one: Instrument, weighted: bool) -> str:
    fields = ["respondent", "branch", "division", "serviced_on", "answered_at", *(["weight"] if weighted else [])]
    lines = ["[columns]", *(f'{name} = "{name}"' for name in fields)]
    lines += ["[items]", *(f'{item.id} = "Q {item.id}"' for item in one.items)]
    lines += ["[missing]"]
    for letter, state in (("s", "not_asked"), ("n", "not_applicable"), ("r", "refused")):
        lines.append(f'"{STATES[letter]}" = "{state}"')
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
            asked = {branch: count for (when, branch), count in case.invited[one.id].items() if when == month}
            _csv(place / f"invited-{one.id}.csv", ("branch", "invited"), sorted(asked.items()))
    status = main(["score", "--programme", str(file), "--period", period, *arguments])
    assert status == 0, "the made-up programme was refused"
    return read(folder / "out" / "score" / period)


def _export(case: Case, of: Instrument, rows: Sequence[Row], path: Path) -> None:
    head = ["respondent", "branch", "division", "serviced_on", "answered_at"]
    head += ["weight"] if case.weighted else []
    head += [f"Q {item.id}" for item in of.items]
    lines = []
    for place, row in enumerate(rows):
        day = _day(case.branches, row)
        line = [f"R{place:06d}", row["branch"], row["division"], day, datetime.combine(day, time(12))]
        line += [row["weight"]] if case.weighted else []
        states = row["missing"] or "." * len(of.items)
        line += [row[item.id] if state == "." else STATES[state] for item, state in zip(of.items, states, strict=True)]
        lines.append(line)
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


def score_accepted(case: Case, folder: Path, period: str = "2025-10", threads: int | None = None) -> Scored:
    """As score_files, from the tables that admission would have made."""
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
    threads: int | None = None,
) -> Scored:
    """frames: (instrument, period) -> accepted responses, in the order they are to be stored in.
    Those of `case` itself are not looked at. Makes what `csi score` publishes, run.sql included."""
    site = programme.load(write_programme(case, folder / "programme"))
    used = instrument.load(site)
    month = Month.parse(period)
    accepted.write_hierarchy(folder, hierarchy.load(site, used))
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
    warehouse.build(folder, steps, [("scores", score.SCORES), ("comparisons", score.COMPARISONS)], threads)
    return read(folder)


def frame(of: Instrument, rows: Sequence[Row]) -> pl.DataFrame:
    """One month's responses as an accepted table, in the order of `rows`."""
    items = [item.id for item in of.items]
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in ("period", "branch", "division")}
    columns |= {name: [row[name] for row in rows] for name in ("weight", *items, "missing")}
    return accepted_frame(of, columns, len(rows))


def accepted_frame(of: Instrument, columns: Mapping[str, Any], height: int) -> pl.DataFrame:
    """A table in the form in which a month keeps its responses; what no figure rests on is filled
    in. `missing` is null where it tells of blanks only, as it is after an intake."""
    items = [item.id for item in of.items]
    told = pl.col("missing").cast(pl.String)
    filled = pl.DataFrame(dict(columns)).with_columns(
        pl.Series("respondent", [f"R{place:07d}" for place in range(height)]),
        pl.lit(date(2025, 1, 1)).alias("serviced_on"),
        pl.lit(datetime(2025, 1, 1)).alias("answered_at"),
        pl.lit(None, pl.Int32).alias("duration_s"),
        pl.lit(None, pl.String).alias("verbatim"),
        *(pl.lit(None, pl.String).alias(name) for name in ASIDE),
        pl.when(told.str.contains("[snr]")).then(told).alias("missing"),
        pl.lit("made-up.csv").alias("source"),
        pl.Series("row", range(2, height + 2), pl.UInt32),
        pl.col("weight").cast(pl.Decimal(18, 9)),
        pl.col("period", "branch", "division").cast(pl.String),
        pl.col(items).cast(pl.Int8),
    )
    return filled.select(
        "period", "respondent", "branch", "division", "serviced_on", "answered_at", "duration_s", "weight",
        *items, "missing", "verbatim", *ASIDE, "source", "row",
    )  # fmt: skip


def _invitations(invited: Mapping[tuple[str, str], int], period: str) -> pl.DataFrame:
    asked = sorted((branch, count) for (when, branch), count in invited.items() if when == period)
    return pl.DataFrame(
        [(period, branch, count, "made-up.csv", place) for place, (branch, count) in enumerate(asked, start=2)],
        schema={"period": pl.String, "branch": pl.String, "invited": pl.Int64, "source": pl.String, "row": pl.UInt32},
        orient="row",
    )


# ── what came out ────────────────────────────────────────────────────────────────────────


def read(folder: Path) -> Scored:
    scores = pl.read_parquet(folder / "scores.parquet")
    compared = pl.read_parquet(folder / "comparisons.parquet")
    return Scored(folder, _keyed(scores, scores.columns[:7]), _keyed(compared, compared.columns[1:6]))


def _keyed(table: pl.DataFrame, keys: Sequence[str]) -> dict[Key, Row]:
    found: dict[Key, Row] = {tuple(row[key] for key in keys): row for row in table.iter_rows(named=True)}
    assert len(found) == table.height, "a key stands twice"
    return found


EXACT_SCORE = ("n", "estimate", "df", "rank", "ranked", "flag", "printed", "printed_of")
EXACT_COMPARISON = (
    "reference", "difference", "df", "verdict", "contribution",
    "printed_reference", "printed_difference", "printed_contribution",
)  # fmt: skip


def disagreements(case: Case, scored: Scored, period: str = "2025-10") -> list[str]:
    """Every cell of both tables that is not what tests/reference.py makes of the responses."""
    withheld = {key: row["n"] for key, row in scored.scores.items() if row["flag"] == "withheld"}
    beside = {key for key, n in withheld.items() if n >= case.withheld_below}
    wanted = expected(case, period, beside)
    points = {one.id: one.points for one in case.instruments}
    found = _unlike(wanted.scores, scored.scores, EXACT_SCORE, ("n_eff", "se", "low", "high"))
    found += _unlike(wanted.comparisons, scored.comparisons, EXACT_COMPARISON, ("se", "low", "high"))
    for row in scored.scores.values():
        found += _misprinted(row, row["printed_of"])
    for row in scored.comparisons.values():
        found += _misprinted(row, points[row["instrument"]])
    return found


def _unlike(
    wanted: Mapping[Key, Any], scored: Mapping[Key, Row], exact: Sequence[str], near: Sequence[str]
) -> list[str]:
    found = [f"{key}: the row is not there" for key in wanted.keys() - scored.keys()]
    found += [f"{key}: no such row was expected" for key in scored.keys() - wanted.keys()]
    for key in wanted.keys() & scored.keys():
        for column in (*exact, *near):
            right, is_ = getattr(wanted[key], column), scored[key][column]
            if right != is_ and not (column in near and _near(right, is_)):
                found.append(f"{'/'.join(key)}, {column}: expected {right}, found {is_}")
    return sorted(found)


def _near(right: float | None, is_: Decimal | None) -> bool:
    """To nine digits, or to the last stored one and what its rounding may add."""
    if right is None or is_ is None:
        return False
    return abs(float(is_) - right) <= max(1e-9 * abs(right), 2e-9)


def _misprinted(row: Row, points: int) -> list[str]:
    """The ends of an interval are printed as they are stored, rounded once."""
    found = []
    for end in ("low", "high"):
        right = None if row[end] is None else printed(row[end], points)
        if row[f"printed_{end}"] != right:
            found.append(f"{row}: printed_{end} is not {right}")
    return found
