"""From the published tables to the second look at an instrument."""

from pipeline import action_plan, aims, integrity, items, position, verbatims
from pipeline.detail import Detail
from pipeline.instrument import Instrument
from pipeline.pages import Pages
from pipeline.shown import Figure


def detail(pages: Pages, instrument: Instrument, branch: str, region: str, headline: Figure) -> Detail:
    lines, left_out = items.items(pages, instrument, branch)
    return Detail(
        standings=position.standings(pages, instrument, branch, region),
        strip=position.strip(pages, instrument, branch, region),
        aims=aims.aims(pages, instrument, branch),
        items=lines,
        left_out=left_out,
        verbatims=verbatims.verbatims(pages, instrument, branch, headline),
        integrity=integrity.integrity(pages, instrument, branch, headline),
        plan=action_plan.plan(pages, instrument, branch),
    )
