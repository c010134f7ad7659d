"""A derivation on a terminal of 80 columns: the figure, how it is made, what it rests on, whether it holds."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.explain.beside import beside
from pipeline.explain.derivation import Derivation, Term
from pipeline.explain.grids import grid, headed, number
from pipeline.explain.lists import excluded, inputs, responses
from pipeline.inspection.shown import shorten

WIDEST = 100  # cells; a wider terminal is left empty on the right
LABEL = 34
NO_SE = "not published: some base is small, and its counts would follow"
FLAGS = {"ok": "green", "caution": "yellow", "partial": "yellow", "withheld": "magenta", "none": "dim"}


def show(found: Derivation, console: Console) -> None:
    width = min(console.width, WIDEST)
    for part in (
        _what(found, width),
        _made(found, width),
        _trusted(found),
        beside(found),
        excluded(found),
        inputs(found, width),
        responses(found),
        _again(found),
    ):
        if part is not None:
            console.print()
            console.print(Padding(part, (0, 0, 0, 1), expand=False), width=width, soft_wrap=False)


# ── the figure ───────────────────────────────────────────────────────────────────────────


def _what(found: Derivation, width: int) -> Group:
    statistic = "" if found.statistic == "mean" else f", {found.statistic.replace('_', ' ')}"
    title = f"{found.unit}  {found.name}" if found.name else found.unit
    return Group(
        Text(shorten(title, width - 2), style="bold"),
        Text(shorten(f"{found.label}{statistic} · {found.instrument} · {found.level}", width - 2)),
        Text(""),
        grid(_facts(found)),
    )


def _facts(found: Derivation) -> Iterator[tuple[str, RenderableType]]:
    row = found.published
    last, first = found.months[0], found.months[-1]
    told = last if last == first else f"{first} to {last}"
    yield "months", Text(f"{told} ({found.window})")
    if row["printed"] is None:
        yield "published", Text("no figure", style="magenta")
    else:
        ends = "" if row["printed_low"] is None else f"   95 %: {row['printed_low']} to {row['printed_high']}"
        yield "published", Text(f"{row['printed']} of {row['printed_of']:,}{ends}", style="bold")
        yield "stored", Text(str(row["estimate"]))
    if row["rank"] is not None:
        may = "" if row["rank_low"] is None else f"   may be {row['rank_low']:,} to {row['rank_high']:,}"
        group = "" if row["tier_group"] is None else f", group {row['tier_group']:,}"
        yield "rank", Text(f"{row['rank']:,} of {row['ranked']:,} that are ranked{may}{group}")
    for one in found.standing:
        if one.within != "network":
            told = shorten(f"{one.within} {one.group}", LABEL)
            yield "", Text(f"{told}: {one.rank:,} of {one.ranked:,}   may be {one.rank_low:,} to {one.rank_high:,}")
    if row["eb"] is not None:
        yield "likely", Text(f"{number(row['eb'])}   reliability {number(row['reliability'])}")
    yield "flag", Text.assemble((row["flag"], FLAGS.get(row["flag"], "")), ": ", "\n".join(found.why))
    yield "run", Text(f"{found.run_id}, {found.status}, revision {found.revision}, in {found.folder}")


# ── how it is made ───────────────────────────────────────────────────────────────────────


def _made(found: Derivation, width: int) -> Group | None:
    parts: list[RenderableType] = [Text(_rule(found))]
    if len(found.terms) > 1 or any(one.omega is not None for one in found.terms):
        parts.append(_terms(found, width))
    if found.weights["omega"] is not None:
        parts.append(Text(f"sum of the published weights: {_plain(found.weights['omega'])}"))
    parts.append(Text(found.formula))
    if found.answers:
        parts.append(Text("answers: " + ", ".join(f"{count:,} × {answer}" for answer, count in found.answers)))
    if found.items:
        parts += [Text(""), _items(found, width)]
    return headed("How it is made", *parts)


def _rule(found: Derivation) -> str:
    if found.statistic == "mean" and found.measure == "index":
        return {
            "branch_factors": "rule branch_factors: factor means, weighted with their published weights",
            "mean_of_dimensions": "rule mean_of_dimensions: the same within each division, then their plain mean",
            "respondent": "rule respondent: the mean of the respondents' own indices",
        }[found.rule]
    return {
        "mean": "the mean of the responses that have it, each from 0 to 100",
        "top_box": "the share of answers in the top box", "bottom_box": "the share of answers in the bottom box",
        "nps": "top box minus bottom box", "per_100": "how many per 100 respondents",
        "share": "a share in per cent",
    }[found.statistic]  # fmt: skip


def _terms(found: Derivation, width: int) -> Table:
    table = _table(("weight", "share", "mean F", "n", "share x F"), width)
    part = None
    for one in found.terms:
        if one.part and one.part != part:
            part = one.part
            table.add_row(Text(f"division {part}", style="dim"))
        table.add_row(
            Text(shorten(one.label, LABEL)), _plain(one.omega), number(one.share, 6),
            Text("withheld", style="magenta") if one.mean is None else number(one.mean), f"{one.n:,}", _product(one),
        )  # fmt: skip
    return table


def _product(one: Term) -> str:
    return "" if one.mean is None else number(one.share * one.mean)


def _items(found: Derivation, width: int) -> Table:
    table = _table(("mean", "n"), width, first="item")
    for one in found.items:
        mean = Text("withheld" if one.n else "–", style="magenta") if one.mean is None else number(one.mean)
        table.add_row(Text(shorten(one.label, LABEL)), mean, f"{one.n:,}")
    return table


def _table(heads: tuple[str, ...], width: int, first: str = "") -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(first, no_wrap=True, max_width=min(LABEL, width - 1 - 9 * len(heads)))
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _plain(value: Decimal | None) -> str:
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ── how far it can be trusted ────────────────────────────────────────────────────────────


def _trusted(found: Derivation) -> Group:
    return headed("Base and error", grid(_errors(found)))


def _errors(found: Derivation) -> Iterator[tuple[str, RenderableType]]:
    base, spread, row = found.base, found.spread, found.published
    kind = "each counts 1" if found.weights["base"] == "none" and not found.weights["solved"] else "weighted"
    weight = "" if base["weight"] is None else f"   sum of weights {_plain(base['weight'])}, {kind}"
    yield "base n", Text(f"{base['n'] or 0:,}{weight}")
    if base["n_eff"] is not None:
        yield "effective n", Text(f"{_plain(base['n_eff'])} = 1 / kish, kish {_plain(base['kish'])}")
    if spread is None:
        return
    yield "strata", Text(spread.strata)
    if spread.pooled:
        yield "variance", Text(f"of one respondent, pooled over the branches: {number(spread.pooled_one)}; x kish")
        yield "own se", Text(f"{number(spread.own_se)} (not used)")
    if spread.method == "wilson":
        told = f"{_plain(spread.se)}   df {spread.df:,}" if row["se"] is not None else NO_SE
        yield "se", Text(told)
        yield "interval", Text(f"Wilson on the effective n: {row['low']} to {row['high']}")
    elif spread.t is None:
        yield "interval", Text("nothing is known of the spread: the whole scale")
    else:
        yield "se", Text(f"{_plain(spread.se)}   df {spread.df:,}   t {_plain(spread.t)}")
        yield "interval", Text(f"estimate -+ t x se, clipped to the scale: {row['low']} to {row['high']}")


# ── worked out again ─────────────────────────────────────────────────────────────────────


def _again(found: Derivation) -> Group:
    agreement = found.agreement
    lines: list[RenderableType] = [
        Text("from the accepted responses, in whole fractions and without the SQL:"),
        Text(agreement.verdict, style="green" if agreement.agrees else "bold red"),
    ]
    lines += [Text(f"✗ {one}", style="red") for one in (*agreement.altered, *agreement.differences)]
    if agreement.redefined:
        changed = ", ".join(agreement.redefined)
        lines.append(Text(f"Changed since the month was made, and used here as they are now: {changed}."))
    return headed("Worked out again", *lines)
