"""A questionnaire, and each of its items, is asked from one day to another."""

from pathlib import Path

import polars as pl
import pytest
from intakes import INSTRUMENT, ITEMS, MAPPING, Shop, admit, faults, index, make, refused, stored

from pipeline.__main__ import main

DATES = "valid_from = 2000-01-01"
OTHER = INSTRUMENT.replace('id = "svc"', 'id = "old"')
SECOND = """
[[source]]
id = "old"
role = "responses"
instrument = "old"
files = "old*"
mapping = "mappings/src.toml"
"""
Q6 = '{ id = "q6", text'


def shop(folder: Path, dates: str = DATES, item: str = "", mapping: str = MAPPING) -> Shop:
    """dates: of the instrument; item: of q6."""
    text = INSTRUMENT.replace(DATES, dates)
    assert Q6 in text
    return make(folder, mapping, definition=text.replace(Q6, f'{{ {item}id = "q6", text'))


def two(folder: Path, old: str, new: str) -> Shop:
    """The instruments old and svc with their dates."""
    made = make(folder, definition=INSTRUMENT.replace(DATES, new), sources=SECOND)
    made.replace("programme.toml", '["svc"]', '["old", "svc"]')
    return made.file("instruments/old.toml", OTHER.replace(DATES, old))


def row(respondent: str, day: str, **answers: str) -> dict[str, str]:
    return {"respondent": respondent, "serviced_on": f"2025-{day}", "answered_at": f"2025-{day} 12:00:00"} | answers


# ── the questionnaire ────────────────────────────────────────────────────────────────────


def test_one_questionnaire_follows_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither month misses the other's exports, and none has figures of the other."""
    made = two(tmp_path, f"{DATES}\nvalid_to = 2025-09-30", "valid_from = 2025-10-01")
    made.rows(row("A", "09-05"), name="old.csv", month="2025-09")
    made.rows(row("B", "10-05"), name="export.csv", month="2025-10")
    for month, mine in (("2025-09", "old"), ("2025-10", "svc")):
        assert main(["score", "--programme", str(made.folder), "--period", month]) == 0
        scores = pl.read_parquet(made.out / "score" / month / "scores.parquet")
        assert set(scores["instrument"]) == {mine}
        assert set(pl.read_parquet(made.out / "score" / month / "comparisons.parquet")["instrument"]) == {mine}
        out = capsys.readouterr().out
        assert f"\n{mine} " in out
        assert f"\n{'svc' if mine == 'old' else 'old'} " not in out
    assert main(["run", "--programme", str(made.folder), "--period", "2025-10"]) == 0


def test_a_file_of_a_questionnaire_that_is_not_asked_in_the_month(tmp_path: Path) -> None:
    made = two(tmp_path, f"{DATES}\nvalid_to = 2025-09-30", "valid_from = 2025-11-01")
    made.rows(row("A", "10-05"), name="old.csv")
    made.rows(row("B", "10-05"), name="export.csv")
    assert refused(made) == [
        "inbox/2025-10/old.csv: responses of old, which is in force from 2000-01-01 to 2025-09-30. Move the file out "
        "of the inbox, or correct the dates in old.toml.",
        "inbox/2025-10/export.csv: responses of svc, which is in force from 2025-11-01. Move the file out of the "
        "inbox, or correct the dates in svc.toml.",
        "2025-10: no instrument of programme.toml is in force in it.",
    ]


def test_responses_of_other_days_than_the_questionnaire_s(tmp_path: Path) -> None:
    made = shop(tmp_path, "valid_from = 2025-10-10\nvalid_to = 2025-10-20")
    made.rows(*(row(f"R{day}", f"10-{day}") for day in ("09", "10", "20", "21")))
    admitted = admit(made)
    assert faults(admitted) == [
        (2, "serviced_on", "2025-10-09", "not_in_force"), (5, "serviced_on", "2025-10-21", "not_in_force"),
    ]  # fmt: skip
    assert set(admitted.quarantine["fix"]) == {
        "Not asked on the day of service, but from 2025-10-10 to 2025-10-20; correct the day, or the dates of the "
        "questionnaire."
    }
    assert set(stored(admitted)) == {"R10", "R20"}


def test_a_month_after_the_last_one_keeps_contacts_out_of_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contact rule looks at months in which a questionnaire was not asked yet."""
    monkeypatch.setenv("CSI_KEY", "0" * 40)
    made = two(tmp_path, f"{DATES}\nvalid_to = 2025-09-30", "valid_from = 2025-10-01")
    made.replace("programme.toml", "[thresholds]", "[contact]\nmonths = 3\n[thresholds]")
    made.mapping(MAPPING.replace("[items]", 'contact = "phone"\n[items]'))
    made.rows(row("A", "09-05", phone="13800000000"), name="old.csv", month="2025-09")
    made.rows(row("B", "10-05", phone="13800000000"), name="export.csv", month="2025-10")
    assert main(["score", "--programme", str(made.folder), "--period", "2025-10"]) == 0
    assert index(made, "SH-001")[0] == 1


@pytest.mark.parametrize(
    ("dates", "item", "sentence"),
    [
        (f"{DATES}\nvalid_to = 1999-12-31", "", "valid_to: 1999-12-31 is before valid_from, 2000-01-01."),
        (DATES, "valid_from = 2025-02-01, valid_to = 2025-01-31, ",
         "item[3]: q6 has a valid_to before its valid_from, 2025-02-01."),
        (f"{DATES}\nvalid_to = 2024-12-31", "valid_from = 2025-01-01, valid_to = 2025-02-01, ",
         "item[3]: q6 is asked from 2025-01-01 to 2025-02-01, and svc from 2000-01-01 to 2024-12-31."),
    ],
)  # fmt: skip
def test_dates_that_contradict_one_another(
    dates: str, item: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = shop(tmp_path, dates, item)
    made.rows({})
    assert main(["check", "--programme", str(made.folder)]) == 1
    (problem,) = [one for one in capsys.readouterr().err.splitlines() if one]
    assert "instruments/svc.toml, line " in problem
    assert problem.endswith(sentence)


# ── its items ────────────────────────────────────────────────────────────────────────────

WITHOUT = MAPPING.replace('q6 = "q6"\n', "")


def test_an_item_that_is_asked_later_counts_as_not_asked(tmp_path: Path) -> None:
    """work is q4, q5 and q6: with one answered of the two that were asked it has a score, with one of three none."""
    made = shop(tmp_path, item="valid_from = 2025-11-01, ", mapping=WITHOUT)
    made.rows(row("A", "10-05", q4="10", q5=""))
    made.mapping(f'ignore = ["q6"]\n{WITHOUT}')
    admitted = admit(made)
    assert stored(admitted)["A"]["missing"] == "....bs"
    assert main(["score", "--programme", str(made.folder), "--period", "2025-10"]) == 0
    assert index(made, "SH-001")[1] == pytest.approx(60 * 7 / 9 + 40)


@pytest.mark.parametrize(("item", "mapping", "problem"), [
    ("valid_from = 2025-11-01, ", MAPPING, "mappings/src.toml, items.q6: this item is not in force in 2025-10."),
    ("valid_to = 2025-09-30, ", MAPPING, "mappings/src.toml, items.q6: this item is not in force in 2025-10."),
    ("valid_to = 2025-10-31, ", f'ignore = ["q6"]\n{WITHOUT}',
     "mappings/src.toml, items: q6 is asked in 2025-10 but not mapped to a column."),
])  # fmt: skip
def test_the_items_in_force_are_mapped_and_no_others(item: str, mapping: str, problem: str, tmp_path: Path) -> None:
    made = shop(tmp_path, item=item, mapping=mapping)
    made.rows(row("A", "10-05"))
    assert refused(made) == [problem]


def test_an_item_that_ends_within_the_month(tmp_path: Path) -> None:
    """Mapped or not, both are right; what was answered on a day it was not asked is no answer of it."""
    made = shop(tmp_path, item="valid_to = 2025-10-15, ")
    made.rows(
        row("A", "10-15", q6=""), row("B", "10-16", q6=""), row("C", "10-16", q6="9"), row("D", "10-16", q5="", q6=""),
        row("E", "10-15"),
    )  # fmt: skip
    admitted = admit(made)
    assert {name: one["missing"] for name, one in stored(admitted).items()} == {
        "A": None, "B": ".....s", "D": "....bs", "E": None,
    }  # fmt: skip
    assert faults(admitted) == [(4, "q6", "9", "not_in_force")]
    assert admitted.quarantine["fix"].item().startswith("Not asked on the day of service, but from 2000-01-01 to 2025-")
    made.mapping(f'ignore = ["q6"]\n{WITHOUT}')
    assert {one["missing"] for one in stored(admit(made)).values()} == {".....s", "....bs"}


def test_a_factor_of_which_no_item_is_asked_yet(tmp_path: Path) -> None:
    """All of a branch's index rests on the other factor, and is partial."""
    later = INSTRUMENT
    for item in ITEMS[3:]:
        later = later.replace(f'{{ id = "{item}"', f'{{ valid_from = 2025-11-01, id = "{item}"')
    kept = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(ITEMS[3:]))
    made = make(tmp_path, f'ignore = ["q4", "q5", "q6"]\n{kept}\n', definition=later)
    made.rows(row("A", "10-05"))
    assert main(["score", "--programme", str(made.folder), "--period", "2025-10"]) == 0
    assert index(made, "SH-001") == (1, pytest.approx(100 * 7 / 9))
