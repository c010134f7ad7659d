"""How fast scorecards are printed, beside a floor of the same run: an empty page through WeasyPrint."""

from pathlib import Path

from weasyprint import HTML

from pipeline import figures, fonts, hierarchy, instrument, programme
from pipeline.pages import Pages, Run
from pipeline.render import Job, render_all
from pipeline.scorecard import scorecard
from tests.bench.clock import PROCESSORS, timed
from tests.bench.months import MONTH


def run(folder: Path, pages: int) -> None:
    """folder: a programme whose month is scored."""
    site = programme.load(folder)
    used = instrument.load(site)
    out = folder / "out"
    found = fonts.find()
    run = Run(site, used, hierarchy.load(site, used), MONTH, "bench", "csi", (), 0, 0, folder=out)
    maker = Pages(run, figures.read(out), "zh")
    jobs = [Job(branch, scorecard(maker, branch), out / f"{branch}.pdf") for branch in maker.branches()[:pages]]

    def empty() -> None:
        for _ in range(20):
            HTML(string="<p>").write_pdf()

    def render() -> None:
        for result in render_all(jobs, PROCESSORS, found):
            if result.error:
                raise SystemExit(result.error)

    print(f"{'Pages':26}{'':>12}{'wall s':>9}{'CPU s':>9}{'CPU ratio to its floor':>24}")
    wall, cpu = timed(empty)
    print(f"{'floor: an empty page':26}{20 / wall:>10.1f}/s{wall / 20:>9.3f}{cpu / 20:>9.3f}")
    wall, cpu_all = timed(render)
    each = cpu_all / len(jobs)
    ratio = f"{each / (cpu / 20):.1f} x empty page"
    print(f"{'scorecard':26}{len(jobs) / wall:>10.1f}/s{wall / len(jobs):>9.3f}{each:>9.3f}{ratio:>24}")
    size = sum(job.target.stat().st_size for job in jobs) / len(jobs)
    print(f"{len(jobs)} scorecards, {size / 1024:.0f} KB each")
