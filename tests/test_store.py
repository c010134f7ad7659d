"""The rows of a month between reading and the accepted table: in memory or on disk, in any order."""

import random
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from intakes import MAPPING, Shop, admit, make
from pandera.errors import SchemaErrors

from pipeline import accepted, parts, store
from pipeline.admitted import Admitted
from pipeline.parts import Parts
from schemas import responses as contract

FULL = MAPPING.replace("[items]", 'duration_s = "time"\nverbatim = "意见"\n[items]')
ROWS = 300


def rows() -> list[dict[str, str]]:
    """Respondents in ascending order, with every soft flag among them."""
    return [
        {
            "respondent": f"N{place:04d}", "time": str(20 + place % 7 * 30), "q1": str(1 + place % 10),
            "意见": ("每个人都这样说，一模一样。", "", f"第{place}条意见，谁也没说过")[place % 3],
        }
        for place in range(ROWS)
    ]  # fmt: skip


def table(admitted: Admitted) -> bytes:
    return next(admitted.folder.rglob("responses/svc/*.parquet")).read_bytes()


def orders() -> dict[str, list[dict[str, str]]]:
    made = rows()
    mixed, twice = random.Random(5).sample(made, ROWS), [*made, made[7], {**made[9], "q2": "1"}]
    return {"ascending": made, "mixed": mixed, "repeated": twice}


@pytest.mark.parametrize("order", ["ascending", "mixed", "repeated"])
def test_the_same_bytes_from_memory_and_from_disk(order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make(tmp_path, FULL)
    shop.rows(*orders()[order])
    expected = admit(shop)
    found = expected.responses["svc"]
    assert found["respondent"].is_sorted()
    assert found.height == ROWS - (order == "repeated")  # of two with other content neither is accepted
    assert {word for one in found["flags"].drop_nulls() for word in one.split()} >= {"speeding", "identical_verbatim"}
    monkeypatch.setattr(store, "PART_ROWS", 40)
    for kept in (0, 3_000, 10**9):
        monkeypatch.setattr(parts, "KEPT", kept)
        again = admit(shop)
        assert table(again) == table(expected), kept
        assert again.quarantine.equals(expected.quarantine)


def test_the_order_of_the_rows_says_nothing(tmp_path: Path) -> None:
    found = []
    for name in ("ascending", "mixed"):
        shop = make(tmp_path / name, FULL)
        shop.rows(*orders()[name])
        found.append(admit(shop).responses["svc"].drop("row"))
    assert found[0].equals(found[1])


def resent(folder: Path) -> Shop:
    shop = make(folder, FULL, source="resend = true")
    made = rows()
    shop.rows(*made[:200], name="export_1.csv")
    shop.rows(*({**one, "q3": "3"} for one in made[100:]), {"respondent": "N0001", "q1": "99"}, name="export_2.csv")
    return shop


def test_a_resent_file_is_the_same_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = resent(tmp_path)
    expected = admit(shop)
    assert expected.reasons == {"superseded": 101, "outside_scale": 1}
    monkeypatch.setattr(store, "PART_ROWS", 40)
    monkeypatch.setattr(parts, "KEPT", 0)
    again = admit(shop)
    assert table(again) == table(expected)
    assert again.changes.equals(expected.changes)
    assert [(one.accepted, one.quarantined, one.superseded) for one in again.files] == [
        (one.accepted, one.quarantined, one.superseded) for one in expected.files
    ]


@pytest.mark.parametrize(
    ("keys", "ascending"),
    [
        ([["a", "b"], ["c"]], True), ([["a", "b"], ["b"]], False), ([["a", "c"], ["b"]], False), ([["b", "a"]], False),
        ([["a", "a"]], False), ([["a"], ["b"], ["c"]], True), ([["10"], ["9"]], True), ([["9"], ["10"]], False),
        ([], True), ([["b"], ["a"], ["c"]], False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kept", [0, 1000])
def test_parts_know_whether_their_keys_ascend(
    keys: list[list[str]], ascending: bool, kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "KEPT", kept)
    made = Parts(tmp_path, {"key": pl.String, "n": pl.Int8}, "key")
    for some in keys:
        made.add(pl.DataFrame({"key": some, "n": range(len(some))}, schema={"key": pl.String, "n": pl.Int8}))
    assert made.ascending == ascending
    assert made.lazy().collect()["key"].to_list() == [one for some in keys for one in some]
    assert made.in_memory == (kept > 0 or not keys)
    assert pl.read_parquet(made.files())["key"].to_list() == [one for some in keys for one in some]


SAME: dict[str, Any] = {
    "key": "",
    "none": None,
    "text": "PC",
    "weight": Decimal("1.5"),
    "n": 7,
    "day": date(2025, 10, 5),
}


@pytest.mark.parametrize("kept", [0, 1000])
@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ([{}, {}, {}], {"none", "text", "weight", "n", "day"}),
        ([{}, {}, {"text": "CV"}], {"none", "weight", "n", "day"}),
        ([{}, {"n": None}, {"none": "x", "weight": Decimal(1)}], {"text", "day"}),
        ([{"text": None, "day": None}] * 3, {"none", "text", "weight", "n", "day"}),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_parts_give_back_what_all_rows_say(
    changes: list[dict[str, Any]], same: set[str], size: int, kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "KEPT", kept)
    texts = dict.fromkeys(("none", "key", "text"), pl.String)
    types = {**texts, "weight": pl.Decimal(18, 9), "n": pl.Int8, "day": pl.Date}
    rows = pl.DataFrame([SAME | {"key": f"{place}"} | one for place, one in enumerate(changes)], schema=types)
    made = Parts(tmp_path, types, "key")
    for start in range(0, rows.height, size):
        made.add(rows[start : start + size])
    assert made.same() == {one: rows[one][0] for one in same}
    assert made.lazy().collect().equals(rows)
    assert made.lazy().collect().schema == rows.schema
    assert pl.read_parquet(made.files()).equals(rows)


def test_an_enum_of_one_text_is_written_as_the_text(tmp_path: Path) -> None:
    rows = pl.LazyFrame({"n": range(300_000)})
    plain = rows.with_columns(none=pl.lit(None, pl.String), one=pl.lit("PC"))
    coded = rows.with_columns(none=pl.lit(None, pl.Enum([])), one=pl.lit("PC", pl.Enum(["PC"])))
    for name, table in (("plain", plain), ("coded", coded)):
        accepted.write_responses(table, tmp_path / name)
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "coded").read_bytes()
    assert pl.read_parquet(tmp_path / "coded").equals(plain.collect())


# ── the last door ────────────────────────────────────────────────────────────────────────

TYPES = contract.columns({"q1": (1, 10), "q2": (0, 2)}, [], [])
RULES = contract.rules({"q1": (1, 10), "q2": (0, 2)}, date(2025, 10, 1), date(2025, 10, 31), datetime(2025, 11, 10))
GOOD: dict[str, Any] = {
    "respondent": "R", "branch": "B", "division": "PC", "serviced_on": date(2025, 10, 5),
    "answered_at": datetime(2025, 10, 6), "duration_s": 60, "weight": Decimal(1), "q1": 8, "q2": None, "row": 2,
}  # fmt: skip


def frame(*changes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([GOOD | {"row": place} | one for place, one in enumerate(changes, start=2)], schema=TYPES)


def test_what_keeps_the_contract_passes() -> None:
    rows = frame({}, {"q1": None, "duration_s": None, "division": None}, {"q1": 1, "q2": 2})
    contract.responses(TYPES, RULES).validate(rows, lazy=True)
    contract.responses(TYPES, RULES).validate(rows.clear(), lazy=True)


@pytest.mark.parametrize(
    "fault",
    [
        {"q1": 11}, {"q1": 0}, {"q2": -1}, {"q2": 3}, {"serviced_on": date(2025, 9, 30)}, {"duration_s": -1},
        {"serviced_on": date(2025, 11, 1)}, {"answered_at": datetime(2025, 11, 10)}, {"duration_s": 86_401},
        {"weight": Decimal(0)}, *({name: None} for name in contract.REQUIRED),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_the_number_of_its_row_and_nothing_else_of_it(fault: dict[str, Any]) -> None:
    with pytest.raises(SchemaErrors) as caught:
        contract.responses(TYPES, RULES).validate(frame({}, fault, {}, {"verbatim": "private"}, fault), lazy=True)
    assert caught.value.failure_cases["failure_case"].to_list() == ["3", "6"]
    assert "private" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["type", "order", "more", "fewer"])
def test_other_columns_or_types_do_not_pass(wrong: str) -> None:
    rows = frame({})
    changed = {
        "type": rows.cast({"q1": pl.Int16}),
        "order": rows.select(reversed(rows.columns)),
        "more": rows.with_columns(more=1),
        "fewer": rows.drop("q2"),
    }[wrong]
    with pytest.raises(SchemaErrors, match="expected the columns"):
        contract.responses(TYPES, RULES).validate(changed, lazy=True)
