"""The tables of a scorecard, as page.json has them."""

from collections.abc import Iterator, Sequence

from pipeline.placed import (
    FREE,
    Json,
    Numbers,
    Row,
    Say,
    Table,
    certainty,
    chance,
    gap,
    plain,
    reference,
    score,
    signs,
    table,
    trend,
    words,
)
from pipeline.texts import cut


def tables(page: Json) -> Iterator[Table]:
    """In the order of the pages. Raises KeyError, TypeError where page.json has another form."""
    say = words(page)
    for block in page["blocks"]:
        yield from _of_block(block, say, page["language"])


def _of_block(block: Json, say: Say, language: str) -> Iterator[Table]:
    detail = block["detail"]
    yield table(say, "Compared with", ("Compared with", "Reference", "Difference", "95%% interval", "q", "In words"), [
        Row(say(label), ((), plain(one["reference"]), *gap(one), certainty(one["q"]), ()))
        for label, one in (("Previous month", block["on_month"]), ("Same month last year", block["on_year"]),
                           ("Region", block["on_region"]), ("Network", block["on_network"]))
    ])  # fmt: skip
    yield table(say, "Division", (), [
        Row(one["name"], ((), score(one["figure"])[:1], score(one["figure"])[1:], plain(one["figure"]["n"]), FREE))
        for one in block["parts"]
    ])  # fmt: skip
    yield table(say, "Target and bonus", ("Line", "Gap", "95%% interval", "q", "Chance", "In words"), [
        Row(one["name"] or say("Target"),
            (plain(one["gap"]["reference"]), *gap(one["gap"]), certainty(one["gap"]["q"]), chance(one["chance"]), ()))
        for one in detail["aims"]
    ])  # fmt: skip
    yield _factors(block, say)
    yield trend(block["trend"], say, language)
    yield _items(detail["items"], say)
    yield _integrity(detail["integrity"], say)


def _factors(block: Json, say: Say) -> Table:
    def row(label: str, base: Numbers, one: Json, figure: Json, adds: Numbers) -> Row:
        change = signs(one["on_month"]["difference"], one["on_month"]["low"], one["on_month"]["high"])
        return Row(
            label,
            (base, score(figure), FREE, change, *map(reference, (one["region"], one["network"])), adds, FREE),
        )

    heads = ("Factor", "Score", "", "On last month", "Region", "Network", "Adds", "")
    rows = [
        row(one["name"], plain(one["weight"], one["figure"]["n"]), one, one["figure"],
            signs(one["contribution"], one["on_network"]["difference"]))
        for one in block["factors"]
    ]  # fmt: skip
    whole = block["headline"]
    rows.append(row(say("Index"), plain(whole["n"]), block, whole, signs(block["on_network"]["difference"])))
    return table(say, "Factors", heads, rows)


def _items(items: Sequence[Json], say: Say) -> Table:
    def row(one: Json) -> Row:
        name = cut(one["name"], 31) if len(items) > 24 else one["name"]
        whole = all(each is not None for each in (one["top"], one["bottom"], one["figure"]["estimate"]))
        figure = score(one["figure"]) if whole else ()
        boxes = (plain(one["bottom"]), FREE, plain(one["top"])) if whole else ((), FREE, ())
        return Row(name, ((), *boxes, figure[:1], figure[1:], plain(one["figure"]["n"])))

    shown = any(one["top"] is not None for one in items)
    heads = ("Question", "Bottom", "", "Top", "Mean", "95%% interval", "n")
    return table(say, "Items", heads, [row(one) for one in items] if shown else [])


def _integrity(of: Json, say: Say) -> Table:
    rows = [Row(say("Accepted"), ((), plain(of["accepted"]), (), ()))]
    if of["flags"]:
        named = ((say("Flagged as careless"), of["flagged"]), *((one["name"], one) for one in of["flags"]))
        rows += [Row(name, ((), *map(plain, (one["n"], one["percent"], one["network"])))) for name, one in named]
    return table(say, "Data integrity", ("Responses", "n", "Share", "Network"), rows)
