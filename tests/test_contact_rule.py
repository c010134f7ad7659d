"""The contact rule: whoever was heard is not counted again for some months, and is only ever a code."""

from pathlib import Path

import pytest
from intakes import KEY, MAPPING, Shop, admit, faults, index, make

from pipeline.__main__ import main

WITH_CONTACT = MAPPING.replace("[items]", 'contact = "手机"\n[items]')
RULE = "[contact]\nmonths = 6\n"
PHONE, OTHER = "13800138000", "13900139000"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSI_KEY", KEY)


def heard(respondent: str, day: str, phone: str = PHONE, answered: str = "", q: str = "8") -> dict[str, str]:
    answers = dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q6"), q)
    return {
        "respondent": respondent,
        "serviced_on": day,
        "answered_at": answered or f"{day} 20:00:00",
        "手机": phone,
    } | answers


def counted(shop: Shop, month: str, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """(respondents that count, (row, reason) of the quarantine) of a month, by `csi score`."""
    import polars as pl

    status = main(["score", "--programme", str(shop.folder), "--period", month])
    assert status == 0, capsys.readouterr().err
    place = shop.out / "score" / month
    listed = pl.read_csv(place / "quarantine.csv", infer_schema=False)
    accepted = pl.read_parquet(place / "accepted" / "responses" / "svc" / f"{month}.parquet")
    return accepted["respondent"].to_list(), listed.select("row", "reason").rows()


# ── within a month ───────────────────────────────────────────────────────────────────────


def test_the_first_in_a_month_counts_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(
        heard("late", "2025-10-20"),
        heard("first", "2025-10-05"),
        heard("mid", "2025-10-07", "+86 138-0013-8000"),
        heard("other", "2025-10-08", OTHER),
        heard("none", "2025-10-08", ""),
        heard("also none", "2025-10-09", " "),
    )
    admitted = admit(shop)
    assert admitted.responses["svc"]["respondent"].to_list() == ["also none", "first", "none", "other"]
    assert [(row, column, reason) for row, column, _, reason in faults(admitted)] == [
        (2, "手机", "contact_again"),
        (4, "手机", "contact_again"),
    ]
    assert not set("0123456789abcdef") & set("".join(value for _, _, value, _ in faults(admitted)))


def test_on_one_day_the_earlier_answer_counts_and_then_the_earlier_row(tmp_path: Path) -> None:
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(
        heard("b", "2025-10-05", answered="2025-10-06 09:00:00"),
        heard("a", "2025-10-05", answered="2025-10-06 08:00:00"),
        heard("c", "2025-10-05", OTHER, "2025-10-06 08:00:00"),
        heard("d", "2025-10-05", OTHER, "2025-10-06 08:00:00"),
    )
    assert admit(shop).responses["svc"]["respondent"].to_list() == ["a", "c"]


def test_a_response_that_is_not_accepted_was_not_heard(tmp_path: Path) -> None:
    """The first of the two has a fault: the second one is the only word there is."""
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(heard("bad", "2025-10-05", q="11"), heard("good", "2025-10-07"))
    admitted = admit(shop)
    assert admitted.responses["svc"]["respondent"].to_list() == ["good"]
    assert {reason for _, _, _, reason in faults(admitted)} == {"outside_scale"}


def test_without_a_rule_nobody_is_left_out(tmp_path: Path) -> None:
    shop = make(tmp_path, WITH_CONTACT)
    shop.rows(heard("a", "2025-10-05"), heard("b", "2025-10-05"))
    assert admit(shop).accepted() == 2


def test_without_a_key_there_is_a_note_and_no_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CSI_KEY")
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(heard("a", "2025-10-05"), heard("b", "2025-10-06"))
    admitted = admit(shop)
    assert admitted.accepted() == 2
    assert admitted.responses["svc"]["contact"].to_list() == [None, None]
    (note,) = admitted.notes
    assert "CSI_KEY" in note
    assert "contact rule" in note


# ── over months ──────────────────────────────────────────────────────────────────────────


def test_months_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(heard("x", "2025-04-15", q="2"), heard("v", "2025-04-30", "13700000003"), month="2025-04")
    shop.rows(heard("w", "2025-05-20", OTHER), month="2025-05")
    shop.rows(
        heard("y14", "2025-10-14"),
        heard("y15", "2025-10-15", "13700000001"),
        heard("z", "2025-10-31", OTHER),
        heard("v2", "2025-10-29", "13700000003"),
        heard("v3", "2025-10-30", "13700000003"),
        heard("new", "2025-10-01", "13700000002"),
    )
    respondents, listed = counted(shop, "2025-10", capsys)
    # 14 October is a day less than six months after 15 April; v2 too, and v3 comes a day after v2.
    assert respondents == ["new", "y15"]
    assert listed == [("2", "contact_again"), ("4", "contact_again"), ("5", "contact_again"), ("6", "contact_again")]
    assert index(shop, "SH-001") == (2, pytest.approx(100 * 7 / 9))


HEARD_AGAIN = (  # before, now, whether it counts
    ("2025-04-15", "2025-10-15", True),
    ("2025-04-16", "2025-10-15", False),
    ("2025-04-01", "2025-10-01", True),
    ("2025-04-30", "2025-10-31", True),
    ("2025-04-30", "2025-10-30", True),
    ("2025-04-30", "2025-10-29", False),
    ("2025-09-30", "2025-10-01", False),
    ("2025-03-31", "2025-10-01", True),
)


def test_exactly_six_months_later_it_counts_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    for month in sorted({before[:7] for before, _, _ in HEARD_AGAIN}):
        told = enumerate(before for before, _, _ in HEARD_AGAIN)
        shop.rows(*(heard(f"r{n}", day, f"1370000000{n}") for n, day in told if day[:7] == month), month=month)
    now = [heard(f"r{n}", day, f"1370000000{n}") for n, (_, day, _) in enumerate(HEARD_AGAIN)]
    shop.rows(*now, heard("other", "2025-10-15", OTHER))
    respondents, listed = counted(shop, "2025-10", capsys)
    assert respondents == ["other", *(f"r{n}" for n, (*_, counts) in enumerate(HEARD_AGAIN) if counts)]
    assert listed == [
        (str(row), "contact_again") for row, (*_, counts) in enumerate(HEARD_AGAIN, start=2) if not counts
    ]


def test_a_chain_every_word_counts_as_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """March counts, June does not, and October not either: June was heard, counted or not."""
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    for month in ("2025-03", "2025-06", "2025-10"):
        shop.rows(heard("it", f"{month}-10"), heard("other", f"{month}-10", f"1370000{month[-2:]}00"), month=month)
    assert counted(shop, "2025-10", capsys)[0] == ["other"]
    assert counted(shop, "2025-06", capsys)[0] == ["other"]
    assert counted(shop, "2025-03", capsys)[0] == ["it", "other"]
    # what a month counts does not hang on the order in which months are made
    assert counted(shop, "2025-10", capsys)[0] == ["other"]


def test_the_trend_holds_the_months_before_as_the_rule_leaves_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(heard("a", "2025-08-10", q="10"), month="2025-08")
    shop.rows(heard("a", "2025-09-10", q="1"), heard("b", "2025-09-11", OTHER, q="10"), month="2025-09")
    shop.rows(heard("c", "2025-10-10", "13700000009", q="10"))
    counted(shop, "2025-10", capsys)
    import polars as pl

    scores = pl.read_csv(shop.out / "score" / "2025-10" / "scores.csv", infer_schema=False)
    own = scores.filter(
        (pl.col("unit") == "SH-001")
        & (pl.col("measure") == "index")
        & (pl.col("statistic") == "mean")
        & (pl.col("window") == "month")
        & (pl.col("level") == "branch")
    )
    assert {
        one["period"]: (one["n"], float(one["estimate"])) for one in own.iter_rows(named=True) if one["n"] != "0"
    } == {
        "2025-08": ("1", 100),
        "2025-09": ("1", 100),
        "2025-10": ("1", 100),
    }


def test_a_corrected_month_before_is_looked_at_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(heard("a", "2025-09-10"), month="2025-09")
    shop.rows(heard("b", "2025-10-10"), heard("c", "2025-10-10", OTHER))
    assert counted(shop, "2025-10", capsys)[0] == ["c"]
    shop.rows(heard("a", "2025-09-10", OTHER), month="2025-09")
    assert counted(shop, "2025-10", capsys)[0] == ["b"]


def test_another_key_is_another_month(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept of earlier months under the old key must not hide who was heard."""
    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    shop.rows(heard("a", "2025-09-10"), month="2025-09")
    shop.rows(heard("b", "2025-10-10"), heard("c", "2025-10-10", OTHER))
    assert counted(shop, "2025-10", capsys)[0] == ["c"]
    monkeypatch.setenv("CSI_KEY", KEY[::-1])
    assert counted(shop, "2025-10", capsys)[0] == ["c"]


def test_a_contact_stands_in_no_output_but_as_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from test_seeded_privacy import everything

    shop = make(tmp_path, WITH_CONTACT, tables=RULE)
    spellings = [
        "13812345678",
        "+86 13812345678",
        "138-1234-5678",
        "138 1234 5678",
        "１３８１２３４５６７８",
        "0086-13812345678",
    ]
    shop.rows(heard("a", "2025-09-10", "13812345678"), month="2025-09")
    shop.rows(*(heard(f"b{n}", "2025-10-10", one) for n, one in enumerate(spellings)), heard("c", "2025-10-10", OTHER))
    assert counted(shop, "2025-10", capsys)[0] == ["c"]
    assert main(["check", "--programme", str(shop.folder), "--period", "2025-10"]) == 0
    captured = capsys.readouterr()
    code = admit(shop).responses["svc"]["contact"].drop_nulls().to_list()
    assert len(code) == 2
    found = False
    for place, text in [("stdout", captured.out), ("stderr", captured.err), *everything(shop.out)]:
        digits = "".join(one for one in text if one not in " -+()\0")
        assert "13812345678" not in digits, place
        assert not [one for one in (*spellings, OTHER) if one in text], place
        found |= any(one in text for one in code)
    assert found, "the code is there where it is needed"
