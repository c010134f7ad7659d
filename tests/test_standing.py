"""Ranks within a group: those of the network's clear differences, counted among the group alone."""

import random

from tests.steps import SQL, run, table
from tests.test_ranks import network, pair_by_pair, tables


def test_ranges_within_a_group_are_counted_by_the_clear_differences_of_all() -> None:
    units = network(40, seed=7)
    rng = random.Random(7)
    homes = {unit: rng.choice(("N", "S")) for unit, *_ in units}
    figures, scores = tables(units)
    for row, (_, estimate, _, _) in zip(scores, units, strict=True):
        row["estimate"] = estimate
    with run("94_rank", figure=figures, score=scores) as connection:
        connection.execute("CREATE TABLE place (period VARCHAR, branch VARCHAR, region VARCHAR)")
        connection.execute("CREATE TABLE peer_group (period VARCHAR, branch VARCHAR, peers VARCHAR)")
        connection.executemany("INSERT INTO place VALUES ('2025-10', ?, ?)", list(homes.items()))
        connection.executemany("INSERT INTO peer_group VALUES ('2025-10', ?, ?)", [(one, "") for one in homes])
        (r,) = connection.execute("SELECT r FROM range_point").fetchall()[0]
        connection.execute((SQL / "97_standing.sql").read_text(encoding="utf-8"))
        found = table(connection, "standing", "within", "branch")
    assert {within for within, _ in found} == {"network", "region"}, "no peers are declared"
    whole = pair_by_pair(units, r / 2**0.5)
    for unit, (low, high, _) in whole.items():
        row = found["network", unit]
        assert (row["rank_low"], row["rank_high"], row["ranked"]) == (low, high, 40)
    for home in ("N", "S"):
        inside = [unit for unit in units if homes[unit[0]] == home]
        for unit, (low, high, _) in pair_by_pair(inside, r / 2**0.5).items():
            row = found["region", unit]
            estimate = next(one[1] for one in inside if one[0] == unit)
            assert row["rank"] == 1 + sum(one[1] > estimate for one in inside)
            assert (row["rank_low"], row["rank_high"], row["ranked"]) == (low, high, len(inside))
