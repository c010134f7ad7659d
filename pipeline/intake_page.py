"""What `csi check` found in a month, as one page to mend the exports from: intake.html.

The page is whole in itself: both languages, style, script and data stand in the one file, and
its content security policy lets nothing else in or out. Tables travel as numbers that point
into lists of distinct texts; reports/templates/intake.js shows, searches and sorts them.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
from jinja2 import Environment

from pipeline.catalogue import REPORTS
from pipeline.intake import SOFT_FLAGS, Intake, fix, percentage, right, said, spoken, told, visible
from pipeline.page import environment

LANGUAGES = ("zh", "en")
POLICY = "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"


def write_html(intake: Intake, language: str, path: Path) -> None:
    """The page; `language` is the one it opens in."""
    style = (REPORTS / "templates" / "intake.css").read_text("utf-8")
    script = (REPORTS / "templates" / "intake.js").read_text("utf-8")
    bodies = []
    for one in (language, *(other for other in LANGUAGES if other != language)):
        body = _environment(one).get_template("intake_body.html.j2")
        bodies.append(body.render(v=intake, first=one == language))
    html = _environment(language).get_template("intake.html.j2")
    text = html.render(
        v=intake,
        policy=POLICY.format(style=_hash(style), script=_hash(script)),
        style=style,
        script=script,
        data=_json(_tables(intake)),
        bodies=bodies,
    )
    path.write_text(text, encoding="utf-8")


def _hash(text: str) -> str:
    """What a content security policy knows an inline script or style by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    """JSON that may stand inside an HTML script element: no character of markup is left in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def _environment(language: str) -> Environment:
    made = environment(language, "intake")
    made.filters["shown"] = visible
    made.filters["spoken"] = lambda name: spoken(name, language)
    made.filters["said"] = lambda text: said(text, language)
    made.filters["fix"] = lambda reason: fix(reason, language)
    made.filters["count"] = lambda number: f"{number:,}"
    made.filters["link"] = lambda text: quote(text, safe="")
    made.globals.update(percentage=percentage, soft_flags=SOFT_FLAGS)
    return made


def _tables(intake: Intake) -> dict[str, Any]:
    """The long tables, for intake.js: per table its columns, each in one of the forms below.

    Numbers: {numbers}, plain if they count nothing. Texts: {codes, texts}, a code being a place
    in texts, which stand in both languages where they differ. Fixes: {codes, of, known,
    templates}. row_id numbers the rows of the files, so that a row with three faults counts once.
    """
    bad = intake.quarantine.with_columns(pl.col("known").fill_null("")).sort("file", "row", "column", "reason")
    fixes = bad.select("reason", "known").unique(maintain_order=True)
    reasons = fixes["reason"].unique(maintain_order=True).to_list()
    places = {pair: number for number, pair in enumerate(fixes.iter_rows())}
    return {
        "quarantine": {
            "row_id": {"numbers": bad.select(pl.struct("file", "row").rle_id()).to_series().to_list()},
            "waived": {"numbers": bad["waived"].cast(pl.Int8).to_list()},
            "file": _texts(bad["file"]),
            "row": _rows(bad["row"]),
            "column": _texts(bad["column"]),
            "value": _values(bad),
            "reason": _names(bad["reason"]),
            "fix": {
                "codes": [places[pair] for pair in bad.select("reason", "known").iter_rows()],
                "of": [reasons.index(reason) for reason in fixes["reason"]],
                "known": {one: [visible(right(text, one)) for text in fixes["known"]] for one in LANGUAGES},
                "templates": {one: [fix(reason, one) for reason in reasons] for one in LANGUAGES},
            },
        },
        "flags": _flags(intake.flags),
        "changes": {
            "file": _texts(intake.changes["file"]),
            "respondent": _texts(intake.changes["respondent"]),
            "change": _names(intake.changes["change"]),
            "fields": _texts(intake.changes["fields"]),
        },
        "corrections": {
            name: (_rows if name == "row" else _texts)(intake.corrections[name])
            for name in ("file", "row", "field", "old", "new", "reason", "provider")
        },
    }


def _flags(flags: pl.DataFrame) -> dict[str, Any]:
    some = flags.filter(pl.col("flagged") > 0).sort(["flagged", "branch"], descending=[True, False])
    branches = some.unique("branch", maintain_order=True)
    place = {branch: code for code, branch in enumerate(branches["branch"])}
    return {
        "branch": _texts(some["branch"]),
        "name": {
            "codes": [place[branch] for branch in some["branch"]],
            "texts": {one: _shown(branches[f"name_{one}"]) for one in LANGUAGES},
        },
        "instrument": _texts(some["instrument"]),
        **{name: {"numbers": some[name].to_list()} for name in ("accepted", "flagged", *SOFT_FLAGS)},
    }


def _rows(column: pl.Series) -> dict[str, Any]:
    """Row numbers: 5001, where a count is 5,001."""
    return {"numbers": column.to_list(), "plain": True}


def _texts(column: pl.Series) -> dict[str, Any]:
    codes, distinct = _coded(column)
    return {"codes": codes, "texts": _shown(distinct)}


def _values(bad: pl.DataFrame) -> dict[str, Any]:
    """The values of faults; in two languages where some are said in words."""
    codes, distinct = _coded(bad["value"])
    ragged = set(bad.filter(pl.col("reason") == "ragged_row")["value"])
    if not ragged:
        return {"codes": codes, "texts": _shown(distinct)}
    said = {one: [told(text, "ragged_row" if text in ragged else "", one) for text in distinct] for one in LANGUAGES}
    return {"codes": codes, "texts": {one: _shown(texts) for one, texts in said.items()}}


def _names(column: pl.Series) -> dict[str, Any]:
    """A column of names of the program; ids are what a link to the page holds."""
    codes, distinct = _coded(column)
    words = {one: [spoken(name, one) for name in distinct] for one in LANGUAGES}
    return {"codes": codes, "ids": distinct, "texts": words}


def _coded(column: pl.Series) -> tuple[list[int], list[str]]:
    """Every text's place among the distinct ones, in the order they first stand."""
    filled = column.cast(pl.String).fill_null("")
    distinct = filled.unique(maintain_order=True)
    codes = filled.replace_strict(distinct, pl.Series(range(len(distinct)), dtype=pl.UInt32), return_dtype=pl.UInt32)
    return codes.to_list(), distinct.to_list()


def _shown(distinct: Iterable[str | None]) -> list[str]:
    return [visible(text or "") for text in distinct]
