"""Which column of an export becomes which field, item or choice: by id, then by wording."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.inspection import own_words
from pipeline.inspection.found import Answers, Found, Inspection
from pipeline.inspection.words import asks
from pipeline.instrument import Instrument
from pipeline.questions import Choice, Item, Option

FIELDS = ("respondent", "branch", "division", "serviced_on", "answered_at", "duration_s", "weight", "verbatim",
          "invited")  # fmt: skip
_MAY_ASK = ("item", "other", "constant", "empty", "verbatim")  # an empty column may ask an item too
_NUMBERING = re.compile(r"^(?:\(?[a-z]{0,3}\d+[a-z]?\)?(?:\s*[、.:)_—-]\s*|\s+))+")
_APART = re.compile(r"[:：\[\]/—]| - ")
_HINT = re.compile(r"[\[【(]\s*(?:单选|多选|打分|量表|评分|矩阵|必答|single|rating|required)[^\])】]*[\])】]\s*$")


@dataclass(frozen=True)
class Plan:
    """by_order: item id -> column where only their order fits, to be looked at. open_items,
    open_columns: what found no partner. sets: label set -> its labels and the ids of its items.
    choices: choice -> its column, or a column per option. words: choice -> the column of what people
    wrote beside its options. typed: the column of branches that were typed instead of chosen."""

    found: Inspection
    instrument: Instrument | None
    fields: Mapping[str, Found]
    items: Mapping[str, Found]
    by_order: Mapping[str, Found] = field(default_factory=dict)
    open_items: tuple[Item, ...] = ()
    open_columns: tuple[Found, ...] = ()
    sets: Mapping[str, tuple[Answers, tuple[str, ...]]] = field(default_factory=dict)
    choices: Mapping[str, tuple[Found, ...]] = field(default_factory=dict)
    words: Mapping[str, Found] = field(default_factory=dict)
    typed: Found | None = None

    @property
    def used(self) -> tuple[Found, ...]:
        return self._with(one for columns in self.choices.values() for one in columns)

    @property
    def choices_asked(self) -> Mapping[str, Choice]:
        """The multi-select questions of the instrument, by id."""
        return {one.id: one for one in self.instrument.choice} if self.instrument else {}

    @property
    def mapped(self) -> tuple[Found, ...]:
        """Those of them that the draft maps: columns that are no option of the instrument are left to the operator."""
        asked = self.choices_asked
        found = (options(asked[name], columns) for name, columns in self.choices.items())
        return self._with(one for named in found for one in named.values())

    def _with(self, chosen: Iterable[Found]) -> tuple[Found, ...]:
        """The columns of fields, items and words, and some of choices."""
        typed = [self.typed] if self.typed else []
        others = (*self.fields.values(), *typed, *self.items.values(), *self.words.values())
        return (*others, *(one for one in chosen if one not in others))


def plan(found: Inspection, instrument: Instrument | None) -> Plan:
    """Only what fits one way is matched: a wording that fits two columns matches neither."""
    items = _items(found, instrument) if instrument else {}
    asked = tuple(one for one in found.of("item") if one not in items.values())
    unmatched = tuple(item for item in instrument.items if item.id not in items) if instrument else ()
    by_order = (
        {item.id: one for item, one in zip(unmatched, asked, strict=False)} if len(unmatched) == len(asked) else {}
    )
    choices = dict(_choices(found, instrument)) if instrument else {}
    chosen = tuple(one for columns in choices.values() for one in columns)
    taken = (*items.values(), *chosen)
    words = _words(found, instrument, choices, taken) if instrument else {}
    branch = [one for one in found.of("branch") if one not in taken]
    typed = own_words.beside(branch, found.columns, (*taken, *words.values())) if branch else None
    fields = _fields(found, (*taken, *words.values(), *([typed] if typed else [])))
    sets = dict(_sets(found, items))
    return Plan(found, instrument, fields, items, by_order, unmatched, asked, sets, choices, words, typed)


def options(choice: Choice, columns: Sequence[Found]) -> Mapping[str, Found]:
    """Option -> its column; of a question in one cell "" -> that cell."""
    if columns[0].role == "choice":
        return {"": columns[0]}
    return {found.id: one for one in columns if (found := option_of(choice, one.name, one.column.question))}


def option_of(choice: Choice, *texts: str) -> Option | None:
    """The one option that a text or the head of a column names."""
    for fits in (_by_id, _by_wording, _by_end, _by_asking):
        found = [one for one in choice.option if fits(one, texts)]
        if len(found) == 1:
            return found[0]
    return None


def _fields(found: Inspection, taken: Collection[Found]) -> Mapping[str, Found]:
    fields = {one.role: one for one in found.columns if one.role in FIELDS and one.role != "verbatim"}
    comments = [one for one in found.of("verbatim") if one not in taken]
    if comments:
        fields["verbatim"] = max(comments, key=lambda one: one.filled)
    return {name: one for name, one in (fields | found.moments()).items() if one not in taken}


def _items(found: Inspection, instrument: Instrument) -> dict[str, Found]:
    columns = [one for one in found.columns if one.role in _MAY_ASK]
    matched: dict[str, Found] = {}
    for fits in (_by_id, _by_wording, _by_piece, _by_part):
        free = [one for one in columns if one not in matched.values() and not (fits is _by_id and _is_free_text(one))]
        pairs = [
            (item.id, one)
            for item in instrument.items
            if item.id not in matched
            for one in free
            if fits(item, (one.name, one.column.question))
        ]
        ids, heads = [name for name, _ in pairs], [one.name for _, one in pairs]
        matched |= {name: one for name, one in pairs if ids.count(name) == 1 and heads.count(one.name) == 1}
    return matched


def _is_free_text(one: Found) -> bool:
    """A question of comments may be numbered as an item is."""
    return one.role == "verbatim" and one.guess.sure == "likely"


def _choices(found: Inspection, instrument: Instrument) -> Iterator[tuple[str, tuple[Found, ...]]]:
    groups: dict[str, list[Found]] = {}
    for one in found.columns:
        if one.role in ("choice", "option") or (one.role == "verbatim" and one.column.group):
            groups.setdefault(one.column.group or one.name, []).append(one)
    for choice in instrument.choice:
        for fits in (_by_id, _by_wording, _by_part):
            asking = [
                columns
                for group, columns in groups.items()
                if fits(choice, (group, *(text for one in columns for text in (one.name, one.column.question))))
            ]
            if len(asking) == 1:
                break
        else:
            asking = [columns for columns in groups.values() if _by_options(choice, columns)]
        if len(asking) == 1:
            yield choice.id, tuple(asking[0])


def _words(
    found: Inspection, instrument: Instrument, choices: Mapping[str, Sequence[Found]], taken: Sequence[Found]
) -> Mapping[str, Found]:
    """choice -> the column of words beside its options, where it is none of theirs."""
    written: dict[str, Found | None] = {}
    for choice in instrument.choice:
        if columns := choices.get(choice.id):
            inside = own_words.within(columns)
            if inside is None:
                written[choice.id] = own_words.beside(columns, found.columns, taken)
            elif inside not in options(choice, columns).values():
                written[choice.id] = inside
    return own_words.each_once(written)


def _sets(found: Inspection, items: Mapping[str, Found]) -> Iterator[tuple[str, tuple[Answers, tuple[str, ...]]]]:
    """label set -> (its labels, ids of the items they are of). One set for all items is `answer`."""
    of = {one.name: item for item, one in items.items()}
    sets = [(one, tuple(of[name] for name in one.columns if name in of)) for one in found.answers]
    if items:
        sets = [one for one in sets if one[1]]
    numbered = any(one.numbers for one in (items.values() or found.of("item")))
    for place, one in enumerate(sets, start=1):
        yield ("answer" if len(sets) == 1 and not numbered else f"answer_{place}"), one


def _by_options(choice: Choice, columns: Sequence[Found]) -> bool:
    """Whether most options of a question are options of the choice: its own wording may stand nowhere."""
    texts = [(text, "") for text in columns[0].options] or [(one.name, one.column.question) for one in columns]
    named = {found.id for one in texts if (found := option_of(choice, *one))}
    return len(named) > 1 and 2 * len(named) > len(texts)


def _by_piece(asked: Item | Choice | Option, texts: Collection[str]) -> bool:
    """A wording may stand between the marks that part a stem from its rows: Please rate: price."""
    pieces = (piece for text in texts for piece in _APART.split(text))
    return bool(set(_wordings(asked)) & {_bare(piece) for piece in pieces})


def _by_id(asked: Item | Choice | Option, texts: Collection[str]) -> bool:
    ends = (text.rpartition("/")[2] for text in texts)  # KoBo: group/question
    return asked.id in {re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") for text in (*texts, *ends)}


def _by_wording(asked: Item | Choice | Option, texts: Collection[str]) -> bool:
    return bool(set(_wordings(asked)) & {_bare(text) for text in texts})


def _by_part(asked: Item | Choice | Option, texts: Collection[str]) -> bool:
    """A stem or numbering of another kind may stand round the wording."""
    long = [one for one in _wordings(asked) if len(one) >= (10 if one.isascii() else 4)]
    return any(wording in _bare(text) for wording in long for text in texts)


def _by_end(asked: Option, texts: Collection[str]) -> bool:
    return any(_bare(text).endswith(wording) for wording in _wordings(asked) for text in texts)


def _by_asking(asked: Option, texts: Collection[str]) -> bool:
    """Both ask for words of one's own: Other (please specify)."""
    pieces = (piece for text in texts for piece in _APART.split(text))
    return any(map(asks, (asked.text.zh, asked.text.en))) and any(map(asks, pieces))


def _wordings(asked: Item | Choice | Option) -> Sequence[str]:
    return [wording for wording in (_bare(asked.text.zh), _bare(asked.text.en)) if wording]


def _bare(text: str) -> str:
    """A wording without tags, numbering, hints, spaces and marks."""
    plain = re.sub(r"<[^>]*>", " ", unicodedata.normalize("NFKC", text)).casefold().strip()
    plain = _NUMBERING.sub("", _HINT.sub("", plain))
    return "".join(one for one in plain if one.isalnum())
