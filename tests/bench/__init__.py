"""Measures of time and memory, each beside a floor of the same rounds."""

import pipeline  # noqa: F401  # first, as the product has it: it says how Polars keeps its memory
