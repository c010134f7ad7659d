"""The key of pseudonyms: where it may lie, and what a code tells and does not tell."""

import hashlib
import hmac
import os
import pickle
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_privacy import SEVEN_SPELLINGS

from pipeline import keys
from pipeline.keys import Key
from pipeline.refusal import Refusal
from tests.trials import tried

SECRET = "correct horse battery staple 0123456789"
KEY = Key(SECRET.encode())
OTHER = Key(SECRET[::-1].encode())
VARIABLE = "CSI_TEST_KEY"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    folder = tmp_path / "programme"
    folder.mkdir()
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A good key's file."""
    path = tmp_path / "key"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def refused(file: Path | str, programme: Path) -> str:
    with pytest.raises(Refusal) as caught:
        keys.load(VARIABLE, str(file), programme)
    (sentence,) = caught.value.problems
    return sentence


# ── where the key comes from ─────────────────────────────────────────────────────────────


def test_the_variable_before_the_file(file: Path, programme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"  {SECRET[::-1]}\n")
    assert keys.load(VARIABLE, str(file), programme) == OTHER


def test_the_file_without_a_variable(file: Path, programme: Path) -> None:
    assert keys.load(VARIABLE, str(file), programme) == KEY


def test_a_file_of_the_home_folder(file: Path, programme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(file.parent))
    assert keys.load(VARIABLE, "~/key", programme) == KEY


def test_a_relative_path_starts_at_the_programme(file: Path, programme: Path) -> None:
    assert keys.load(VARIABLE, f"../{file.name}", programme) == KEY


def test_neither_is_none(programme: Path, tmp_path: Path) -> None:
    assert keys.load(VARIABLE, str(tmp_path / "none" / "key"), programme) is None


def test_a_key_of_just_enough_characters(file: Path, programme: Path) -> None:
    file.write_text("a" * 32)
    assert keys.load(VARIABLE, str(file), programme) == Key(b"a" * 32)


# ── what is refused ──────────────────────────────────────────────────────────────────────

MAKE = "Make one with: openssl rand -hex 32"


@pytest.mark.parametrize("key", ["", "   ", "a" * 31, f"  {'a' * 31}  "])
def test_a_short_key(key: str, file: Path, programme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = f"the key has {len(key.strip())} characters, fewer than 32. {MAKE}"
    file.write_text(key)
    assert refused(file, programme) == f"{file}: {wrong}"
    monkeypatch.setenv(VARIABLE, key)
    assert refused(file, programme) == f"environment variable {VARIABLE}: {wrong}"


@pytest.mark.parametrize("key", ["密" * 32, "a" * 40 + "é", "a" * 20 + "\t" + "b" * 20, "a" * 32 + "\n" + "b" * 32])
def test_a_key_that_is_not_one_printable_line(key: str, file: Path, programme: Path) -> None:
    file.write_text(key, encoding="utf-8")
    assert refused(file, programme) == f"{file}: the key is not one line of printable ASCII characters. {MAKE}"


def test_a_key_that_is_too_long_is_not_cut(file: Path, programme: Path) -> None:
    file.write_text("a" * 4097)
    assert refused(file, programme) == f"{file}: the key is longer than 4096 characters. {MAKE}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777])
def test_a_file_others_may_use(mode: int, file: Path, programme: Path) -> None:
    file.chmod(mode)
    assert refused(file, programme) == f"{file}: other users may use the key's file. Run: chmod 600 '{file}'"


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_file_only_its_user_may_use(mode: int, file: Path, programme: Path) -> None:
    file.chmod(mode)
    assert keys.load(VARIABLE, str(file), programme) == KEY


def test_a_file_of_another_user(file: Path, programme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert refused(file, programme) == f"{file}: the key's file belongs to another user. Make a copy of your own."


def test_a_symbolic_link(file: Path, programme: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    assert refused(link, programme) == f"{link}: the key's file is a symbolic link. Put the file itself there."


def test_a_folder_and_a_pipe(tmp_path: Path, programme: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (tmp_path, pipe):
        assert refused(path, programme) == f"{path}: the key's file is not a plain file. Put a file in its place."


def test_a_file_that_cannot_be_reached(file: Path, programme: Path) -> None:
    below = file / "key"
    assert refused(below, programme) == (
        f"{below}: the key's file cannot be read (Not a directory). Correct the path or its rights."
    )


@pytest.mark.parametrize("way", ["key", "./key", "../programme/key", "keys/key"])
def test_a_file_in_the_programme(way: str, file: Path, programme: Path) -> None:
    (programme / "keys").symlink_to(file.parent)  # a way in that leads out again
    if way == "keys/key":
        assert keys.load(VARIABLE, way, programme) == KEY
        return
    file.rename(programme / "key")
    assert refused(way, programme) == (
        f"{programme / way}: the key's file is in the programme's folder, which others receive. "
        "Move it out, such as to ~/.config/csi/key."
    )


def test_a_linked_folder_that_leads_into_the_programme(file: Path, programme: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(programme)
    file.rename(programme / "key")
    assert "is in the programme's folder" in refused(tmp_path / "elsewhere" / "key", programme)


def test_no_home_folder(programme: Path) -> None:
    name = "~no-such-user-here/key"
    assert refused(name, programme) == f"{name}: there is no home folder here. Write the key's path without ~."


@pytest.mark.parametrize("key", [SECRET[:31], f"{SECRET}é", f"{SECRET}\t{SECRET}"])
def test_no_sentence_shows_the_key(key: str, file: Path, programme: Path) -> None:
    file.write_text(key, encoding="utf-8")
    assert "correct" not in refused(file, programme)


# ── the key itself ───────────────────────────────────────────────────────────────────────


def test_the_key_is_never_shown() -> None:
    fingerprint = hmac.new(SECRET.encode(), b"fingerprint of the key", hashlib.sha256).hexdigest()[:12]
    assert KEY.fingerprint == fingerprint
    for shown in (repr(KEY), str(KEY), f"{KEY}", repr([KEY])):
        assert shown.strip("[]") == f"Key(fingerprint='{fingerprint}')"
    assert OTHER.fingerprint != fingerprint


def test_the_key_is_frozen_and_goes_to_other_processes() -> None:
    with pytest.raises(AttributeError):
        KEY.secret = b"x" * 32  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(KEY)) == KEY


# ── codes ────────────────────────────────────────────────────────────────────────────────


def test_a_code_is_the_hmac_of_kind_and_text() -> None:
    wanted = hmac.new(SECRET.encode(), b"contact\x0013900006688", hashlib.sha256).hexdigest()[:32]
    assert KEY.code("contact", "13900006688") == wanted


def test_another_kind_or_key_gives_another_code() -> None:
    codes = {key.code(kind, "A-17") for key in (KEY, OTHER) for kind in ("contact", "respondent", "vehicle")}
    assert len(codes) == 6


def test_kind_and_text_do_not_run_into_each_other() -> None:
    assert KEY.code("a", "bc") != KEY.code("ab", "c")
    for kind in ("", "a\0b"):
        with pytest.raises(ValueError, match="no kind of text"):
            KEY.code(kind, "x")


@pytest.mark.parametrize(
    "spellings",
    [
        (*SEVEN_SPELLINGS, "8613900006688", "(139)0000-6688", "\u202d139 0000 6688\u202c", "139\u00a00000\u00a06688"),
        ("010-62345678", "(010) 6234 5678", "01062345678"),
        ("+852 9123-4567", "+85291234567"),
        ("11010119900307123x", "110101 19900307 123X"),
        ("京A12345", "京a·12345", "京A 12345", "京Ａ１２３４５"),
        ("Zhang@163.com", "zhang＠163.com ", "ZHANG@163.COM"),
        ("A-17", " a-17", "Ａ-17", "A\u200b-17"),
        ("李  雷", "李 雷 ", "李\u3000雷"),
    ],
)
def test_all_spellings_of_a_text_have_one_code(spellings: tuple[str, ...]) -> None:
    assert len({KEY.code("contact", one) for one in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1-23", "12-3"),
        ("20251031-1-12", "20251031-11-2"),
        ("a.b@example.com", "ab@example.com"),
        ("13900006688", "13900006689"),
        ("A 17", "A17"),
        ("8612345678901", "12345678901"),
    ],
)
def test_two_persons_never_become_one(one: str, other: str) -> None:
    assert KEY.code("respondent", one) != KEY.code("respondent", other)


@pytest.mark.parametrize("text", ["", "  ", "-", "--", "/", "\u200b", "。"])
def test_a_text_without_letter_or_digit_has_no_code(text: str) -> None:
    assert KEY.code("contact", text) == ""


def test_a_column_of_codes() -> None:
    texts = [None, "", "13900006688", "-", "139-0000-6688", "A-17", None]
    mobile = KEY.code("contact", "13900006688")
    found = KEY.codes("contact", pl.Series("phone", texts))
    assert found.to_list() == [None, None, mobile, None, mobile, KEY.code("contact", "A-17"), None]
    assert (found.name, found.dtype) == ("phone", pl.String)


@pytest.mark.parametrize("texts", [[], [None], [""], [None, "", None]])
def test_a_column_without_texts(texts: list[str | None]) -> None:
    found = KEY.codes("contact", pl.Series("phone", texts, dtype=pl.String))
    assert found.to_list() == [None] * len(texts)
    assert found.dtype == pl.String


@tried(100)
@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=8))
def test_a_column_has_the_codes_of_its_texts(texts: list[str | None]) -> None:
    wanted = [KEY.code("contact", one) or None if one else None for one in texts]
    assert KEY.codes("contact", pl.Series("x", texts, dtype=pl.String)).to_list() == wanted


@tried(100)
@given(st.text(max_size=20))
def test_what_is_the_same_stays_the_same(text: str) -> None:
    assert keys.same(keys.same(text)) == keys.same(text)


@tried(100)
@given(st.text(st.sampled_from("0123456789abcXYZ-. 京·+()"), max_size=14))
def test_a_code_is_32_hex_digits_without_the_text(text: str) -> None:
    code = KEY.code("contact", text)
    assert len(code) == (32 if any(map(str.isalnum, text)) else 0)
    assert set(code) <= set("0123456789abcdef")
