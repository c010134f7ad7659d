"""From the tables of examples to programmes that the product scores, and to the cells it publishes.

Examples whose settings and branches fit together are instruments of one programme, so that all of
them take few runs. Answers start as accepted tables; where a mapping matters they start as exports.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import polars as pl

from pipeline import accepted, hierarchy, instrument, population, programme, score, warehouse, weights
from pipeline.__main__ import main
from pipeline.mapping import LETTERS
from pipeline.month import Month
from schemas import responses as contract
from tests.spec.arithmetic import evaluate, rounded
from tests.spec.form import NOW, TABLES, Example, Line, rows

STATES = {"-": "not_answered", "not asked": "not_asked", "n/a": "not_applicable", "refused": "refused"}
FIELDS = ("respondent", "month", "branch", "division", "segment", "tier", "vehicle", "contract", "weight", "times")
NOBODY = "nobody"  # the respondent of a branch that has none
PUBLISHED = {
    "reliability": "reliability",
    "change": "change_split",
    "standing": "standing",
    "integrity": "integrity",
    "bridged": "bridged",
}
SPELT = {"month": "period"}  # keys that stand under another head


# ── the questionnaire ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Questionnaire:
    """An example's instrument."""

    id: str
    example: Example
    older: str = ""  # the questionnaire before it

    @cached_property
    def factors(self) -> list[Line]:
        usual = {
            "factor": "service",
            "sub-factor": "",
            "weight": "1",
            "scale": "1-10",
            "top": "",
            "bottom": "",
            "nps": "",
        }
        given = rows(self.example.instrument) or [{"items": " ".join(self._asked())}]
        return [usual | dict(one) for one in given]

    def _asked(self) -> list[str]:
        others = {*FIELDS, *self.choices, *(item for _, items, _ in self.counts for item in items)}
        return [one for one in rows(self.example.responses)[0] if one not in others]

    @property
    def choices(self) -> dict[str, list[str]]:
        return {one["choice"]: one["options"].split() for one in rows(self.example.choices)}

    @property
    def counts(self) -> list[tuple[str, list[str], int]]:
        return [(one["count"], one["items"].split(), int(one["most"])) for one in rows(self.example.counts)]

    @property
    def items(self) -> list[str]:
        """In the order of the file: those that are counted last."""
        return [item for one in self.factors for item in one["items"].split()] + [
            item for _, items, _ in self.counts for item in items
        ]

    def toml(self) -> str:
        lines = [
            f'id = "{self.id}"',
            'name = { zh = "问卷", en = "A questionnaire" }',
            'source = { zh = "示例", en = "An example of the method" }',
            "valid_from = 2000-01-01",
            f'rule = "{self.example.rule}"',
            f"points = {self.example.points}",
            "scale = { min = 1, max = 10, top_box_from = 9, bottom_box_to = 4 }",
        ]
        heads: list[str] = []
        for one in self.factors:
            if one["factor"] not in heads:
                heads.append(one["factor"])
                lines += _named("[[factor]]", one["factor"], one["weight"])
            within = "factor"
            if one["sub-factor"]:
                within = "factor.subfactor"
                lines += _named("[[factor.subfactor]]", one["sub-factor"], one.get("share", "1"))
            for item in one["items"].split():
                lines += [*_item(f"[[{within}.item]]", item, _scale(one)), f"nps = {str(bool(one['nps'])).lower()}"]
        if self.older:
            months = sorted(
                {one["month"] for one in rows(self.example.older)}
                & {one["month"] for one in rows(self.example.responses)}
            )
            lines += ["[[bridge]]", f'from = "{self.older}"', f'kind = "{self.example.bridge}"']
            lines += ['measures = ["index"]', f"periods = {months}"]
        for choice, options in self.choices.items():
            lines += ["[[choice]]", f'id = "{choice}"', _text(choice)]
            lines += [part for one in options for part in ("[[choice.option]]", f'id = "{one}"', _text(one))]
        for count, items, most in self.counts:
            lines += ["[[count]]", f'id = "{count}"', f'name = {{ zh = "计数", en = "{count}" }}']
            lines += [part for one in items for part in _item("[[count.item]]", one, (0, most, most, 0))]
        return "\n".join(lines) + "\n"

    def frame(self, month: str) -> pl.DataFrame:
        """The accepted responses of a month."""
        options = [f"{choice}_{one}" for choice, some in self.choices.items() for one in some]
        others = [f"{choice}_other" for choice in self.choices]
        types = {"period": pl.String, **contract.columns(dict.fromkeys(self.items, (-9999, 9999)), options, others)}
        types |= {"flags": pl.String, "source": pl.String, "row": types.pop("row")}
        told = [self._response(one) for one in spread(self.example.responses) if one["month"] == month]
        numbered = [{**one, "row": place} for place, one in enumerate(told, 2)]
        return pl.DataFrame([{name: one.get(name) for name in types} for one in numbered], schema=types)

    def invitations(self) -> pl.DataFrame:
        """The customers asked in the month of the run."""
        asked = [(NOW, one["branch"], int(one["asked"]), "example.csv", 2) for one in rows(self.example.invited)]
        types = {"period": pl.String, "branch": pl.String, "invited": pl.Int64, "source": pl.String, "row": pl.UInt32}
        return pl.DataFrame(asked, schema=types, orient="row")

    def _response(self, line: Line) -> dict[str, Any]:
        states = "".join(LETTERS.get(STATES.get(line[item], ""), ".") for item in self.items)
        found: dict[str, Any] = {
            "period": line["month"],
            "respondent": line["respondent"],
            "branch": line["branch"],
            "division": line["division"],
            "serviced_on": Month.parse(line["month"]).first_day,
            "answered_at": datetime.combine(Month.parse(line["month"]).first_day, time(12)),
            "weight": Decimal(line["weight"]),
            "missing": states if set(states) - set(".b") else None,
            "source": "example.csv",
            "flags": None if line.get("flags", "-") == "-" else line["flags"],
            **{name: line.get(name) or None for name in FIELDS[4:8]},
            **{item: None if line[item] in STATES else int(line[item]) for item in self.items},
        }
        if all(found[item] is None for item in self.items):
            raise ValueError(f"{line['respondent']} answered nothing, and would not be accepted")
        for choice, options in self.choices.items():
            for one in options:
                found[f"{choice}_{one}"] = None if line[choice] == "-" else int(one in line[choice].split())
        return found


def spread(text: str) -> Iterator[dict[str, str]]:
    """Each response on its own, with what a table leaves out."""
    for one in rows(text):
        if one.get("respondent") == NOBODY:
            continue
        line = {"respondent": "R", "month": NOW, "division": "PC", "weight": "1", "times": "1"} | dict(one)
        times = int(line["times"])
        yield from [line] if times == 1 else ({**line, "respondent": f"{line['respondent']}{n}"} for n in range(times))


def _text(name: str) -> str:
    return f'text = {{ zh = "题目", en = "{name}" }}'


def _named(head: str, name: str, weight: str) -> list[str]:
    return [head, f'id = "{name}"', f'name = {{ zh = "因子", en = "{name}" }}', f"weight = {weight}"]


def _scale(line: Line) -> tuple[int, int, int, int]:
    """Lowest and highest answer, top box from, bottom box to."""
    low, high = (int(one) for one in line["scale"].split("-"))
    usual = (9, 4) if (low, high) == (1, 10) else (high, low)
    return low, high, int(line["top"] or usual[0]), int(line["bottom"] or usual[1])


def _item(head: str, name: str, scale: tuple[int, int, int, int]) -> list[str]:
    low, high, top, bottom = scale
    return [
        head, f'id = "{name}"', _text(name), 'touchpoint = "desk"',
        f"scale = {{ min = {low}, max = {high}, top_box_from = {top}, bottom_box_to = {bottom} }}",
    ]  # fmt: skip


# ── the programme ────────────────────────────────────────────────────────────────────────


def branches_of(example: Example) -> dict[str, list[dict[str, str]]]:
    """Each branch with its rows."""
    usual = dict.fromkeys(("tier", "peer", "from", "to", "successor", "inherits"), "")
    given = [*rows(example.branches)]
    named = {one["branch"] for one in given}
    given += [{"branch": one} for one in sorted({one["branch"] for one in rows(example.responses)} - named)]
    found: dict[str, list[dict[str, str]]] = {}
    for one in given:
        line = {"region": "NORTH", "divisions": "PC"} | usual | dict(one)
        found.setdefault(one["branch"], []).append({key: "" if cell == "-" else cell for key, cell in line.items()})
    return found


@dataclass
class Batch:
    """Examples in one programme."""

    settings: str
    exported: bool = False
    branches: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    questionnaires: list[Questionnaire] = field(default_factory=list)

    def takes(self, example: Example) -> bool:
        """Whether an example fits in: it does not look at another's branches with other eyes."""
        own = branches_of(example)
        return (
            self.settings == dedent(example.settings)
            and not (self.exported or example.reversed)
            and all(self.branches.get(one, lines) == lines for one, lines in own.items())
            and _divisions(self.branches) == _divisions(own)
        )

    def add(self, example: Example) -> Questionnaire:
        self.branches |= branches_of(example)
        name = "survey" if not self.questionnaires else f"survey_{len(self.questionnaires) + 1}"
        made = Questionnaire(name, example, f"{name}_before" if example.older else "")
        if made.older:
            self.questionnaires.append(Questionnaire(made.older, replace(example, responses=example.older, older="")))
        self.questionnaires.append(made)
        return made

    def write(self, folder: Path) -> Path:
        """The files a network owns."""
        (folder / "instruments").mkdir(parents=True)
        (folder / "mappings").mkdir()
        for one in self.questionnaires:
            (folder / "instruments" / f"{one.id}.toml").write_text(one.toml(), encoding="utf-8")
            (folder / "mappings" / f"{one.id}.toml").write_text(_mapping(one), encoding="utf-8")
        lines = [line | {"branch": branch} for branch, some in self.branches.items() for line in some]
        heads = (*hierarchy.BRANCH_COLUMNS, hierarchy.PEER, hierarchy.INHERITS)
        named = {"valid_from": "from", "valid_to": "to", "name_zh": "branch", "name_en": "branch"}
        _csv(folder / "branches.csv", heads, [[line[named.get(one, one)] for one in heads] for line in lines])
        if self._given("targets"):
            _csv(
                folder / "targets.csv", hierarchy.TARGET_COLUMNS, self._given("targets", "measure", "branch", "target")
            )
        if self._given("population"):
            told = self._given("population", "margin", "category", "customers")
            _csv(folder / "population.csv", population.COLUMNS, told)
        (folder / "programme.toml").write_text(self._toml(lines), encoding="utf-8")
        return folder / "programme.toml"

    def _given(self, what: str, *columns: str) -> list[list[str]]:
        """The rows of a table for all time: the last column is the number."""
        return [
            [one.id, *(line[column] for column in columns[:-1]), "", "", *(line[column] for column in columns[-1:])]
            for one in self.questionnaires
            for line in rows(getattr(one.example, what))
        ]

    def _toml(self, lines: Sequence[Line]) -> str:
        def names(kind: str, ids: set[str]) -> list[str]:
            return [f"[{kind}]", *(f'{one} = {{ zh = "{one}", en = "{one}" }}' for one in sorted(ids))]

        told = [
            'id = "method"',
            'name = { zh = "方法", en = "Method" }',
            f"instruments = {[one.id for one in self.questionnaires]}",
            *(f'{one} = "{one}.csv"' for one in ("targets", "population") if self._given(one)),
            self.settings,
        ]
        if "thresholds" not in tomllib.loads(self.settings):
            told += ["[thresholds]", "withheld_below = 1", "ranked_from = 1"]
        told += names("regions", {one["region"] for one in lines})
        told += names("divisions", set(_divisions(self.branches)))
        told += names("tiers", {one["tier"] for one in lines} - {""})
        for one in self.questionnaires:
            told += [
                "[[source]]", f'id = "{one.id}"', 'role = "responses"', f'instrument = "{one.id}"',
                f'files = "{one.id}.csv"', f'mapping = "mappings/{one.id}.toml"',
            ]  # fmt: skip
        return "\n".join(told) + "\n"

    def run(self, folder: Path) -> Path:
        """Scores the batch. Where the tables are."""
        file = self.write(folder)
        if self.exported:
            return _score_exports(self.questionnaires[0], file)
        site = programme.load(file)
        used = instrument.load(site)
        placed = hierarchy.load(site, used)
        customers = population.load(site, used, set(placed.branches["branch"]))
        made, month = folder / "made", Month.parse(NOW)
        accepted.write_hierarchy(made, placed)
        for one in self.questionnaires:
            for when in sorted({NOW} | {line["month"] for line in spread(one.example.responses)}):
                accepted.write(one.frame(when), accepted.path(made, "responses", one.id, Month.parse(when)))
            accepted.write_invitations(made, one.id, month, one.invitations())
        weights.solve(site.programme, placed, customers, month, made)
        steps = score.render(site.programme, used, month, accepted.invited(made))
        warehouse.build(made, steps, [("scores", score.SCORES), ("comparisons", score.COMPARISONS)], threads=1)
        return made


def _divisions(branches: Mapping[str, Sequence[Line]]) -> list[str]:
    return sorted({one for lines in branches.values() for line in lines for one in line["divisions"].split(";")})


def _mapping(one: Questionnaire) -> str:
    lines = ["[columns]", *(f'{name} = "{name}"' for name in ("respondent", "branch", "serviced_on", "answered_at"))]
    lines += ["[items]", *(f'{item} = "{item}"' for item in one.items)]
    lines += ["[missing]", *(f'"{text}" = "{state}"' for text, state in STATES.items())]
    if one.example.reversed:
        lines.insert(0, f"reversed = {list(one.example.reversed)}")
    return "\n".join(lines) + "\n"


def _score_exports(one: Questionnaire, file: Path) -> Path:
    place = file.parent / "inbox" / NOW
    place.mkdir(parents=True)
    day = Month.parse(NOW).first_day
    _csv(
        place / f"{one.id}.csv",
        ("respondent", "branch", "serviced_on", "answered_at", *one.items),
        [
            [line["respondent"], line["branch"], day, f"{day} 12:00:00", *(line[item] for item in one.items)]
            for line in spread(one.example.responses)
        ],
    )
    assert main(["score", "--programme", str(file), "--period", NOW]) == 0
    return file.parent / "out" / "score" / NOW


def _csv(path: Path, head: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(lines)


# ── what came out ────────────────────────────────────────────────────────────────────────


class Method:
    """The runs that examples need, each made when it is first asked for."""

    def __init__(self, examples: Sequence[Example], folder: Path) -> None:
        self._folder = folder
        self._batches: list[Batch] = []
        self._place: dict[int, tuple[Batch, Questionnaire]] = {}
        self._made: dict[int, Path] = {}
        for one in examples:
            batch = next((each for each in self._batches if each.takes(one)), None)
            if batch is None:
                batch = Batch(dedent(one.settings), bool(one.reversed))
                self._batches.append(batch)
            self._place[id(one)] = batch, batch.add(one)

    def disagreements(self, example: Example) -> list[str]:
        """Every cell that is not what the example says."""
        batch, questionnaire = self._place[id(example)]
        if id(batch) not in self._made:
            self._made[id(batch)] = batch.run(self._folder / str(self._batches.index(batch)))
        made, found = self._made[id(batch)], []
        for table in example.expected:
            keys = TABLES[table.of]
            for line in table.rows:
                told = {**keys, **{key: cell for key, cell in line.items() if key in keys}}
                row = _row(made, table.of, questionnaire.id, told)
                for column in [one for one in line if one not in keys]:
                    what = f"{table.of}, {' '.join(filter(None, told.values()))}, {column}"
                    if line[column] == "no such row":
                        found += [f"{what}: there is such a row"] if row else []
                    elif row is None and "no such row" in line.values():
                        continue
                    elif row is None:
                        found.append(f"{what}: there is no such row")
                    elif not _agrees(row[column], line[column], example):
                        found.append(f"{what}: by the rule {line[column]}, published {row[column]}")
        return found


@lru_cache(maxsize=1)  # to open it takes longer than to look a row up
def _opened(made: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(made / "warehouse.duckdb"), read_only=True)


def _row(made: Path, table: str, questionnaire: str, keys: Line) -> dict[str, Any] | None:
    """The one row of a published table with these keys, None if there is none."""
    wanted = {SPELT.get(key, key): cell for key, cell in keys.items()}
    if table == "weighting":
        return _diagnostics(made / "weighting.csv", wanted | {"instrument": questionnaire})
    if table == "weights":
        source = f"read_parquet('{accepted.path(made, 'weights', questionnaire, Month.parse(wanted.pop('period')))}')"
        wanted = {key: cell for key, cell in wanted.items() if cell}
    elif table in ("scores", "comparisons"):
        source, wanted["instrument"] = f"read_parquet('{made / f'{table}.parquet'}')", questionnaire
    else:
        source, wanted["instrument"] = PUBLISHED[table], questionnaire
    if table == "reliability":
        wanted["window_id"] = wanted.pop("window")
    where = " AND ".join(f'"{key}" = ?' for key in wanted)
    cursor = _opened(made).execute(f"SELECT * FROM {source} WHERE {where}", list(wanted.values()))
    names = [one[0] for one in cursor.description]
    lines = cursor.fetchall()
    if not lines:
        return None
    assert len(lines) == 1, f"{table}: {keys} are {len(lines)} rows"
    return dict(zip(names, lines[0], strict=True))


def _diagnostics(path: Path, wanted: Line) -> dict[str, Any] | None:
    """The statistics of a margin's category, or of all responses."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.DictReader(file) if all(line[key] == cell for key, cell in wanted.items())]
    return {line["statistic"]: float(line["value"]) for line in lines} or None


def _agrees(found: Any, cell: str, example: Example) -> bool:
    """To the last stored digit."""
    if found is None or cell == "-":
        return found is None and cell == "-"
    if isinstance(found, str):
        return found == cell
    value = evaluate(cell, example.worked)
    if isinstance(found, float):
        return abs(found - float(value)) <= 1e-8 * max(1, abs(found))
    decimals = -int(found.as_tuple().exponent) if isinstance(found, Decimal) else 0
    return Decimal(found) == rounded(value, decimals)
