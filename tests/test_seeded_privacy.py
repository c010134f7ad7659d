"""Known personal data laid into every kind of cell, and looked for in every byte that comes out."""

import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from intakes import KEY, MAPPING, ROW, Shop, make, table

from pipeline.__main__ import main

PHONES = {
    "plain": "13812345601",
    "hyphens": "138-1234-5602",
    "spaces": "138 1234 5603",
    "plus": "+8613812345604",
    "code and gaps": "0086 138-1234-5605",
    "wide": "１３８１２３４５６０６",
    "dots": "138.1234.5607",
}
CARDS = ["110105194912310011", "11010519491231002X"]
PLATES = ["沪A·98765", "粤B54321", "WJ沪4321B"]
MAILS = ["wang.xiaoming@example.com", "li-na+csi@mail.example.cn"]
ADDRESSES = ["203.0.113.77", "2001:db8::77ab"]
NAMES = ["欧阳隐名", "诸葛藏姓"]
OTHERS = [*CARDS, *PLATES, *MAILS, *ADDRESSES]
HEADS = {"contact": "手机号码", "verbatim": "意见", "vehicle": "车架号", "contract": "合同号", "segment": "客户级别"}
IGNORED = ["姓名", "来自IP", "邮箱"]
FULL = (
    "ignore = [" + ", ".join(f'"{one}"' for one in IGNORED) + "]\n"
    + MAPPING.replace("[items]", "".join(f'{key} = "{head}"\n' for key, head in HEADS.items()) + "[items]")
    + '[choice.reasons]\ncolumn = "原因"\nother_column = "原因说明"\n'
    + '[choice.reasons.labels]\n"价格" = "price"\n"速度" = "speed"\n'
)  # fmt: skip


def everything(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, text) of all that a reader of the files could find: bytes as text in three encodings, tables with
    their columns opened, archives unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        yield name, name
        yield from ((name, data.decode(one, "replace")) for one in ("utf-8", "gb18030", "utf-16-le"))
        if data.startswith(b"PAR1"):
            yield name, pl.read_parquet(path).select(pl.all().cast(pl.String)).write_csv()
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                yield from ((f"{name}/{one}", book.read(one).decode("utf-8", "replace")) for one in book.namelist())
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as warehouse:
                held = [one for (one,) in warehouse.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
                yield from ((f"{name}/{one}", str(warehouse.execute(f'FROM "{one}"').fetchall())) for one in held)


def leaks(secrets: Iterable[str], texts: Iterable[tuple[str, str]]) -> list[str]:
    """Where a secret is seen: as written, in NFKC, and numbers whatever stands between their digits."""
    found = set()
    forms = {one: {one, unicodedata.normalize("NFKC", one), one.replace("·", "")} for one in secrets}
    digits = {one: bare(one)[-11:] for one in secrets if len(bare(one)) >= 11}
    for place, text in dict.fromkeys(texts):
        for one, written in forms.items():
            if any(form in text for form in written):
                found.add(f"{place}: {one}")
        gathered = re.sub(r"(?<=\d)[ \-.·()]{1,2}(?=\d)", "", unicodedata.normalize("NFKC", text))
        found |= {f"{place}: {one} by its digits" for one, number in digits.items() if number in gathered}
    return sorted(found)


def bare(text: str) -> str:
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", text))


def called(
    shop: Shop, capsys: pytest.CaptureFixture[str], *commands: str, status: int | None = None
) -> list[tuple[str, str]]:
    """All that these commands say and leave."""
    said = []
    for command in commands:
        capsys.readouterr()
        found = main([command, "--programme", str(shop.folder), "--period", "2025-10"])
        captured = capsys.readouterr()
        said += [(f"{command} stdout", captured.out), (f"{command} stderr", captured.err)]
        assert "Traceback" not in captured.err
        assert status is None or found == status, captured.err
    return [*said, *everything(shop.out)]


def row(place: int, **cells: str) -> dict[str, str]:
    own = {"respondent": f"R{place}", **dict.fromkeys([*HEADS.values(), *IGNORED, "原因", "原因说明"], "")}
    return {**ROW, **own, **cells}


KEYED = pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without a key"])


def key(monkeypatch: pytest.MonkeyPatch, keyed: bool) -> None:
    monkeypatch.delenv("CSI_KEY", raising=False)
    if keyed:
        monkeypatch.setenv("CSI_KEY", KEY)


# ── every kind of cell ───────────────────────────────────────────────────────────────────


def test_the_search_itself_finds(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    pl.DataFrame({"a": ["打138 1234 5603吧"]}).write_parquet(tmp_path / ".hidden" / "x.parquet")
    (tmp_path / "y.csv").write_bytes("欧阳隐名".encode("gb18030"))
    assert leaks(["138 1234 5603", "13812345603", "欧阳隐名", "无"], everything(tmp_path)) == [
        ".hidden/x.parquet: 138 1234 5603", ".hidden/x.parquet: 138 1234 5603 by its digits",
        ".hidden/x.parquet: 13812345603 by its digits", "y.csv: 欧阳隐名",
    ]  # fmt: skip


@KEYED
def test_cells_that_are_ignored_coded_or_masked(
    keyed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ignored columns, contacts, pseudonymous ids, free text, text after an option: all accepted."""
    key(monkeypatch, keyed)
    pseudonymous = 'pseudonymous = ["respondent", "vehicle", "contract"]\n' if keyed else ""
    shop = make(tmp_path, pseudonymous + FULL, tables="[contact]\nmonths = 6\n")
    rows = []
    for place, one in enumerate([*PHONES.values(), *OTHERS], start=1):
        cells = {"姓名": NAMES[0], "来自IP": ADDRESSES[0], "邮箱": one, "意见": f"请联系{one}，谢谢"}
        if one in ADDRESSES:
            cells["意见"] = ""
        cells["原因"] = f"价格〖回电{PHONES['plain']}〗"
        cells["原因说明"] = cells["意见"]
        cells["手机号码"] = one
        if keyed:
            cells |= {"respondent": one, "车架号": one, "合同号": NAMES[1]}
        rows.append(row(place, **cells))
    shop.rows(*rows)
    texts = called(shop, capsys, "check", "score", status=0)
    assert leaks([*PHONES.values(), *OTHERS, *NAMES], texts) == []
    stored = pl.read_parquet(shop.out / "score/2025-10/accepted/responses/svc/2025-10.parquet")
    assert stored.height == len(rows)
    assert (stored["contact"].null_count() == 0) == keyed
    assert stored["verbatim"].drop_nulls().str.contains("〔.+〕").all()
    assert stored["reasons_other"].str.contains("^回电〔电话〕(; 请联系〔.+〕.*)?$").all()


SAID = {
    "微信号": "wang_xm77", "QQ": "876543219", "护照": "E87654321", "身份证": "110105491231002",
    "卡号": "6222021234567890128", "座机": "021-61234567", "邮箱": "wang.xm @ mail.example",
    "武警车": "WJ京1234X", "使馆车": "使014578", "驾校车": "京A5678学",
}  # fmt: skip


def test_what_only_free_text_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a comment, after an option, and in a comment that stands in the column of an answer."""
    shop = make(tmp_path, FULL)
    texts = [f"请联系{word}{one}，谢谢" for word, one in SAID.items()]
    good = [row(place, 意见=one, 原因=f"价格〖{one}〗", 原因说明=one) for place, one in enumerate(texts)]
    shop.rows(*good, *(row(100 + place, q1=one) for place, one in enumerate(texts)))
    assert leaks(SAID.values(), called(shop, capsys, "check", "score", status=0)) == []
    stored = pl.read_parquet(shop.out / "score/2025-10/accepted/responses/svc/2025-10.parquet")
    assert stored["verbatim"].str.contains("^请联系.*〔..〕,谢谢$").to_list() == [True] * len(SAID)


COLUMNS = ("respondent", "branch", "serviced_on", "answered_at", "q1", "q4", "原因", "车架号", "合同号", "客户级别")


def in_every_column(shop: Shop, seeds: list[str]) -> list[str]:
    """Each seed once in each column, of rows that are right otherwise; the reasons for which a row may stop."""
    places = [(column, one) for column in COLUMNS for one in seeds]
    shop.rows(*(row(place, **{column: one}) for place, (column, one) in enumerate(places)), row(9999))
    return [one for _, one in places]


@KEYED
def test_cells_in_the_wrong_column(
    keyed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Quarantined, and masked in everything that tells of it."""
    key(monkeypatch, keyed)
    shop = make(tmp_path, FULL, tables="[contact]\nmonths = 6\n")
    seeds = [*PHONES.values(), *CARDS, *PLATES, *MAILS]
    count = len(in_every_column(shop, seeds))
    assert leaks(seeds, called(shop, capsys, "check", "score", status=0)) == []
    listed = pl.read_csv(shop.out / "check/2025-10/quarantine.csv", infer_schema=False)
    assert listed["row"].n_unique() == count


def test_addresses_in_the_wrong_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An IP address is personal data like any other."""
    shop = make(tmp_path, FULL)
    in_every_column(shop, ADDRESSES)
    assert leaks(ADDRESSES, called(shop, capsys, "check", status=0)) == []


def test_cells_of_invitations_and_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    invited = '[[source]]\nid = "inv"\nrole = "invitations"\ninstrument = "svc"\nfiles = "inv*"\n'
    invited += 'mapping = "mappings/inv.toml"\n'
    shop = make(
        tmp_path,
        FULL + '[labels.segment]\n"金" = "gold"\n[item_labels]\nq2 = "w"\n[labels.w]\n"好" = 9\n',
        sources=invited,
    )
    shop.mapping('[columns]\nbranch = "b"\ninvited = "n"\n', "inv")
    seeds = [*PHONES.values(), *CARDS, *PLATES, *MAILS]
    shop.put(
        "inv.csv",
        table(["b", "n"], [["SH-001", "10"], *([one, "10"] for one in seeds), *(["BJ-002", one] for one in seeds)]),
    )
    shop.rows(*(row(place, 客户级别=one, q2=one) for place, one in enumerate(seeds)), row(99, q2="好"))
    assert leaks(seeds, called(shop, capsys, "check")) == []


# ── files that are sent again, and said twice ────────────────────────────────────────────


@KEYED
def test_people_who_answer_again_in_a_file_sent_again(
    keyed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Phone numbers and addresses as respondent ids: told as faults, and not as changes either."""
    key(monkeypatch, keyed)
    shop = make(tmp_path, FULL, source="resend = true")
    seeds = [*PHONES.values(), *CARDS, *PLATES, *MAILS]
    shop.rows(*(row(0, respondent=one) for one in seeds), row(1), name="export_1.csv")
    shop.rows(*(row(0, respondent=one, q1="3") for one in seeds[:-2]), row(1, q1="3"), name="export_2.csv")
    texts = called(shop, capsys, "check", "score", status=0)
    assert leaks(seeds, texts) == []


def test_coded_people_who_answer_twice_or_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key(monkeypatch, True)
    shop = make(
        tmp_path, 'pseudonymous = ["respondent"]\n' + FULL, source="resend = true", tables="[contact]\nmonths = 6\n"
    )
    seeds = [*PHONES.values(), *OTHERS]
    once = [row(0, respondent=one, 手机号码=one) for one in seeds]
    shop.rows(*once, name="export_1.csv")
    others, faulty = ({**one, "q1": "2"} for one in once[2:4]), ({**one, "q1": "11"} for one in once[6:])
    shop.rows(*once[:5], *once[:3], *others, *faulty,
              name="export_2.csv")  # fmt: skip
    assert leaks(seeds, called(shop, capsys, "check", "score", status=0)) == []


# ── errors on the way ────────────────────────────────────────────────────────────────────

SECRET, HIDDEN = "13812345699", "wang.xiaoming@example.com"


def test_an_export_without_its_heads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path, FULL)
    one = row(1, 手机号码=SECRET, 姓名=NAMES[0], respondent=HIDDEN)
    shop.put("export.csv", table(list(one.values()), [list(one.values())]))
    texts = called(shop, capsys, "check", "score", status=1)
    assert leaks([SECRET, HIDDEN, *NAMES], texts) == []


def test_an_export_without_its_heads_that_repeats_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The number is respondent and contact: as heads they would be the same twice."""
    shop = make(tmp_path, FULL)
    one = list(
        row(
            1, 手机号码=SECRET, 姓名=NAMES[0], respondent=SECRET, 邮箱=HIDDEN, 意见=HIDDEN, 原因="x", 车架号="y"
        ).values()
    )
    filled = [cell or f"z{place}" for place, cell in enumerate(one)]
    unlike = [cell if cell in (SECRET, HIDDEN, NAMES[0]) else f"{cell}{place}" for place, cell in enumerate(filled)]
    shop.put("export.csv", table(unlike, [unlike]))
    assert leaks([SECRET, HIDDEN, *NAMES], called(shop, capsys, "check", status=1)) == []


def test_header_rows_declared_too_deep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first response is taken for heads; where it is blank the real head shows through."""
    shop = make(tmp_path, "header_rows = 2\n" + FULL, source='tool = "plain"')
    shop.rows(row(1, 手机号码=SECRET, 姓名=NAMES[0], 邮箱=HIDDEN), row(2))
    assert leaks([SECRET, HIDDEN, *NAMES], called(shop, capsys, "check", status=1)) == []


def test_drift_and_ragged_and_unclosed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path, FULL)
    heads = list(row(1))
    cells = list(row(1, 手机号码=SECRET, 姓名=NAMES[0], 意见=HIDDEN).values())
    shop.put("export_drift.csv", table([*heads[:-1], "原因新"], [cells]))
    shop.put("export_quote.csv", table(heads, [cells]) + f'"{SECRET},{HIDDEN},{NAMES[0]}')
    assert leaks([SECRET, HIDDEN, *NAMES], called(shop, capsys, "check", status=1)) == []
    for path in (shop.folder / "inbox/2025-10").iterdir():
        path.unlink()
    shop.put("export.csv", table(heads, [cells, [*cells, SECRET, NAMES[0]], cells[:-3], list(row(2).values())]))
    assert leaks([SECRET, HIDDEN, *NAMES], called(shop, capsys, "check", "score", status=0)) == []


def correction(**keys: str) -> str:
    given = {"period": "2025-10", "source": "src", "respondent": "R1", "field": "q1", "expect": "8", "value": "9",
             "reason": "r", "provider": "p"} | keys  # fmt: skip
    return "[[correction]]\n" + "\n".join(f'{name} = "{text}"' for name, text in given.items() if text) + "\n"


@pytest.mark.parametrize(
    "keys",
    [
        {"field": "contact", "expect": "13700000000", "value": "13600000000"},
        {"field": "contact", "expect": SECRET, "value": HIDDEN},
        {"field": "verbatim", "expect": "x", "value": f"叫我{SECRET}"},
        {"field": "verbatim", "expect": f"叫我{SECRET}", "value": f"写信{HIDDEN}"},
        {"field": "branch", "expect": SECRET, "value": HIDDEN},
        {"respondent": SECRET}, {"respondent": SECRET, "expect": HIDDEN}, {"reason": f"他说{SECRET}"},
        {"field": "q1", "expect": SECRET}, {"field": "segment", "expect": "", "value": SECRET},
        {"respondent": SECRET, "nobody": HIDDEN},
    ],
)  # fmt: skip
def test_corrections_stale_wrong_and_right(
    keys: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key(monkeypatch, True)
    shop = make(tmp_path, FULL, top='corrections = "corrections.toml"')
    shop.file("corrections.toml", correction(**keys))
    shop.rows(row(1, 手机号码=SECRET, 意见=f"叫我{SECRET}", 姓名=NAMES[0]), row(2))
    assert leaks([SECRET, HIDDEN, *NAMES], called(shop, capsys, "check")) == []


@pytest.mark.parametrize("name", ["corrections.toml", "waivers.toml"])
@pytest.mark.parametrize("how", ["unclosed", "twice", "garbage"])
def test_files_of_rules_that_are_no_toml(
    name: str, how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make(tmp_path, FULL, top='corrections = "corrections.toml"\nwaivers = "waivers.toml"')
    shop.file("corrections.toml", "").file("waivers.toml", "")
    wrong = {
        "unclosed": f'what = "{SECRET}',
        "twice": f'a = "1"\na = "{SECRET}"',
        "garbage": f"{SECRET} {NAMES[0]} {HIDDEN}",
    }
    shop.file(name, f"[[x]]\n{wrong[how]}\n")
    shop.rows(row(1))
    assert leaks([SECRET, HIDDEN, *NAMES], called(shop, capsys, "check", status=1)) == []


@pytest.mark.parametrize("allow", ["unknown_branch", "new_column", "missing_column"])
def test_waivers_about_somebody(allow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Used or not, told or archived."""
    shop = make(tmp_path, FULL, top='waivers = "waivers.toml"')
    shop.file("waivers.toml", f'[[waiver]]\nperiod = "2025-10"\nsource = "src"\nallow = "{allow}"\nwhat = "{SECRET}"\n'
              f'reason = "{SECRET} {HIDDEN}"\nby = "b"\n')  # fmt: skip
    shop.rows(row(1), row(2, branch=SECRET))
    assert leaks([SECRET, HIDDEN], called(shop, capsys, "check", "score", status=0)) == []


def test_the_key_itself_is_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make(tmp_path, 'pseudonymous = ["respondent"]\n' + FULL)
    shop.rows(row(1, 手机号码=SECRET))
    key(monkeypatch, True)
    assert leaks([KEY], called(shop, capsys, "check", "score", status=0)) == []
    for wrong in ("tooshort-Zq9", f"{KEY}\u00e9{SECRET}"):
        monkeypatch.setenv("CSI_KEY", wrong)
        assert leaks([wrong, KEY], called(shop, capsys, "check", status=1)) == []


def test_nothing_is_left_of_a_month_that_stops_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run leaves when it fails after the rows were read."""
    from pipeline import store

    def stop(*_: object) -> None:
        raise RuntimeError("the disk is full")

    key(monkeypatch, True)
    shop = make(tmp_path, FULL, source="resend = true")
    shop.rows(row(1, respondent=SECRET, 意见=HIDDEN), row(2, 手机号码=SECRET))
    monkeypatch.setattr(store.Store, "write", stop)
    with pytest.raises(RuntimeError):
        main(["check", "--programme", str(shop.folder), "--period", "2025-10"])
    assert leaks([SECRET, HIDDEN], everything(shop.folder / "out")) == []


def test_rows_with_a_person_for_an_id_are_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written: not even to the scratch files of the run."""
    from pipeline import parts, store

    monkeypatch.setattr(parts, "KEPT", 0)
    seen: list[str] = []
    first = store.Store.close_intake

    def look(self: store.Store, *given: object) -> None:
        first(self, *given)  # type: ignore[arg-type]
        self._connection.execute("CHECKPOINT")
        seen.extend(leaks([*PHONES.values(), *OTHERS], list(everything(self._folder))))

    monkeypatch.setattr(store.Store, "close_intake", look)
    shop = make(tmp_path, FULL, source="resend = true")
    shop.rows(
        *(
            row(0, respondent=one, 意见=f"找{one}" if one not in ADDRESSES else "")
            for one in [*PHONES.values(), *OTHERS]
        ),
        row(1),
    )
    assert main(["check", "--programme", str(shop.folder), "--period", "2025-10"]) == 0
    assert seen == []


# ── names of files ───────────────────────────────────────────────────────────────────────


def test_a_number_in_the_name_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files keep their names and are told apart; lists and corrections may name them as they are."""
    correction = f"""[[correction]]
period = "2025-10"
source = "src"
file = "export 回访{PHONES["plain"]}.csv"
row = 2
field = "q1"
expect = "8"
value = "9"
reason = "误填"
provider = "李"
"""
    shop = make(tmp_path, top='corrections = "corrections.toml"', source='control = "sums.txt"')
    shop.file("corrections.toml", correction)
    names = [f"export 回访{PHONES[one]}.csv" for one in ("hyphens", "plain")]
    paths = [shop.rows({"respondent": name[-6:-4]}, {"branch": "XX-9"}, name=name) for name in names]
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    shop.put("sums.txt", "".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    seen = called(shop, capsys, "check", "score", status=0)
    assert leaks(PHONES.values(), seen) == []
    run = json.loads((shop.out / "score/2025-10/run.json").read_text("utf-8"))
    told = ["export 回访〔电话〕.csv", "export 回访〔电话〕 (2).csv"]
    assert {one["file"]: one["sha256"] for one in run["files"]} == dict(zip(told, sums.values(), strict=True))
    assert {run["inbox"][f"2025-10/{one}"] for one in told} == set(sums.values())
    assert [one["file"] for one in run["corrections"]] == told[1:]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted([*names, "sums.txt"])
    monkeypatch.chdir(shop.folder)
    assert main(["inspect", str(paths[1])]) == 0
    assert leaks(PHONES.values(), [("inspect", capsys.readouterr().out)]) == []
    assert [path.name for path in shop.folder.glob("*.mapping.toml")] == ["export 回访〔电话〕 (2).mapping.toml"]
