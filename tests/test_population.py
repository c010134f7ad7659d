"""population.csv: which row is in force, and every wrong cell with its row and column."""

from pathlib import Path

import pytest
from conftest import Network

from pipeline import hierarchy, instrument, population
from pipeline.month import Month
from pipeline.population import Population
from pipeline.refusal import Refusal
from tests.weighted import HEAD, margin, write

WEIGHTING = margin("tier", "tier") + margin("place", "region", "division")


def load(folder: Path, rows: list[str], weighting: str = WEIGHTING) -> Population:
    site = write(folder, weighting, rows)
    used = instrument.load(site)
    return population.load(site, used, set(hierarchy.load(site, used).branches["branch"]))


def test_what_is_in_force_on_the_last_day_of_a_month(tmp_path: Path) -> None:
    given = load(
        tmp_path,
        [
            "*,tier,1,,2025-09-30,10",
            "*,tier,1,2025-10-01,,20.5",
            "*,tier,2,2025-10-31,2025-10-31,5",
            "*,tier,3,2025-10-01,2025-10-30,7",
            "*,tier,,,,1",
            "china_csi_2005,tier,1,2025-12-01,,9",
        ],
    )
    of = {number: given.of("china_csi_2005", "tier", Month(2025, number)) for number in (9, 10, 11, 12)}
    assert of == {9: {"1": 10, "": 1}, 10: {"1": 20.5, "2": 5, "": 1}, 11: {"1": 20.5, "": 1}, 12: {"1": 9}}
    assert given.of("dealer_satisfaction", "tier", Month(2025, 12)) == {"1": 20.5, "": 1}
    assert given.of("china_csi_2005", "place", Month(2025, 10)) == {}


def test_a_slash_within_a_value_of_a_single_field(tmp_path: Path) -> None:
    given = load(tmp_path, ["*,tier,1/2,,,10", "*,place,NORTH/PC,,,3"])
    assert given.of("china_csi_2005", "tier", Month(2025, 10)) == {"1/2": 10}


MISTAKES = {
    "instrument": ("csi,tier,1,,,5", "instrument: 'csi' is not used; known are china_csi_2005, and * for all."),
    "margin": (
        "*,region,NORTH,,,5",
        "margin: 'region' is no margin that programme.toml weights by; known are tier, place."),
    "cells without that base": (
        "*,cells,NORTH,,,5", "margin: 'cells' is no margin that programme.toml weights by; known are tier, place."),
    "too few values": (
        "*,place,NORTH,,,5", "category: 'NORTH' has 1 values; write one for each of region, division, joined by /."),
    "region": (
        "*,place,EAST/PC,,,5", "category: 'EAST' is not a region of the programme. Correct it or add it there."),
    "division": (
        "*,place,NORTH/NEV,,,5", "category: 'NEV' is not a division of the programme. Correct it or add it there."),
    "no number": (
        "*,tier,1,,,many", "population: 'many' is not a number of customers. Write up to 15 digits: 1234."),
    "empty": ("*,tier,1,,,", "population: '' is not a number of customers. Write up to 15 digits: 1234."),
    "too long": (
        "*,tier,1,,,1234567890123456",
        "population: '1234567890123456' is not a number of customers. Write up to 15 digits: 1234.",
    ),
    "negative": ("*,tier,1,,,-1", "population: '-1' is not a number of customers. Write up to 15 digits: 1234."),
    "not finite": (
        "*,tier,1,,,NaN", "population: 'NaN' is not a number of customers. Write up to 15 digits: 1234."),
    "full-width digits": (
        "*,tier,1,,,１２", "population: '１２' is not a number of customers. Write up to 15 digits: 1234."),
    "date": ("*,tier,1,1.1.2025,,5", "valid_from: '1.1.2025' is not a date. Write it as 2025-10-31."),
    "dates the wrong way round": (
        "*,tier,1,2025-02-01,2025-01-01,5", "valid_to: 2025-01-01 is before valid_from, 2025-02-01."),
    "overlap": ("*,tier,9,2030-01-01,,5", "valid_from: overlaps with the same category in row 2."),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_population_csv(name: str, tmp_path: Path) -> None:
    row, sentence = MISTAKES[name]
    with pytest.raises(Refusal) as refused:
        load(tmp_path, ["*,tier,9,,,5", row])
    assert refused.value.problems == (f"population.csv, row 3, column {sentence}",)


def test_a_population_that_nothing_asks_for(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        load(tmp_path, ["*,tier,9,,,5"], "")
    assert refused.value.problems == (
        "population.csv, row 2, column margin: 'tier' is no margin that programme.toml weights by; programme.toml asks "
        "for none.",
    )


def test_other_columns(tmp_path: Path) -> None:
    site = write(tmp_path, WEIGHTING, ["*,tier,9,,,5"])
    path = tmp_path / "population.csv"
    path.write_text(path.read_text().replace("category", "kategorie"))
    with pytest.raises(Refusal) as refused:
        population.load(site, instrument.load(site), set())
    assert refused.value.problems == (
        "population.csv, row 1: the columns are instrument, margin, kategorie, valid_from, valid_to, population; "
        f"expected {HEAD.replace(',', ', ')}, in this order.",
    )
    path.unlink()
    with pytest.raises(Refusal, match=r"there is no such file, but programme\.toml names it"):
        population.load(site, instrument.load(site), set())


def test_cells_and_strata_are_asked_for(small: Network) -> None:
    from pipeline import programme

    small.replace(
        "programme.toml",
        '[weighting]\nbase = "none"',
        '[design]\nstrata = []\nfinite = true\n[weighting]\nbase = "population"\ncells = ["region"]',
    ).replace("programme.toml", 'targets = "targets.csv"', 'targets = "targets.csv"\npopulation = "population.csv"')
    (small.folder / "population.csv").write_text(f"{HEAD}\n*,cells,NORTH,,,5\n*,strata,,,,7\n*,strata,x,,,7\n")
    site = programme.load(small.folder)
    with pytest.raises(Refusal) as refused:
        population.load(site, instrument.load(site), set())
    assert refused.value.problems == (
        "population.csv, row 4, column category: 'x'; leave it empty, all customers are one stratum.",
    )
