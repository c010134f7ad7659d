"""How fast scorecards are printed, beside the naive way in the same rounds: one `HTML(string).write_pdf()` for each,
the whole font, plain PDF without tags or attachments. All take turns page by page; medians are compared.

Beside them: two workers, without libharfbuzz-subset, and typst on a page of the same size as the floor.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from weasyprint import HTML
from weasyprint.pdf import fonts as subsetting

from pipeline import fonts
from pipeline.evidence import Evidence
from pipeline.page import page, style
from pipeline.render import FAMILY, Job, render_all, worker
from pipeline.view import Scorecard
from tests import sample_views as views
from tests.bench.clock import timed

CPU_TARGET, WORKERS_TARGET, SIZE_TARGET, SLOW_TARGET = 0.65, 2.5, 130, 2.0
MANY = 5  # times as many pages for two workers, whose start takes as long as some pages
ROWS = 170  # behind a scorecard of the example


def run(folder: Path, count: int) -> None:
    """folder: to print into."""
    found = fonts.find()
    cards = [_card(place) for place in range(count)]
    ways = [name for name in WAYS if name != "typst" or find_spec("typst")]
    taken: dict[str, list[float]] = {name: [] for name in ways}
    sizes: list[int] = []
    with ExitStack() as pools:
        spawn = multiprocessing.get_context("spawn")
        pool = {name: pools.enter_context(ProcessPoolExecutor(1, mp_context=spawn)) for name in ways}
        for place, card in enumerate([cards[0], *cards]):  # the first sets each way up
            for name in ways:
                if name != "slow" or place % 4 == 0:
                    cpu, size = pool[name].submit(_measured, name, card, found).result()
                    taken[name] += [cpu] if place else []
                    sizes += [size] if name == "csi" else []
    each = {name: median(times) for name, times in taken.items()}

    print(f"Pages: {count} scorecards of four pages, medians; naive: one HTML(string).write_pdf() each, untagged")
    print(f"{'':34}{'CPU s':>9}{'x naive':>9}{'target':>9}")
    print(f"  {'naive':32}{each['naive']:>9.3f}{1:>9.2f}")
    ours = each["csi"] / each["naive"]
    print(f"  {'csi: tagged, PDF/A-3b, attached':32}{each['csi']:>9.3f}{ours:>9.2f}{CPU_TARGET:>9.2f}")
    if "typst" in each:
        print(f"  {'typst: floor, untagged':32}{each['typst']:>9.3f}{each['typst'] / each['naive']:>9.2f}")
    else:
        print("  typst: not installed, not measured")
    times = each["slow"] / each["csi"]
    print(f"  {'without libharfbuzz-subset':32}{each['slow']:>9.3f}  {times:.2f} x csi with it; target {SLOW_TARGET}")
    print(f"  size: {max(sizes) / 1024:.0f} KB at most; target {SIZE_TARGET}")
    _two_workers(folder, cards, found, ours)


def _measured(way: str, card: Scorecard, found: fonts.Fonts) -> tuple[float, int]:
    """CPU seconds and bytes of one page, in a process that does nothing else."""
    data = b""

    def work() -> None:
        nonlocal data
        data = WAYS[way](card, found)

    return timed(work)[1], len(data)


def _naive(card: Scorecard, found: fonts.Fonts) -> bytes:
    return bytes(HTML(string=_whole(card, found.name)).write_pdf())


def _ours(card: Scorecard, found: fonts.Fonts) -> bytes:
    """As a worker of render_all does."""
    return worker(found).pdf(card, _evidence())[0]


def _slow(card: Scorecard, found: fonts.Fonts) -> bytes:
    subsetting.harfbuzz_subset = None
    return _ours(card, found)


def _typst(card: Scorecard, found: fonts.Fonts) -> bytes:
    from tests.bench.typst_page import compiler

    return compiler(found)(card)


WAYS: dict[str, Callable[[Scorecard, fonts.Fonts], bytes]] = {
    "naive": _naive, "csi": _ours, "slow": _slow, "typst": _typst,
}  # fmt: skip


def _two_workers(folder: Path, cards: list[Scorecard], found: fonts.Fonts, ours: float) -> None:
    """Wall time against one naive process, half of which runs before and half after."""
    jobs = [
        Job(card.branch, card, folder / f"{card.branch}-{again}.pdf", _evidence())
        for again in range(MANY) for card in cards
    ]  # fmt: skip

    def render() -> None:
        for result in render_all(jobs, 2, found):
            if result.error:
                raise SystemExit(result.error)

    half = len(cards) // 2
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(_naive, cards[0], found).result()
        first, _ = timed(lambda: [pool.submit(_naive, card, found).result() for card in cards[:half]])
        wall, _ = timed(render)
        last, _ = timed(lambda: [pool.submit(_naive, card, found).result() for card in cards[half:]])
    print(f"  two workers, {len(jobs)} pages with their start: {len(jobs) / wall:.2f} a second wall, "
          f"{MANY * (first + last) / wall:.2f} x the naive process; target {WORKERS_TARGET}")  # fmt: skip
    print(f"  {'':12}by CPU seconds alone, as on two free processors: {2 / ours:.2f} x")


def _card(place: int) -> Scorecard:
    card = views.scorecard("ordinary", "zh")
    return replace(card, branch=f"SH-{place:03d}", name=f"{card.name}{place}")


def _evidence() -> Evidence:
    row = {"period": "2025-10", "instrument": "china_csi_2005", "level": "branch", "unit": "SH-017", "measure": "index",
           "statistic": "mean", "window": "month"}  # fmt: skip
    rows = tuple(row | {"n": place, "flag": "ok", "printed": views.d(700 + place * 1.3)} for place in range(ROWS))
    return Evidence({"scores": rows})


def _whole(card: Scorecard, family: str) -> str:
    """The page as one would write it first: style sheet and drawings in it, the font of the system."""
    text = page(card).replace("</head>", f"<style>{style(card.language)}</style></head>")
    return text.replace(FAMILY, family)
