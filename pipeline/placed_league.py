"""The tables of the headquarters report, as page.json has them."""

from collections.abc import Iterator, Sequence

from pipeline.placed import FREE, Json, Numbers, Row, Say, Table, certainty, plain, score, signs, table, trend, words


def tables(page: Json) -> Iterator[Table]:
    """In the order of the pages. Raises KeyError, TypeError where page.json has another form."""
    say = words(page)
    for league in page["leagues"]:
        yield from _of_league(league, say, page["language"])


def _of_league(league: Json, say: Say, language: str) -> Iterator[Table]:
    names = league["factor_names"]
    yield trend(league["trend"], say, language)
    whole = league["network"]
    moved = (signs(league[name]["difference"]) for name in ("on_month", "on_year"))
    network = Row(say("Network"), ((), (), score(whole), FREE, plain(whole["n"], league["response_rate"]), *moved, ()))
    units = [network, *(_unit(one, ()) for one in (*league["regions"], *league["divisions"]))]
    columns = ("Index", "", "n", "On last month", "On last year", "On network")
    yield table(say, "Regions and divisions", ("Rank", "Unit", *columns), units, label=1)
    yield _coverage(league["coverage"], say)
    yield _heat(league["heat"], names, say)
    ordered = [one for one in league["lines"] if one["rank"] is not None]
    ordered += [one for one in league["lines"] if one["rank"] is None and one["figure"]["estimate"] is not None]
    ordered += [one for one in league["lines"] if one["rank"] is None and one["figure"]["estimate"] is None]
    branches = [_unit(one, one["factors"]) for one in ordered]
    yield table(say, "Branches", ("Rank", "Branch", *columns), branches, label=1, more=names)
    yield _split(league["split"], say)
    funnel, movers = league["funnel"], league["movers"]
    yield table(say, "Which branches differ by more than chance", ("Branch", "Index", "n", "95%% limits", "Where"), [
        Row(f"{one['name']}{one['branch']}", (FREE, score(one["figure"]), plain(one["figure"]["n"]),
            plain(*(one["limits"][place] for place in (1, 2, 0, 3))), FREE))
        for one in (funnel["outside"] if funnel else ())
    ])  # fmt: skip
    heads = ("Branch", "Index", "n", "On last month", "q")
    yield table(say, "Risers and fallers against last month", heads, [
        Row(f"{one['name']}{one['branch']}", (FREE, score(one["figure"]), plain(one["figure"]["n"]),
            (*signs(one["change"]["difference"]), *signs(one["change"]["low"], one["change"]["high"])),
            certainty(one["change"]["q"])))
        for one in (*movers["up"], *movers["down"])
    ])  # fmt: skip


def _unit(one: Json, factors: Sequence[Json]) -> Row:
    """A line of a league table."""
    low, high = one["rank_low"], one["rank_high"]
    rank = () if one["rank"] is None else plain(one["rank"], low, None if high == low else high)
    moved = (signs(one[name]["difference"]) for name in ("on_month", "on_year", "on_network"))
    base = plain(one["figure"]["n"], one["response_rate"])
    scores = (score(each)[:1] for each in factors)
    return Row(f"{one['name']}{one['branch']}", (rank, FREE, score(one["figure"]), FREE, base, *moved, *scores))


def _coverage(lines: Sequence[Json], say: Say) -> Table:
    counted = ("branches", "answered", "ranked", "partial", "caution", "withheld", "n", "invited", "response_rate")
    heads = ("Unit", "branches open", "with responses", "ranked", "partial index", "small base", "withheld", "n",
             "invited", "response rate")  # fmt: skip
    return table(say, "Coverage and bases", heads, [
        Row(one["name"], ((), *(plain(one[name]) for name in counted))) for one in lines
    ])  # fmt: skip


def _heat(lines: Sequence[Json], names: Sequence[str], say: Say) -> Table:
    def cell(figure: Json, gap: Json, unit: str) -> Numbers:
        if figure["estimate"] is None:
            return plain(figure["n"])
        estimate, *interval = score(figure)
        return (estimate, *(signs(gap["difference"]) if unit else ()), *interval, *plain(figure["n"]))

    rows = [
        Row(one["name"] + one["unit"], (FREE, *(cell(figure, gap, one["unit"]) for figure, gap in one["cells"])))
        for one in lines
    ]
    return table(say, "Regions and divisions by factor", ("Unit", "Index"), rows, more=names)


def _split(lines: Sequence[Json], say: Say) -> Table:
    heads = ("Unit", "Change", "Performance", "Mix", "of which came", "of which went")
    parts = ("total", "performance", "mix", "entered", "left")
    return table(say, "What made the index change: performance and mix", heads, [
        Row(one["name"], ((), *(signs(one[part]) for part in parts)))
        for against in ("last_month", "last_year") for one in lines if one["against"] == against
    ])  # fmt: skip
