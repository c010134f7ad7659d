"""Why a row is not accepted: every reason, once, with what to do about it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

FAULT_SCHEMA = {"row": pl.UInt32, "column": pl.String, "value": pl.String, "reason": pl.String}

# reason -> what the operator can do. {known} is filled with what would have been right.
FIXES = {
    "ragged_row": "This record has another number of cells than the head; quote cells that hold a delimiter, and leave "
    "nothing beside the last head.",
    "left_out": "No response, as [leave_out] of the mapping says; nothing to do.",
    "missing_respondent": "Fill in the respondent number.",
    "shortened_number": "Excel has shortened this number, and other respondents have the same now; export again with "
    "the numbers as text.",
    "missing_branch": "Fill in the branch.",
    "missing_date": "Fill in the date.",
    "unreadable_date": "Write the date as the mapping says, {known}, or correct [dates] in the mapping.",
    "outside_period": "The day of service is not in this month (days are read like {known}); move the row to its own "
    "month, or correct [dates] in the mapping.",
    "not_in_force": "Not asked on the day of service, but {known}; correct the day, or the dates of the questionnaire.",
    "after_cutoff": "Answered after the month's cut-off; it enters with the next revision, once that is declared.",
    "answered_before_service": "The answer is dated before the service; correct one of the two dates.",
    "unknown_branch": "No branch has this id or alias; correct it, map it under [labels.branch], or add it to "
    "the branches file.{known}",
    "branch_not_open": "The branch was not open on the day of service; correct the branch or the date.",
    "unknown_division": "Not a division; known are {known}.",
    "missing_division": "This branch serves several divisions; fill in which one.",
    "division_not_served": "The branch did not serve this division on that day; correct one of the two.",
    "unreadable_number": "Write it as the mapping reads it: {known}.",
    "unreadable_weight": "Write the weight as a number with at most nine decimals.",
    "weight_not_positive": "A base weight must be over 0.",
    "impossible_duration": "A duration is from 0 seconds to 24 hours; correct it or leave it empty.",
    "unknown_label": "Not an answer the mapping knows; known are {known}.",
    "not_a_whole_number": "Write the answer as a whole number, or give its texts codes under [labels] in the mapping.",
    "outside_scale": "Outside the scale of the item, {known}.",
    "all_missing": "No item was answered; nothing to score.",
    "duplicate": "The same response stands in {known}; this one is not counted again.",
    "conflicting_duplicate": "The same respondent with other content stands in {known}; keep the right one.",
    "superseded": "Replaced by the re-sent row in {known}; nothing to do.",
    "unknown_choice": "Not an option the mapping knows; known are {known}.",
    "personal_data": "This cell holds personal data where an id should be; list its field under `pseudonymous` in the "
    "mapping, or correct the cell.",
    "contact_again": "The same contact was heard before, in {known}; a contact counts once in the months of the rule.",
    "not_negative": "A number of invitations is 0 or more.",
}

QUARANTINE_SCHEMA = {
    "instrument": pl.String,
    "file": pl.String,
    "row": pl.UInt32,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "fix": pl.String,
    "known": pl.String,
    "waived": pl.Boolean,
}
SHOWN = 60  # characters of a value


def none() -> pl.DataFrame:
    return pl.DataFrame(schema=FAULT_SCHEMA)


def at(rows: pl.Series, column: str, values: pl.Series | str, reason: str) -> pl.DataFrame:
    """One fault per row number in `rows`, in the form of FAULT_SCHEMA."""
    value = _same([values], [len(rows)]) if isinstance(values, str) else values
    return _listed(rows, [column], [reason], [value])


def of_rows(rows: pl.Series, found: Sequence[tuple[pl.Series, str, str, pl.Series]]) -> pl.DataFrame:
    """As `at`, of several faults together: (places in `rows` from 0, column, reason, values)."""
    if not found:
        return none()
    places, columns, reasons, values = zip(*found, strict=True)
    return _listed(rows[pl.concat(places)], columns, reasons, values)


def _listed(
    rows: pl.Series, columns: Sequence[str], reasons: Sequence[str], values: Sequence[pl.Series]
) -> pl.DataFrame:
    if not FIXES.keys() >= set(reasons):
        raise ValueError(f"no such reason among {reasons}")
    counts = [len(one) for one in values]
    value = pl.concat([one.cast(pl.String) for one in values]).rechunk()
    table = {
        "row": rows.cast(pl.UInt32),
        "column": _same(columns, counts),
        "value": value.fill_null("") if value.null_count() else value,
        "reason": _same(reasons, counts),
    }
    return pl.DataFrame([one.alias(name) for name, one in table.items()])


def _same(texts: Sequence[str], counts: Sequence[int]) -> pl.Series:
    """Each text so many times."""
    return pl.Series(texts, dtype=pl.String)[np.repeat(np.arange(len(counts)), counts)]


def shorten(text: str, limit: int = SHOWN) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
