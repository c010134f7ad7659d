"""Small programmes for tests of the intake: one instrument of six items, three branches, exports
written by the test itself."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline import admit as admission
from pipeline import hierarchy, instrument, programme
from pipeline.admitted import Admitted
from pipeline.month import Month
from pipeline.refusal import Refusal

KEY = "0123456789abcdef0123456789abcdef-tests-only"
ITEMS = ("q1", "q2", "q3", "q4", "q5", "q6")
INSTRUMENT = """
id = "svc"
name = { zh = "服务", en = "Service" }
source = { zh = "测试", en = "made up" }
valid_from = 2000-01-01
rule = "branch_factors"
points = 100
scale = { min = 1, max = 10, top_box_from = 9, bottom_box_to = 4 }
[[factor]]
id = "care"
name = { zh = "关怀", en = "Care" }
weight = 60
item = [
  { id = "q1", text = { zh = "一", en = "one" }, touchpoint = "desk" },
  { id = "q2", text = { zh = "二", en = "two" }, touchpoint = "desk" },
  { id = "q3", text = { zh = "三", en = "three" }, touchpoint = "desk" },
]
[[factor]]
id = "work"
name = { zh = "维修", en = "Work" }
weight = 40
item = [
  { id = "q4", text = { zh = "四", en = "four" }, touchpoint = "shop" },
  { id = "q5", text = { zh = "五", en = "five" }, touchpoint = "shop" },
  { id = "q6", text = { zh = "六", en = "six" }, touchpoint = "shop" },
]
[[choice]]
id = "reasons"
text = { zh = "原因", en = "Reasons" }
option = [
  { id = "price", text = { zh = "价格", en = "Price" } },
  { id = "speed", text = { zh = "速度", en = "Speed" } },
  { id = "staff", text = { zh = "员工", en = "Staff" } },
]
"""
# GZ-003 closes in the middle of October.
BRANCHES = """branch,name_zh,name_en,region,divisions,tier,valid_from,valid_to,successor,aliases
SH-001,上海店,Shanghai,EAST,PC,,2000-01-01,,,上海旗舰;21001
BJ-002,北京店,Beijing,EAST,PC,,2000-01-01,,,
GZ-003,广州店,Guangzhou,EAST,PC,,2000-01-01,2025-10-14,,
"""
PROGRAMME = """
id = "made-up"
name = { zh = "测试", en = "Made up" }
instruments = ["svc"]
%(top)s
[regions]
EAST = { zh = "东", en = "East" }
[divisions]
PC = { zh = "乘用车", en = "Cars" }
[thresholds]
withheld_below = 1
ranked_from = 1
max_quarantined_percent = %(percent)s
%(tables)s
[[source]]
id = "src"
role = "responses"
instrument = "svc"
files = "%(files)s"
mapping = "mappings/src.toml"
%(source)s
%(sources)s
"""
FIELDS = ("respondent", "branch", "serviced_on", "answered_at")
MAPPING = """
[columns]
respondent = "respondent"
branch = "branch"
serviced_on = "serviced_on"
answered_at = "answered_at"
[items]
q1 = "q1"
q2 = "q2"
q3 = "q3"
q4 = "q4"
q5 = "q5"
q6 = "q6"
"""
NUMBERED = (*FIELDS, *ITEMS)  # the columns of MAPPING
ROW = {
    "respondent": "R1", "branch": "SH-001", "serviced_on": "2025-10-05", "answered_at": "2025-10-06 12:00:00",
    **dict.fromkeys(ITEMS, "8"),
}  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """A programme's folder."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def put(self, name: str, data: str | bytes, month: str = "2025-10") -> Path:
        place = self.folder / "inbox" / month
        place.mkdir(parents=True, exist_ok=True)
        path = place / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def rows(self, *rows: dict[str, str], name: str = "export.csv", month: str = "2025-10") -> Path:
        """A CSV: ROW with these cells changed, one respondent after the other; more columns where a row
        has more."""
        full = [ROW | {"respondent": f"R{place}"} | one for place, one in enumerate(rows, start=1)]
        heads = list(dict.fromkeys(head for one in full for head in one))
        return self.put(name, table(heads, [[one.get(head, "") for head in heads] for one in full]), month)

    def mapping(self, text: str, name: str = "src") -> "Shop":
        (self.folder / "mappings" / f"{name}.toml").write_text(text, encoding="utf-8")
        return self

    def file(self, name: str, text: str) -> "Shop":
        (self.folder / name).write_text(text, encoding="utf-8")
        return self

    def replace(self, name: str, old: str, new: str) -> "Shop":
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        return self.file(name, text.replace(old, new, 1))


def make(
    folder: Path, mapping: str = MAPPING, *, top: str = "", tables: str = "", source: str = "", sources: str = "",
    files: str = "export*", percent: int = 100, branches: str = BRANCHES, definition: str = INSTRUMENT,
) -> Shop:  # fmt: skip
    """top: keys of programme.toml. tables: tables of it. source: more keys of the one source. sources: more sources."""
    for name in ("mappings", "instruments", "inbox"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shop = Shop(folder)
    parts = {"top": top, "tables": tables, "source": source, "sources": sources, "files": files, "percent": percent}
    shop.file("programme.toml", PROGRAMME % parts)
    shop.file("branches.csv", branches)
    shop.file("instruments/svc.toml", definition)
    return shop.mapping(mapping)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue()


def admit(shop: Shop, month: str = "2025-10") -> Admitted:
    site = programme.load(shop.folder)
    used = instrument.load(site)
    return admission.admit(site, used, hierarchy.load(site, used), Month.parse(month))


def refused(shop: Shop, month: str = "2025-10") -> list[str]:
    """The sentences of the refusal, the programme's folder written as F."""
    try:
        admit(shop, month)
    except Refusal as refusal:
        return [one.replace(str(shop.folder.resolve()), "F").replace(str(shop.folder), "F") for one in refusal.problems]
    raise AssertionError("nothing was refused")


def faults(admitted: Admitted) -> list[tuple[int, str, str, str]]:
    """(row, column, value, reason) of the quarantine."""
    return admitted.quarantine.sort("file", "row", "column").select("row", "column", "value", "reason").rows()


def stored(admitted: Admitted) -> dict[str, dict[str, object]]:
    """respondent -> what was accepted."""
    return {one["respondent"]: one for one in admitted.responses["svc"].iter_rows(named=True)}


def index(shop: Shop, branch: str, month: str = "2025-10", part: str = "score") -> tuple[int, float]:
    """n and the index of a branch's month, from scores.csv."""
    place = shop.out / part / month if part else shop.out / month
    scores = pl.read_csv(place / "scores.csv", infer_schema=False)
    found = scores.filter(
        (pl.col("period") == month) & (pl.col("level") == "branch") & (pl.col("unit") == branch)
        & (pl.col("measure") == "index") & (pl.col("statistic") == "mean") & (pl.col("window") == "month")
    )  # fmt: skip
    assert found.height == 1, found
    return int(found["n"].item()), float(found["estimate"].item())
