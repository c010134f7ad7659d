"""One month, stage by stage; each runs what it needs first and publishes whole or not at all.

<output>/2025-10/          the month: scores, scorecards, run.json, run.sql, accepted/
<output>/check/2025-10/    what `csi check` found
<output>/score/2025-10/    what `csi score` made
"""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pipeline import (
    accepted,
    bridge,
    closing,
    figures,
    findings,
    kept_back,
    quality,
    reading,
    record,
    restatement,
    review,
    score,
    unprinted,
    warehouse,
    weights,
)
from pipeline.admitted import Admitted
from pipeline.console import Console
from pipeline.figures import Tables
from pipeline.plan import Order, Plan, plan
from pipeline.publish import only_one, publish, staging
from pipeline.refusal import Refusal


def check(order: Order, console: Console) -> int:
    """Read and validate only. 0 if the month can be scored, else 1."""
    planned = plan(order)
    with only_one(planned.site.output), _part(planned, "check") as folder:
        admitted, gate = reading.read(planned, folder, console)
        findings.write(folder, planned, admitted, gate)
        shutil.rmtree(folder / accepted.FOLDER)
        _publish_part(planned, "check", folder)
    _found(planned, admitted, console)
    if gate:
        raise Refusal(gate)
    return 0


def scores(order: Order, console: Console) -> int:
    """Read, validate and score; no pages."""
    planned = plan(order)
    with only_one(planned.site.output), _part(planned, "score") as folder:
        admitted, facts = _score(planned, folder, order, console)
        record.write_run(folder, facts)
        _publish_part(planned, "score", folder)
        console.intake(admitted)
        console.scored(figures.read(planned.site.output / "score" / str(planned.month)), planned)
    console.where(
        planned.site.output / "score" / str(planned.month),
        ("scores.csv", "comparisons.csv", "run.sql"),
    )
    return 0


def run(order: Order, console: Console) -> int:
    """The whole month, from the exports to the pages."""
    planned = plan(order)
    with only_one(planned.site.output), staging(planned.site.output, str(planned.month)) as folder:
        admitted, facts = _score(planned, folder, order, console)
        tables = _report(planned, folder, facts, order, console)
        publish(folder, planned.target)
        _list_months(planned)
        console.intake(admitted)
    _finish(planned, tables, facts, console)
    return 0


def report(order: Order, console: Console) -> int:
    """Print a month's pages; its scores are made first unless they are there and current."""
    planned = plan(order)
    with only_one(planned.site.output):
        facts = record.current(planned)
        if facts is not None:
            with staging(planned.site.output, str(planned.month)) as folder:
                shutil.copytree(planned.target, folder, dirs_exist_ok=True)
                tables = _report(planned, folder, facts, order, console)
                publish(folder, planned.target)
                _list_months(planned)
            _finish(planned, tables, facts, console)
            return 0
    if order.only:
        raise Refusal(
            f"--only: {planned.month} is not published from these exports, definitions and program. Print all of it "
            "with csi report."
        )
    return run(order, console)


def _score(planned: Plan, folder: Path, order: Order, console: Console) -> tuple[Admitted, dict[str, Any]]:
    """Everything of a month but its pages, in `folder`; and what run.json is to say of it."""
    site = planned.site
    admitted, gate = reading.read(planned, folder, console)
    findings.write(folder, planned, admitted, gate)
    if gate:
        with _part(planned, "check") as place:
            for name in findings.FILES:
                shutil.copy2(folder / name, place / name)
            _publish_part(planned, "check", place)
        _found(planned, admitted, console)
        raise Refusal(gate)
    closing.carry_over(site, planned.month, folder)
    accepted.write_hierarchy(folder, planned.hierarchy)
    reading.read_earlier(planned, folder, console)
    used = (*planned.asked, *bridge.older(planned.asked, planned.instruments, folder / accepted.FOLDER / "responses"))
    invited = [one for one in accepted.invited(folder) if one in [each.id for each in planned.asked]]
    left_out = accepted.left_out(folder, planned.month)
    revised = kept_back.write(site, planned.month, folder)
    steps = score.render(site.programme, used, planned.month, invited, left_out, revised)
    exports: tuple[tuple[str, str], ...] = score.TABLES
    more = ""
    if bridge.built(used):
        exports, more = (*exports, ("bridged", bridge.BRIDGED)), bridge.REPLAYED
    (folder / "run.sql").write_text(score.script(site.programme, planned.month, steps) + more, encoding="utf-8")
    with console.stage("Score") as tick:
        weights.solve(site.programme, planned.hierarchy, planned.population, planned.month, folder, tick)
        warehouse.build(folder, steps, exports, order.threads, tick)
    facts = record.record(planned, folder, admitted)
    restatement.write(planned, folder, facts)
    return admitted, facts


def _found(planned: Plan, admitted: Admitted, console: Console) -> None:
    console.intake(admitted)
    console.where(planned.site.output / "check" / str(planned.month), findings.FILES)


def _report(planned: Plan, folder: Path, facts: dict[str, Any], order: Order, console: Console) -> Tables:
    """The pages, in `folder`, from its tables, which it gives back; those that could not be printed are in run.json
    under `failed`, each with the reason. Raises Refusal where there is none at all."""
    from pipeline import fonts, render, versions, website, workbook  # what lays out pages takes long to import
    from pipeline.evidence import Watch
    from pipeline.league import network
    from pipeline.pages import Pages, Run
    from pipeline.scorecard import scorecard

    found = fonts.find()
    signed = review.check(planned.site, planned.month, folder)
    tables = figures.read(folder)
    jobs = []
    shared = Run(
        site=planned.site,
        instruments=planned.asked,
        hierarchy=planned.hierarchy,
        month=planned.month,
        run_id=planned.run_id,
        software=record.software(),
        inputs=tuple((one["file"], one["sha256"]) for one in facts["files"]),
        accepted=facts["responses"]["accepted"],
        quarantined=facts["responses"]["quarantined"],
        known=planned.instruments,
        folder=folder,
        actions=planned.actions,
        missing_glyphs=found.missing_glyphs,
        definitions=tuple(facts["definitions"].items()),
    )
    status = closing.status(planned.site, planned.month)
    seen = quality.read(folder, facts, planned.asked, planned.month)
    failed: dict[str, str] = {}
    for language in unprinted.languages(planned, folder, order, facts["status"] != status):
        suffix = "" if language == planned.site.programme.languages[0] else f"-{language}"
        pages = Pages(shared, tables, language)
        if not order.only:
            with console.stage(f"Write network{suffix}.xlsx"):
                workbook.write(folder, pages, seen, folder / f"network{suffix}.xlsx")
            shutil.rmtree(folder / f"scorecards{suffix}", ignore_errors=True)
            watch = Watch(tables)
            view = network(pages.with_tables(watch.tables), seen)
            jobs.append(
                render.Job(f"network{suffix}", view, folder / f"network{suffix}.pdf", watch.of_network(shared.period))
            )
        for branch in unprinted.wanted(order, pages):
            target = folder / f"scorecards{suffix}" / f"{branch}.pdf"
            watch = Watch(tables)
            try:
                card = scorecard(pages.with_tables(watch.tables), branch)
            except Exception as error:  # one broken branch does not stop the rest
                failed[target.relative_to(folder).as_posix()] = f"{branch}: {type(error).__name__}: {error}"
                continue
            jobs.append(render.Job(branch, card, target, watch.evidence()))
    with console.stage("Print", len(jobs)) as tick:
        for result in render.render_all(jobs, order.workers, found):
            tick(result.target.name)
            if result.error:
                failed[result.target.relative_to(folder).as_posix()] = result.error
    facts["failed"] = unprinted.settle(folder, order, facts, failed)
    website.write(folder, shared, tables)
    facts["versions"] = versions.versions(found)
    facts["status"] = status
    if signed is not None:
        facts["signed_off"] = {"by": signed.by, "at": signed.at, "sha256": signed.sha256}
    record.write_run(folder, facts)
    return tables


def _part(planned: Plan, part: str) -> AbstractContextManager[Path]:
    place = planned.site.output / part
    place.mkdir(parents=True, exist_ok=True)
    return staging(place, str(planned.month))


def _publish_part(planned: Plan, part: str, folder: Path) -> None:
    publish(folder, planned.site.output / part / str(planned.month))


def _list_months(planned: Plan) -> None:
    from pipeline.website import months

    months.write(planned.site.output, planned.site.programme.name, planned.site.programme.languages)


def _finish(planned: Plan, tables: Tables, facts: dict[str, Any], console: Console) -> None:
    """Raises Refusal naming every page that is missing, when all else is said."""
    console.scored(tables, planned)
    names = sorted(one.name for one in planned.target.iterdir() if one.name.startswith(("scorecards", "network")))
    more = [name for name in ("restatement.csv",) if (planned.target / name).exists()]
    console.where(planned.target, (*names, "site/index.html", "scores.csv", *more, "intake.html", "run.json"))
    unprinted.complain(facts)
