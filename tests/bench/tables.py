"""`make bench`: how fast a month is read, loaded, scored and printed, beside a floor of the same run.

Every figure is a ratio to the least the same machine could do at that moment, because machines
are noisy: for tables a plain DuckDB scan of the same Parquet that sums every item by branch, for
pages an empty page through WeasyPrint. CPU seconds are user + system, children included.
"""

import time
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from weasyprint import HTML

from pipeline import accepted, figures, fonts, hierarchy, instrument, programme, rules, score, warehouse
from pipeline.admit import admit
from pipeline.hierarchy import Hierarchy
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.pages import Pages, Run
from pipeline.programme import Site
from pipeline.render import Job, render_all
from pipeline.scorecard import scorecard
from tests.bench.clock import PROCESSORS, cpu_seconds, timed

MONTH = Month.parse("2025-10")
SEED = 2005

PROGRAMME = """
id = "bench"
name = {{ zh = "基准", en = "Bench" }}
instruments = ["china_csi_2005"]
[regions]
R0 = {{ zh = "一区", en = "R0" }}
R1 = {{ zh = "二区", en = "R1" }}
[divisions]
PC = {{ zh = "乘用车", en = "PC" }}
[[source]]
id = "csi"
role = "responses"
instrument = "china_csi_2005"
files = "csi*.csv"
mapping = "mapping.toml"
[[source]]
id = "invited"
role = "invitations"
instrument = "china_csi_2005"
files = "invited*.csv"
mapping = "invited.toml"
"""


def make(folder: Path, responses: int, branches: int) -> Site:
    """A programme of one month, with one CSV of that many responses; 1 % of its rows are bad."""
    rng = np.random.default_rng(SEED)
    (folder / "inbox" / str(MONTH)).mkdir(parents=True)
    (folder / "programme.toml").write_text(PROGRAMME.format(), encoding="utf-8")
    ids = [f"B{place:04d}" for place in range(branches)]
    pl.DataFrame(
        {
            "branch": ids,
            "name_zh": [f"第{place}店" for place in range(branches)],
            "name_en": ids,
            "region": [f"R{place % 2}" for place in range(branches)],
            "divisions": "PC",
            "tier": "",
            "valid_from": "2020-01-01",
            "valid_to": "",
            "successor": "",
        }
    ).write_csv(folder / "branches.csv")
    items = [item.id for item in instrument.load(programme.load(folder))[0].items]
    lines = [f'{item} = "q{place}"' for place, item in enumerate(items)]
    fields = {"respondent": "id", "branch": "dealer", "serviced_on": "visit", "answered_at": "submitted"}
    (folder / "mapping.toml").write_text(
        "[columns]\n"
        + "\n".join(f'{key} = "{head}"' for key, head in fields.items())
        + "\n[items]\n"
        + "\n".join(lines),
        encoding="utf-8",
    )
    (folder / "invited.toml").write_text('[columns]\nbranch = "dealer"\ninvited = "invited"\n', encoding="utf-8")
    level = rng.normal(8, 0.5, branches)
    at = rng.integers(0, branches, responses)
    mood = level[at] + rng.normal(0, 1, responses)
    table: dict[str, object] = {
        "id": np.char.add("R", np.arange(responses).astype(str)),
        "dealer": np.array(ids)[at],
        "visit": np.full(responses, f"{MONTH}-05"),
        "submitted": np.full(responses, f"{MONTH}-07 10:30:00"),
    }
    for place in range(len(items)):
        answers = np.clip(np.rint(mood + rng.normal(0, 1, responses)), 1, 10).astype(int).astype(str)
        answers[rng.random(responses) < 0.03] = ""
        table[f"q{place}"] = answers
    bad = rng.random(responses) < 0.01
    table["q0"] = np.where(bad, "11", table["q0"])  # type: ignore[call-overload]
    pl.DataFrame(table).write_csv(folder / "inbox" / str(MONTH) / "csi.csv")
    pl.DataFrame({"dealer": ids, "invited": 9 * responses // branches}).write_csv(
        folder / "inbox" / str(MONTH) / "invited.csv"
    )
    return programme.load(folder)


def run(folder: Path, responses: int, branches: int, pages: int) -> None:
    print(f"{responses:,} responses x 22 items, {branches} branches, {PROCESSORS} processors")
    site = make(folder, responses, branches)
    used = instrument.load(site)
    tree = hierarchy.load(site, used)
    rules.Contract(used[0], MONTH, site.cutoff(MONTH).replace(tzinfo=None))  # imports pandera
    out = folder / "out"
    out.mkdir()

    def read() -> None:
        accepted.write_hierarchy(out, tree)
        admit(site, used, tree, MONTH, folder=out)

    admitting = timed(read)
    parquet = out / "accepted" / "responses" / used[0].id / f"{MONTH}.parquet"
    csv = folder / "inbox" / str(MONTH) / "csi.csv"
    sums = ", ".join(f'sum("{item.id}")' for item in used[0].items)
    text_sums = ", ".join(f'sum("q{place}")' for place in range(len(used[0].items)))

    def scan() -> None:
        duckdb.sql(f"SELECT branch, {sums} FROM read_parquet('{parquet}') GROUP BY branch").fetchall()

    def scan_csv() -> None:
        duckdb.sql(f"SELECT dealer, {text_sums} FROM read_csv('{csv}') GROUP BY dealer").fetchall()

    def load() -> None:
        target = folder / "load.duckdb"
        target.unlink(missing_ok=True)
        with duckdb.connect(str(target)) as connection:
            connection.execute(f"CREATE TABLE response AS SELECT * FROM read_parquet('{parquet}')")

    steps = score.render(site.programme, used, MONTH, accepted.invited(out))
    clock: dict[str, tuple[float, float]] = {}

    def whole() -> None:
        started: list[tuple[str, float, float]] = []

        def tick(name: str) -> None:
            now = (name[:2], time.perf_counter(), cpu_seconds())
            if started:
                last, wall, cpu = started[-1]
                before = clock.get(last, (0.0, 0.0))
                clock[last] = (before[0] + now[1] - wall, before[1] + now[2] - cpu)
            started.append(now)

        exports = [("scores", score.SCORES), ("comparisons", score.COMPARISONS)]
        warehouse.build(out, steps, exports, progress=tick)
        tick("99")

    floor = min((timed(scan) for _ in range(3)), key=lambda one: one[1])
    csv_floor = min((timed(scan_csv) for _ in range(2)), key=lambda one: one[1])
    loading = timed(load)
    scoring = timed(whole)
    heavy = tuple(clock["20"][place] + clock["30"][place] for place in (0, 1))
    print(f"{'':26}{'rows/s':>12}{'wall s':>9}{'CPU s':>9}{'CPU ratio to its floor':>24}")
    for name, (wall, cpu), (_, least), of in (
        ("floor: CSV scan + sums", csv_floor, csv_floor, ""),
        ("admit (CSV to Parquet)", admitting, csv_floor, "CSV scan"),
        ("floor: Parquet scan + sums", floor, floor, ""),
        ("load (Parquet to DuckDB)", loading, floor, "Parquet scan"),
        ("respondent + totals", heavy, floor, "Parquet scan"),
        ("all of scoring", scoring, floor, "Parquet scan"),
    ):
        ratio = f"{cpu / least:.1f} x {of}" if of else ""
        print(f"{name:26}{responses / wall:>12,.0f}{wall:>9.2f}{cpu:>9.2f}{ratio:>24}")
    _pages(site, used, tree, out, pages)


def _pages(site: Site, used: tuple[Instrument, ...], tree: Hierarchy, out: Path, pages: int) -> None:
    found = fonts.find()
    run = Run(site, used, tree, MONTH, "bench", "csi", (), 0, 0)
    maker = Pages(run, figures.read(out), "zh")
    jobs = [Job(branch, scorecard(maker, branch), out / f"{branch}.pdf") for branch in maker.branches()[:pages]]

    def empty() -> None:
        for _ in range(20):
            HTML(string="<p>").write_pdf()

    def render() -> None:
        for result in render_all(jobs, PROCESSORS, found):
            if result.error:
                raise SystemExit(result.error)

    wall, cpu = timed(empty)
    print(f"{'floor: an empty page':26}{20 / wall:>10.1f}/s{wall / 20:>9.3f}{cpu / 20:>9.3f}")
    wall, cpu_all = timed(render)
    each = cpu_all / len(jobs)
    ratio = f"{each / (cpu / 20):.1f} x empty page"
    print(f"{'scorecard':26}{len(jobs) / wall:>10.1f}/s{wall / len(jobs):>9.3f}{each:>9.3f}{ratio:>24}")
    size = sum(job.target.stat().st_size for job in jobs) / len(jobs)
    print(f"{len(jobs)} scorecards, {size / 1024:.0f} KB each")
