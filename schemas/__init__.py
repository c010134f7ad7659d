"""Contracts of the accepted tables (pandera) and the instruments that fill them."""

import sys

# pandera can make up tables, and loads hypothesis for that wherever it is installed: a tenth of what `csi check` takes
# for a small month. Here it finds none.
if "hypothesis" not in sys.modules:
    sys.modules["hypothesis"] = None  # type: ignore[assignment]
    import pandera.strategies.base_strategies  # noqa: F401

    del sys.modules["hypothesis"]
