"""The second half of a drafted mapping: labels and their codes, missing states, choices."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from pipeline.inspection import own_words
from pipeline.inspection.codes import STATE_NAMES
from pipeline.inspection.draft_plan import Plan, option_of, options
from pipeline.inspection.draft_text import BLANK, TODO, TODO_TEXT, WORDING, Line, quoted, rows
from pipeline.inspection.found import Answers, Found
from pipeline.inspection.roles import personal
from pipeline.inspection.shown import shorten, told
from pipeline.inspection.words import NO, asks
from pipeline.questions import Choice, Option, Scale

_ID = re.compile(r"(?!\d{1,2}$)[A-Z0-9_-]{1,32}")

# Columns of tools' own by which a row is no response: unfinished, or a test -> the texts that say so.
_NO_RESPONSE = {
    "Finished": ("No", "False", "0"),
    "Response Type": ("partial", "started"),
    "submitdate": ("",),
    "清洗数据结果": ("无效",),
    "_validation_status": ("Not approved", "validation_status_not_approved"),
}


def wording(one: Found) -> str:
    """The wording beside a head, for a comment; "" if it is the head itself."""
    return shorten(one.column.question, WORDING) if told(one.column.question) != told(one.name) else ""


def labels(plan: Plan) -> Iterator[Line]:
    for name, (answers, items) in plan.sets.items():
        scale = None
        if plan.instrument:
            asked = items or [one.id for one in plan.open_items]
            scales = {plan.instrument.scale_of(one) for one in plan.instrument.items if one.id in asked}
            scale = scales.pop() if len(scales) == 1 else None
        first, others = shorten(answers.columns[0], WORDING), len(answers.columns) - 1
        yield f"[labels.{name}]", "" if name == "answer" else f"of {first}{f' and {others} more' if others else ''}"
        yield from _codes(answers, scale, told_scale=plan.instrument is not None)
        yield BLANK
    for name in ("branch", "division"):
        one = plan.fields.get(name)
        typed = plan.typed if name == "branch" else None
        lines = [*(_ids(one, typed) if one else ())]
        if lines:
            yield f"[labels.{name}]", f"text = id of the {name}"
            yield from (*lines, BLANK)


def _ids(one: Found, typed: Found | None) -> Iterator[Line]:
    """The texts of a column of ids, with the ids that are known. A few texts among them that name none are mistakes,
    and where ids may be typed beside it, one asks for that."""
    named = bool(one.branches or one.column.labels or _are_names(one.texts))
    for text in {**dict.fromkeys(one.column.labels), **dict.fromkeys(one.texts)} if named else ():
        label = one.column.labels.get(text, "")
        count = f"{shorten(label, WORDING)}; {rows(one.texts.get(text, 0))}".removeprefix("; ")
        if text in one.branches:
            yield f"{quoted(text)} = {quoted(one.branches[text])}", count
        elif not one.branches and not (typed and asks(label or text)):
            yield f"{quoted(text)} = {TODO_TEXT}", f"TODO id; {count}"
    for text, branch in typed.branches.items() if typed else ():
        if text not in one.branches:
            yield f"{quoted(text)} = {quoted(branch)}", "typed"


def _are_names(texts: Collection[str]) -> bool:
    """Whether a column holds names, or numbers of answers; a few texts among ids that are none are mistakes."""
    return 2 * sum(_ID.fullmatch(text) is None for text in texts) > len(texts)


def _codes(answers: Answers, scale: Scale | None, told_scale: bool) -> Iterator[Line]:
    """Labels and codes, the highest first. Words count from the lower end of the scale, and only
    where it has as many steps; told_scale: whether an instrument says which scale there is."""
    proposal, shift = answers.proposal, 0
    if proposal.by == "words" and not told_scale:
        yield f"# codes 1 to {proposal.steps} by the words: look whether the scale of the items is so", ""
    elif proposal.by == "words" and scale is not None and scale.span + 1 == proposal.steps:
        shift = scale.min - 1
    elif proposal.by == "words":
        yield f"# {proposal.steps} steps, and the scale of the items has another number of them", ""
        proposal = replace(proposal, codes=dict.fromkeys(proposal.codes), unseen={})
    entries = [(text, code, rows(answers.texts[text])) for text, code in proposal.codes.items()]
    entries += [(text, code, "no row yet") for text, code in proposal.unseen.items()]
    for text, code, count in sorted(entries, key=lambda one: (one[1] is None, -(one[1] or 0))):
        if code is None:
            yield f"{quoted(text)} = {TODO}", f"TODO code; {count}"
        elif scale and not scale.min <= code + shift <= scale.max:
            yield f"# {quoted(text)} = {code + shift}", f"off the scale {scale.min} to {scale.max}; {count}"
        else:
            yield f"{quoted(text)} = {code + shift}", count


def missing(plan: Plan) -> Iterator[Line]:
    """Missing states: for all items where they agree, else item by item."""
    columns = [*plan.items.values(), *plan.open_columns]
    states: dict[str, dict[str, int]] = {text: {state: 0} for text, state in plan.found.declared.items() if text}
    notes: dict[str, str] = {}
    for one in columns:
        for text, why in one.missing.items():
            if text and not personal(text):
                known = states.setdefault(text, {})
                known[why.state] = known.get(why.state, 0) + why.rows
                notes[text] = why.label
    answers = {text for one in columns for text in one.texts}
    shared = {
        text: next(iter(known.items())) for text, known in states.items() if len(known) == 1 and text not in answers
    }
    if shared:
        yield "[missing]", f"for every item: {', '.join(STATE_NAMES)}"
    for text, (state, count) in shared.items():
        yield _state(text, state, f"{rows(count)}; {shorten(notes[text], WORDING)}" if notes.get(text) else rows(count))
    for item, one in plan.items.items():
        own = {text: why for text, why in one.missing.items() if text and text not in shared and not personal(text)}
        if own:
            yield from (BLANK, (f"[item_missing.{item}]", ""))
        yield from (
            _state(text, why.state, f"{rows(why.rows)}; {shorten(why.label, WORDING)}".rstrip("; "))
            for text, why in own.items()
        )


def _state(text: str, state: str, count: str) -> Line:
    if state == "unknown":
        return f"{quoted(text)} = {TODO}", f"TODO which state? {count}"
    return f"{quoted(text)} = {quoted(state)}", count


def left_out(plan: Plan) -> Iterator[Line]:
    """Rows that the tool itself marks as no responses, as a comment: which to count is for a person to say."""
    for one in plan.found.columns:
        texts = {**one.texts, **{text: why.rows for text, why in one.missing.items()}}
        mine = {text: texts[text] for text in _NO_RESPONSE.get(one.name, ()) if texts.get(text)}
        if mine:
            yield "# [leave_out]", "TODO are these rows no responses? Then take their column out of `ignore` too"
            yield f"# {quoted(one.name)} = [{', '.join(map(quoted, mine))}]", rows(sum(mine.values()))


def choices(plan: Plan) -> Iterator[Line]:
    """Multi-select questions: those of the instrument, and the others as comments."""
    known = plan.choices_asked
    for name, columns in plan.choices.items():
        how = _one_cell if columns[0].role == "choice" else _each_its_column
        yield from how(known[name], columns, plan.words.get(name))
        yield BLANK
    groups: dict[str, list[Found]] = {}
    for one in plan.found.columns:
        if one.role in ("choice", "option") and one not in plan.used:
            groups.setdefault(one.column.group or one.name, []).append(one)
    for place, (group, left) in enumerate(groups.items(), start=1):
        yield f"# [choice.multi_{place}]", f"TODO the id of its [[choice]], or ignore it: {shorten(group, WORDING)}"
        if left[0].role == "choice":
            yield from ((f"# column = {quoted(left[0].name)}", ""), (f"# separator = {quoted(left[0].guess.kind)}", ""))
            yield f"# [choice.multi_{place}.labels]", ""
            yield from ((f"# {quoted(text)} = {TODO}", rows(count)) for text, count in left[0].options.items())
        else:
            yield f"# [choice.multi_{place}.columns]", ""
            yield from _commented(left)
        yield BLANK


def _one_cell(choice: Choice, columns: tuple[Found, ...], words: Found | None) -> Iterator[Line]:
    one = columns[0]
    yield f"[choice.{choice.id}]", ""
    yield from ((f"column = {quoted(one.name)}", ""), (f"separator = {quoted(one.guess.kind)}", ""))
    if words:
        yield from _beside(words, own_words.open_option(choice))
    elif any(option_of(choice, text) is None for text in one.options):
        yield '# other = "…"', "TODO if people wrote words of their own: the option they stand for; then take these out"
    if set(one.options) <= {option.id for option in choice.option}:
        return
    yield f"[choice.{choice.id}.labels]", f"text = {', '.join(option.id for option in choice.option)}"
    for text, count in one.options.items():
        option = option_of(choice, text)
        yield (
            f"{quoted(text)} = {quoted(option.id) if option else TODO}",
            rows(count) if option else f"TODO; {rows(count)}",
        )


def _each_its_column(choice: Choice, columns: tuple[Found, ...], words: Found | None) -> Iterator[Line]:
    named = options(choice, columns)
    told = dict.fromkeys(text for one in columns for text in one.texts if text.casefold() in NO)
    written = next((option for option, one in named.items() if one == own_words.within(columns)), "")
    if told or words or written:
        yield f"[choice.{choice.id}]", ""
    if told:
        yield f"not_chosen = [{', '.join(map(quoted, told))}]", ""
    if words:
        meant = own_words.open_option(choice)
        yield from _beside(words, meant if meant and meant.id in named else None)
    elif written:
        yield f"other = {quoted(written)}", "the cells of this option hold what people wrote"
    yield f"[choice.{choice.id}.columns]", ""
    yield from ((f"{option} = {quoted(one.name)}", wording(one)) for option, one in named.items())
    yield from _commented([one for one in columns if one not in (*named.values(), words)])


def _beside(words: Found, option: Option | None) -> Iterator[Line]:
    """words: the column of what people wrote. option: of those who wrote any."""
    if option:
        yield f"other = {quoted(option.id)}", "the option of those who wrote words of their own"
    else:
        yield '# other = "…"', "TODO if it is an option of the instrument: the one of those who wrote"
    yield f"other_column = {quoted(words.name)}", f"their words, masked: {wording(words)}".rstrip(": ")


def _commented(columns: Collection[Found]) -> Iterator[Line]:
    for place, one in enumerate(columns, start=1):
        yield f"# option_{place} = {quoted(one.name)}", f"TODO which option? {wording(one)}".rstrip()
