"""docs/method.md, from the specs."""

import re
from collections.abc import Iterator, Sequence
from textwrap import dedent, fill

from pipeline.score import SQL
from tests.spec.arithmetic import Value, evaluate, shown
from tests.spec.form import TABLES, Example, Kind, Line, Rule, rows

HEAD = """\
# The method

How answers become figures, rule by rule. Each rule has its formula, its source, and small tables of
answers with the figures that follow from them, worked out by hand. Before a change of the program is
accepted, every table below is scored by the program itself, and every cell must come out as it stands
here, to the last of the nine decimals that are kept. This page is written from the same tables.

**How to read the tables.** A line of answers is one respondent; `nobody` stands for a branch without any.
`-` is a question left blank, `not asked`, `n/a` (not applicable) and `refused` are the other ways an answer
can be missing. (A respondent who answered nothing at all is not accepted: quarantined, `all_missing`.) Unless a
table says otherwise, all of it is of October 2025, the programme has one division, its branches are in the
region NORTH, figures are on a scale of 0 to 100, and there is no lower limit of responses
(`withheld_below = 1`, `ranked_from = 1`). Many tables use questions on a scale from 0 to 10: there an
answer is worth ten times its points. Where the rest does not matter, the questionnaire has one factor,
`service`, of all the questions in the table.

**How to read the results.** Columns are named as in the tables that a run publishes. Where a line does
not say it, it is of a branch, of the index, of its mean and of the month. `–` is an empty cell. Fractions are
exact; other numbers are shown to nine decimals. `t(4)` is the 97.5 % point of Student's *t* with 4
degrees of freedom, `tail(2.5, 4)` the chance that such a *t* is farther from 0 than 2.5, and `z` is
1.959963985, the 97.5 % point of the normal distribution. Σ is a sum.
"""
NAMES = {"scores": "`scores.csv`", "comparisons": "`comparisons.csv`", "weights": "the weights (`accepted/weights`)",
         "weighting": "`weighting.csv`", "reliability": "`reliability.csv`", "change": "`change_split.csv`", "standing": "`standing.csv`", "integrity": "`integrity.csv`",
         "bridged": "`bridged.csv`"}  # fmt: skip


def page(kinds: Sequence[Kind]) -> str:
    parts = [HEAD, "## Contents\n"]
    numbers = {
        name: f"{number}.{place}" for number, kind in enumerate(kinds, 1) for place, name in enumerate(kind.rules, 1)
    }
    for number, kind in enumerate(kinds, 1):
        listed = [
            f"   - {_link(f'{number}.{place} {rule.title}')}" for place, rule in enumerate(kind.rules.values(), 1)
        ]
        parts.append("\n".join([f"{number}. {_link(f'{number} {kind.title}', kind.title)}", *listed]))
    for number, kind in enumerate(kinds, 1):
        parts.append(f"\n## {number} {kind.title}\n\n{_prose(kind.says)}")
        for place, rule in enumerate(kind.rules.values(), 1):
            parts.append("\n\n".join([f"\n### {number}.{place} {rule.title}", *_rule(rule)]))
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(parts).strip() + "\n")
    return re.sub(r"\{([a-z_]+)\}", lambda found: numbers[found[1]], whole)


def _link(heading: str, text: str = "") -> str:
    """As GitHub names the anchors of headings."""
    anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"[{text or heading}](#{anchor})"


def _prose(text: str) -> str:
    """Paragraphs, their lines of even length."""
    return "\n\n".join(fill(" ".join(one.split()), 100, break_long_words=False, break_on_hyphens=False)
                       for one in dedent(text).strip().split("\n\n"))  # fmt: skip


def _rule(rule: Rule) -> Iterator[str]:
    yield _prose(rule.says)
    yield _block(rule.formula)
    for one in rule.examples:
        yield from _example(one)
    files = {path.name.split(".")[0]: path.name for path in SQL.iterdir()}
    worked = [f"[`{one}`](../pipeline/sql/{files[one]})" for one in rule.sql]
    worked += [f"[`pipeline/{one}.py`](../pipeline/{one}.py)" for one in rule.code]
    yield f"Source: {' '.join(rule.source.split())}  \nWorked out in: {', '.join(worked)}"


def _example(one: Example) -> Iterator[str]:
    if one.given:
        yield _prose(one.given)
    if one.settings:
        yield _block(one.settings, "toml")
    told = [
        ("The questionnaire", one.instrument), ("Multi-select questions", one.choices), ("Things counted", one.counts),
        ("Branches", one.branches), ("Customers (`population.csv`)", one.population), ("Targets", one.targets),
        ("Customers asked", one.invited), ("Answers to the older questionnaire", one.older), ("Answers", one.responses),
    ]  # fmt: skip
    for name, text in told:
        if text:
            yield f"{name}{_rule_of(one) if name == 'The questionnaire' else ''}:"
            yield _table([{key: "–" if cell == "-" and name != "Answers" else cell for key, cell in line.items()}
                          for line in rows(text)])  # fmt: skip
    if one.working:
        yield "Worked out by hand:"
        yield _working(one)
    for table in one.expected:
        yield f"Must stand in {NAMES[table.of]}:"
        keys = TABLES[table.of]
        yield _table([
            {key: cell if key in keys else _result(cell, one.worked) for key, cell in line.items()} for line in table.rows
        ])  # fmt: skip
    if one.so:
        yield _prose(one.so)


def _rule_of(one: Example) -> str:
    told = []
    if one.rule != "branch_factors":
        told.append(f'`rule = "{one.rule}"`')
    if one.points != 100:
        told.append(f"`points = {one.points}`")
    return f", with {' and '.join(told)}" if told else ""


def _result(cell: str, names: dict[str, Value]) -> str:
    if cell == "-":
        return "–"
    if re.fullmatch(r"[-−]?[\d.]+", cell):
        return cell
    try:
        value = shown(evaluate(cell, names))
    except (KeyError, SyntaxError, ValueError):
        return cell  # a word
    return value if cell in names else f"{cell} = {value}"


def _working(one: Example) -> str:
    told = []
    for line in filter(None, map(str.strip, one.working.strip().splitlines())):
        text, _, note = line.partition("#")
        name, _, formula = (part.strip() for part in text.partition("="))
        result = shown(one.worked[name])
        told.append((name, formula if formula == result else f"{formula} = {result}", note.strip()))
    width = max(len(name) for name, _, _ in told)
    length = max(len(formula) for _, formula, note in told if note) if any(note for _, _, note in told) else 0
    lines = [
        f"{name.ljust(width)} = {formula.ljust(length) if note else formula}{'   ' + note if note else ''}"
        for name, formula, note in told
    ]
    return _block("\n".join(lines))


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{dedent(text).strip()}\n```"


def _table(lines: Sequence[Line]) -> str:
    heads = list(lines[0])
    cells = [heads, *([line[head] for head in heads] for line in lines)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(heads))]

    def row(line: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"

    return "\n".join([row(heads), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(row, cells[1:])])
