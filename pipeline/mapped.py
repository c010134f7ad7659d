"""A mapping held against its programme, its instrument and the exports it is to read."""

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline import in_force, near, privacy, toml
from pipeline.instrument import Instrument
from pipeline.mapping import Mapping
from pipeline.mapping_tables import Columns
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.settings import Source
from pipeline.sources import Options, RawTable
from pipeline.sources.heads import refuse_nameless
from pipeline.waivers import Waivers

_REQUIRED = ("respondent", "branch", "serviced_on", "answered_at")
_TOLD = 40  # columns that are gone, or new, of which each has its sentence
_ALIKE = 0.6  # share of a head that must be the same for it to be taken for a changed wording


def load(site: Site, source: Source, instrument: Instrument) -> Mapping:
    """The mapping of a source, checked against the programme and the instrument.

    Raises Refusal naming the mapping file and key of everything that is wrong.
    """
    path = site.folder / source.mapping
    if not path.exists():
        named = toml.place(site.file, "source", site.programme.source.index(source), "mapping")
        raise Refusal(f"{named}: there is no file {source.mapping!r}. Add it or correct the name.")
    mapping = toml.read(path, Mapping)
    problems = [f"{toml.place(path, 'columns')}: {one} is missing." for one in _missing_fields(site, source, mapping)]
    if source.role == "responses":
        problems += _unknown_names(path, mapping, instrument)
        problems += _off_scale(path, mapping, instrument)
    elif mapping.items or mapping.choice or mapping.pseudonymous:
        problems.append(f"{path}: a mapping of invitations has no items, choices or pseudonymous fields.")
    problems += [
        f"{toml.place(path, 'labels', 'division', label)}: {code!r} is not a division of {site.file.name}."
        for label, code in mapping.texts("division").items()
        if code not in site.programme.divisions
    ]
    if problems:
        raise Refusal(problems)
    return mapping


def options(site: Site, source: Source, mapping: Mapping) -> Options:
    """How the source's exports are to be opened."""
    return Options(
        tool=source.tool,
        sheet=mapping.sheet,
        encoding=mapping.encoding,
        header_rows=mapping.header_rows,
        limit=site.programme.limits.expanded_mb * 1_000_000,
        delimiter=mapping.delimiter,
    )


def _missing_fields(site: Site, source: Source, mapping: Mapping) -> list[str]:
    required: tuple[str, ...] = ("branch", "invited")
    if source.role == "responses":
        required = _REQUIRED
        if site.programme.weighting.base == "column":
            required = (*required, "weight")
    given = {*mapping.columns.told(), *mapping.constants}
    return [one for one in required if one not in given]


def _unknown_names(path: Path, mapping: Mapping, instrument: Instrument) -> Iterator[str]:
    known = {item.id for item in instrument.items}
    for kind, names in (("items", mapping.items), ("constants", mapping.constants)):
        for one in names:
            if one not in known and (kind == "items" or one not in Columns.__dataclass_fields__):
                meant = near.like(one, known) or " Correct it or take it out."
                meant = near.above(one) if one in Mapping.__dataclass_fields__ else meant
                yield f"{toml.place(path, kind, one)}: {instrument.id} has no such item.{meant}"
    if not mapping.mapped():
        yield f"{path}, items: no item is mapped."
    choices = {one.id: one for one in instrument.choice}
    for name, chosen in mapping.choice.items():
        if name not in choices:
            yield f"{toml.place(path, 'choice', name)}: {instrument.id} has no such choice."
            continue
        options = [one.id for one in choices[name].option]
        if chosen.other is not None and chosen.other not in options:
            yield f"{toml.place(path, 'choice', name, 'other')}: {name} has no option {chosen.other!r}."
        for option in chosen.columns:
            if option not in options:
                yield f"{toml.place(path, 'choice', name, 'columns', option)}: {name} has no such option."
        for label, option in chosen.labels.items():
            if option not in options:
                yield f"{toml.place(path, 'choice', name, 'labels', label)}: {name} has no option {option!r}."


def _off_scale(path: Path, mapping: Mapping, instrument: Instrument) -> Iterator[str]:
    """A sentence for every code of a label that is not on the scale of its item."""
    said = set()
    for item in instrument.items:
        scale = instrument.scale_of(item)
        name = mapping.item_labels.get(item.id, "answer")
        labels = mapping.labels_of(item.id) if item.id in mapping.mapped() else None
        for label, code in (labels or {}).items():
            if label in mapping.item_missing.get(item.id, {}):
                where = toml.place(path, "item_missing", item.id, label)
                yield f"{where}: it is a label of {name} too, with the code {code}. Take one of the two out."
            if not scale.min <= code <= scale.max and (name, label) not in said:
                said.add((name, label))
                where = toml.place(path, "labels", name, label)
                yield f"{where}: {code} is not on the scale of {item.id}, {scale.min} to {scale.max}."


def check_items_mapped(path: str, mapping: Mapping, instrument: Instrument, month: Month) -> None:
    """Raises Refusal unless the items in force all through a month are mapped, and none that is in force
    on no day of it."""
    problems = []
    mapped = mapping.mapped()
    for item in instrument.items:
        asked = in_force.asked(instrument, item, month)
        if asked and item.id not in mapped:
            problems.append(f"{path}, items: {item.id} is asked in {month} but not mapped to a column.")
        if asked is False and item.id in mapped:
            problems.append(f"{path}, items.{item.id}: this item is not in force in {month}.")
    if problems:
        raise Refusal(problems)


def fitted(raw: RawTable, mapping: Mapping, shown: str, source: str, waivers: Waivers) -> Mapping:
    """The mapping as it fits one export: columns that are gone and waived left out.

    Raises Refusal for drift: a mapped column is gone, an unknown one has come, or a wording has
    changed, and no waiver allows it.
    """
    if not raw.grid.columns:
        refuse_nameless(raw.grid, raw.layout.header_rows, len(raw.header))
    expected = mapping.heads()
    at = f"{raw.file}, row {max(raw.layout.header_rows, 1)}"
    if any(privacy.personal(head) for head in raw.header):
        raise Refusal(
            f"{at}: personal data stands where the heads should be; this row is a response. Export the file again with "
            f"its header row, or correct `header_rows` in {shown}."
        )
    gone = [head for head in expected if head not in raw.header]
    new = [head for head in raw.header if head not in expected]
    needed = _needed(mapping, set(gone))
    lost = [head for head in gone if waivers.find("missing_column", source, head) is None or head in needed]
    come = [head for head in new if waivers.find("new_column", source, head) is None]
    problems = [
        f"{at}: column {head!r} is gone{_renamed(head, new)}. If the survey changed, change {shown}."
        for head in lost[:_TOLD]
    ]
    problems += [
        f"{at}: column {head!r} is new. Map it in {shown}, or list it under `ignore`." for head in come[:_TOLD]
    ]
    problems += [
        f"{at}: {len(heads) - _TOLD:,} more columns are {what}."
        for heads, what in ((lost, "gone"), (come, "new"))
        if len(heads) > _TOLD
    ]
    for column in raw.layout.columns:
        wanted = mapping.questions.get(column.name)
        if (
            wanted is not None
            and wanted != column.question
            and not waivers.find("changed_wording", source, column.name)
        ):
            problems.append(
                f"{at}: the wording of column {column.name!r} is {column.question!r}, where {shown} has {wanted!r}. "
                "If it is the same question still, change [questions]; if not, it is a new item."
            )
    if problems:
        raise Refusal(problems)
    return _without(mapping, set(gone)) if gone else mapping


def _needed(mapping: Mapping, gone: set[str]) -> set[str]:
    """Columns without which no row can be admitted: of a branch's several, one must be left."""
    fields = mapping.columns.given().items()
    either = set(mapping.columns.either)
    return {head for field, head in fields if field in (*_REQUIRED, "invited", "weight")} | {
        *mapping.columns.together, *mapping.leave_out, *(either if either <= gone else ()),
    }  # fmt: skip


def _renamed(head: str, new: list[str]) -> str:
    """', perhaps now …' where a new column looks like it."""
    close = difflib.get_close_matches(head, new, n=1, cutoff=_ALIKE)
    return f", perhaps now {close[0]!r}" if close else ""


def _without(mapping: Mapping, gone: set[str]) -> Mapping:
    columns = mapping.columns.without(gone)
    left = {item: tuple(head for head in mapping.item_heads(item) if head not in gone) for item in mapping.items}
    items = {item: heads[0] if isinstance(mapping.items[item], str) else heads for item, heads in left.items() if heads}
    kept = {*items, *mapping.constants}
    choice = {name: some for name, one in mapping.choice.items() if (some := one.without(gone))}
    return replace(
        mapping,
        columns=columns,
        items=items,
        choice=choice,
        ignore=tuple(head for head in mapping.ignore if head not in gone),
        item_labels={item: name for item, name in mapping.item_labels.items() if item in kept},
        item_missing={item: states for item, states in mapping.item_missing.items() if item in kept},
        reversed=tuple(item for item in mapping.reversed if item in kept),
        questions={head: text for head, text in mapping.questions.items() if head not in gone},
        pseudonymous=tuple(field for field in mapping.pseudonymous if field in columns.told()),
    )
