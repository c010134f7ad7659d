"""How the words of the SQL templates are written for one instrument: its factors, their scores and shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

from pipeline.instrument import Factor, Instrument, Subfactor
from pipeline.measures import Term, counted, in_doubles, tenthousandths
from pipeline.shape import AS_IS, Shape
from pipeline.weighting import BRANCH_FIELDS

BRANCH_KEYS = ("branch", "division")
LISTED = 2000  # scores in a list that they are looked up in


def _of(field: str) -> str:
    """A field of a response with its table: p is where its branch is, t its sums."""
    return f"p.{field}" if field in (*BRANCH_FIELDS[1:], *AS_IS) else f"t.{field}"


def words(instrument: Instrument, shape: Shape, numbered: Sequence[Term]) -> dict[str, Any]:
    """How the words of the templates are written for one instrument."""
    parts = instrument.rule == "mean_of_dimensions"
    leaves = instrument.leaves
    leaf_ids = [one.id for one in leaves]
    own = instrument.rule == "respondent"
    subfactored = [one.id for one in instrument.factor if one.subfactor]
    pairs = list(combinations_with_replacement(leaf_ids, 2))
    summed = counted(instrument, shape.column)

    names = {one.number: one.variable for one in numbered}
    factors = [one for one in numbered if one.instrument == instrument.id and one.answer is None]
    held = {*leaf_ids, *(["index"] if own else [])}

    return {
        "instrument": instrument,
        "i": instrument.id,
        "parts": parts,
        "leaves": leaves,
        "leaf_pairs": list(combinations_with_replacement(leaves, 2)),
        "vars": [*leaf_ids, *subfactored, *(["index"] if own else [])],
        "made_of": {one.id: [leaf.id for leaf in one.subfactor] for one in instrument.factor if one.subfactor},
        "pairs": [*pairs, *([("index", "index")] if own else [])],
        "factor_terms": [(one.number, names[one.a], names[one.b]) for one in factors],
        "scores": [(one.number, names[one.a]) for one in factors if one.a == one.b and names[one.a] in held],
        "counted": summed,
        "all_packed": all(one.high is not None for one in summed),
        # With more keys and sets than branches, sums of items by set take longer than to read the responses again.
        "at_once": all(one.high is not None for one in summed) and shape.total_keys == BRANCH_KEYS,
        "in_doubles": in_doubles(instrument, shape.column),
        "own": own,
        "stratum": shape.joined([_of(one) for one in shape.strata]),
        "of": _of,
        "share_in_row": lambda leaf: _share_in_row(instrument, leaf),
        "added_in_row": lambda leaf: _added_in_row(instrument, leaf),
        "weights_in_row": lambda leaf: _weights_in_row(instrument, leaf),
        **_answers(instrument),
    }


def _present(weighed: Sequence[tuple[Factor | Subfactor, Sequence[str]]]) -> str:
    """The sum of the weights of what a respondent has. weighed: (factor, its leaves)."""
    there = '"x|{}" IS NOT NULL'
    terms = [
        f"CASE WHEN {' OR '.join(map(there.format, leaves))} THEN {tenthousandths(one)} ELSE 0 END"
        for one, leaves in weighed
    ]
    return f"({' + '.join(terms)})"


def _weights_in_row(instrument: Instrument, leaf: Factor | Subfactor) -> tuple[int, str]:
    """A leaf's share of the index of a respondent that has just these factors: a weight, and what it is of."""
    factor = next(one for one in instrument.factor if leaf in one.leaves)
    omega = _present([(one, [each.id for each in one.leaves]) for one in instrument.factor])
    if not factor.subfactor:
        return tenthousandths(factor), omega
    inner = _present([(one, [one.id]) for one in factor.subfactor])
    return tenthousandths(factor) * tenthousandths(leaf), f"{omega}::HUGEINT * {inner}"


def _share_in_row(instrument: Instrument, leaf: Factor | Subfactor) -> str:
    """What a unit of a factor score adds to that index, in points."""
    weight, of = _weights_in_row(instrument, leaf)
    share = f"100e0 * {weight} / CAST({of} AS DOUBLE) / {instrument.unit(leaf)}"
    return f'CASE WHEN "x|{leaf.id}" IS NOT NULL THEN {share} END'


def _added_in_row(instrument: Instrument, leaf: Factor | Subfactor) -> str:
    """What all of them add, as a respondent's own index is counted."""
    weight, of = _weights_in_row(instrument, leaf)
    return f'in_own({100 * weight}::HUGEINT * "x|{leaf.id}", {instrument.unit(leaf)}::HUGEINT * {of})'


@dataclass(frozen=True)
class Code:
    """How many answers a factor has and the sum of their steps, in one number. sum: in SQL. most: it is at most this.
    base: what an answer adds, beside its steps. score, rest: the macro for the score of such a number, and the rest of
    what it takes. listed: the scores of all such numbers are few enough for a list."""

    sum: str
    most: int
    base: int
    score: str
    rest: str
    listed: bool


def _answers(instrument: Instrument) -> dict[str, Any]:
    """The words of the respondent view."""
    places = {item.id: place for place, item in enumerate(instrument.items, start=1)}

    def code(factor: Factor | Subfactor) -> Code:
        """Answers counted from the lowest, stretched to the factor's common span."""
        span, count = instrument.span(factor), len(factor.item)
        base = span * count + 1
        most = (base + span) * count
        largest = most * instrument.shares(factor) if instrument.exact(factor) else 2 * most * instrument.unit(factor)
        whole = "SMALLINT" if largest <= 32_767 else "INTEGER" if largest < 2**31 else "BIGINT"
        terms, offset = [], 0
        for item in factor.item:
            scale = instrument.scale_of(item)
            times = span // scale.span
            none = times * scale.min - base
            term = f'"{item.id}"::{whole}' + (f" * {times}" if times > 1 else "")
            terms.append(f"greatest({term}, {none}::{whole})")  # which passes over NULL; none is below all answers
            offset -= none
        exact = instrument.exact(factor)
        of = (instrument.shares(factor),) if exact else (instrument.unit(factor), span)
        rest = ", ".join(map(str, (base, instrument.minimum_answered_percent, *of)))
        score = "score_if" if exact else "score_near"
        return Code(f"{' + '.join(terms)} + {offset}", most, base, score, rest, most <= LISTED)

    return {"code": code, "place": lambda factor: places[factor.item[0].id]}
