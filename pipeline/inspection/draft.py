"""The draft of a mapping, from what an export holds: TOML that a person reads and completes.

What the export says stands in it. What it does not say is marked TODO and refuses to load; what is
only a guess says so in a comment. Personal data stands nowhere.
"""

import re
from collections.abc import Iterator

from pipeline.inspection import draft_answers
from pipeline.inspection.draft_answers import wording
from pipeline.inspection.draft_plan import FIELDS, Plan, plan
from pipeline.inspection.draft_text import BLANK, TODO, Line, aligned, quoted, rows
from pipeline.inspection.found import Found, Inspection
from pipeline.inspection.roles import personal
from pipeline.inspection.shown import told
from pipeline.instrument import Instrument
from pipeline.questions import Scale
from pipeline.sources.raw import Options

_SERVER_TIMES = ("Timestamp", "_submission_time")  # of Formbricks and KoBo
_ATTRIBUTES = ("segment", "tier", "vehicle", "contract")
_FOUND = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "xlsx", "xls", "sav", "parquet")  # without being told


def draft(inspection: Inspection, instrument: Instrument | None = None, given: Options | None = None) -> str:
    """The text of a mapping file. given: how the operator said the export is to be opened."""
    made = plan(inspection, instrument)
    parts = (
        _head(made),
        _top(made, given or Options()),
        _columns(made),
        _dates(made),
        _items(made),
        draft_answers.labels(made),
        draft_answers.missing(made),
        draft_answers.left_out(made),
        draft_answers.choices(made),
        _questions(made),
    )
    texts = ("\n".join(aligned(part)) for part in parts)
    return "\n\n".join(text for text in texts if text) + "\n"


def _head(made: Plan) -> Iterator[Line]:
    found = made.found
    yield f"# Draft of a mapping for {told(found.file)}: {found.tool}, {found.encoding}, {found.rows:,} responses.", ""
    if made.instrument:
        yield f"# Items are those of the instrument {made.instrument.id}.", ""
    yield "# Read every line. What is marked TODO must be filled in; until then the file is refused.", ""
    yield from ((f"# Look: {told(note)}", "") for note in found.notes)


def _top(made: Plan, given: Options) -> Iterator[Line]:
    if made.found.tool == "plain" and made.found.header_rows:
        yield f"header_rows = {made.found.header_rows}", ""
    if given.sheet:
        yield f"sheet = {quoted(given.sheet)}", ""
    if given.delimiter:
        yield f"delimiter = {quoted(given.delimiter)}", ""
    if made.found.encoding not in _FOUND:
        yield f"encoding = {quoted(made.found.encoding)}", ""
    turned = [name for name, one in made.items.items() if one.direction == "down"]
    turned += [name for answers, items in made.sets.values() if answers.proposal.downwards for name in items]
    if turned:
        yield f"reversed = [{', '.join(map(quoted, turned))}]", "their labels grow worse as the codes grow"
    left = list(_ignored(made))
    yield ("ignore = [", "columns never loaded") if left else ("ignore = []", "")
    for one, why in left:
        head = "  # TODO a head that holds personal data" if personal(one.name) else f"  {quoted(one.name)},"
        yield head, f"{why}: {wording(one)}".rstrip(": ")
    if left:
        yield "]", ""


def _ignored(made: Plan) -> Iterator[tuple[Found, str]]:
    """(column, why it is not loaded)."""
    used = {one.name for one in made.used}
    together = [columns for columns in made.choices.values() if columns[0].role == "choice"]
    again = {one.name for columns in together for one in columns[1:]}
    for one in made.found.columns:
        if one.name in again:
            yield one, "the options once more"
        if one.name in used or one.role in ("item", "choice", "option"):
            continue
        if one.role == "personal":
            yield one, f"personal data: {one.guess.kind}"
        elif one.role in _ATTRIBUTES:
            yield one, f"{one.role}: take it out of here to load it"
        elif one.role == "other":
            also = one.guess.kind.removeprefix("another ")
            yield one, f"like the {also} above: its name?" if also else "not recognised"
        else:
            yield one, {"verbatim": "free text", "constant": "the same in every row"}.get(one.role, one.role)


def _columns(made: Plan) -> Iterator[Line]:
    yield "[columns]", ""
    invited = "invited" in made.fields
    for name in FIELDS:
        one = made.fields.get(name)
        if one and name == "branch" and made.typed:
            several = ", ".join(quoted(each.name) for each in (made.typed, one))
            yield f"branch = [{several}]", "typed, else chosen: the first one with text counts"
        elif one:
            sure = not one.guess.means and (one.guess.sure == "sure" or one.role == "date")
            why = "the only day: look at it" if one.guess.means else f"{one.guess.sure}: look at it"
            yield f"{name} = {quoted(one.name)}", "" if sure else why
        elif name == "branch":
            yield '# branch = "…"', "TODO no column looks like it; or give it under [constants]"
        elif name == "respondent" and made.found.tool == "google_forms" and "answered_at" in made.fields:
            parts = [made.fields[part].name for part in ("answered_at", "branch") if part in made.fields]
            yield f"respondent = [{', '.join(map(quoted, parts))}]", "no ids there: together they tell responses apart"
        elif name in ("respondent", "serviced_on", "answered_at") and not invited:
            yield f'# {name} = "…"', "TODO no column looks like it"
    for one in made.found.of("personal"):
        if one.guess.kind == "phone" and not personal(one.name):
            yield f"# contact = {quoted(one.name)}", "instead of ignoring it; replaced by a keyed code"
    for role in _ATTRIBUTES:
        for one in made.found.of(role):
            yield f"# {role} = {quoted(one.name)}", "instead of ignoring it"
            if role in ("vehicle", "contract"):
                yield f'# pseudonymous = ["{role}"]', "at the top of the file, if it tells one customer from another"


def _dates(made: Plan) -> Iterator[Line]:
    moments = [(name, one) for name in ("serviced_on", "answered_at") if (one := made.fields.get(name))]
    if moments:
        yield "[dates]", ""
    for name, one in moments:
        if "|" in one.guess.kind:
            first, second = one.guess.kind.split("|")
            yield f"{name} = {TODO}", f"TODO {quoted(first)} or {quoted(second)}: no value tells"
        else:
            yield f"{name} = {quoted(one.guess.kind)}", f"not so in {rows(one.odd)}" if one.odd else ""
    written = made.fields.get("answered_at")
    if written and written.guess.kind != "iso" and "%z" not in written.guess.kind:
        if re.search(r"\b(UTC|GMT)\b", written.name):
            yield 'time_zone = "UTC"', "of times without an offset; the head says so"
        elif written.name in _SERVER_TIMES:
            yield '# time_zone = "UTC"', "the server's time, mostly: look at a response whose time you know"
    length = made.fields.get("duration_s")
    if length and length.guess.kind != "seconds":
        yield from (BLANK, ("[duration]", ""), (f"unit = {quoted(length.guess.kind)}", ""))


def _items(made: Plan) -> Iterator[Line]:
    if "invited" in made.fields or not (made.items or made.open_columns or made.open_items):
        return
    yield "[items]", ""
    if made.instrument:
        yield from _known_items(made, made.instrument)
    for place, one in enumerate(() if made.by_order else made.open_columns, start=1):
        said = "TODO not an item of the instrument; ignore it?" if made.instrument else "TODO the item's id"
        yield f"# q{place} = {quoted(one.name)}", f"{said}: {wording(one)}".rstrip(": ")
    given = {name: items for name, (_, items) in made.sets.items() if name != "answer" and items}
    if given:
        yield from (BLANK, ("[item_labels]", ""))
        yield from ((f"{item} = {quoted(name)}", "") for name, items in given.items() for item in items)


def _known_items(made: Plan, instrument: Instrument) -> Iterator[Line]:
    for item in instrument.items:
        one, near = made.items.get(item.id), made.by_order.get(item.id)
        if one:
            yield f"{item.id} = {quoted(one.name)}", _off(one, instrument.scale_of(item))
        elif near:
            yield f"# {item.id} = {quoted(near.name)}", f"TODO by order only: {told(item.text.zh)}"
        else:
            yield f'# {item.id} = "…"', f"TODO no column fits: {told(item.text.zh)}"


def _off(one: Found, scale: Scale) -> str:
    """What does not fit the scale of an item that is answered with numbers."""
    beyond = [number for number in one.numbers if not scale.min <= number <= scale.max]
    if beyond:
        return f"look: {', '.join(map(str, beyond[:5]))} off the scale {scale.min} to {scale.max}"
    if one.numbers and one.filled >= 30 and 2 * one.numbers[-1] <= scale.min + scale.max:
        return f"look: no answer over {one.numbers[-1]} on a scale of {scale.min} to {scale.max}"
    return f"no whole number in {rows(one.odd)}" if one.odd else ""


def _questions(made: Plan) -> Iterator[Line]:
    used = made.mapped
    worded = [one for one in (*made.used, *made.open_columns) if wording(one) and not personal(one.column.question)]
    if worded:
        yield "[questions]", "the wording beside the head; another one is refused as drift"
    for one in worded:
        yield f"{'' if one in used else '# '}{quoted(one.name)} = {quoted(one.column.question)}", ""
