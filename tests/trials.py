"""How many generated cases a property is tried on: the same ones each time, more of them with `make test TRIALS=10`."""

import os

from hypothesis import HealthCheck, Phase, settings

TRIALS = float(os.environ.get("TRIALS") or "1")


def tried(examples: int) -> settings:
    """examples: without TRIALS. A failing case is told as it was found: to make it smaller would take minutes."""
    return settings(
        max_examples=max(1, round(examples * TRIALS)), derandomize=True, deadline=None, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
