"""csi: satisfaction-survey exports in, weighted CSI scores and branch scorecards out.

A month is made in five stages, each of which any person can run and stop at:

    admit      read every export, map it, keep what is right, quarantine the rest
    load       build one DuckDB file beside, from the accepted tables alone
    score      SQL: respondent -> totals -> estimates -> comparisons -> the score table
    report     score rows -> one page per branch and the headquarters pack, PDF
    publish    put the finished month in place, whole, or not at all

Python admits and prints; between the two stands SQL that an auditor can read in an
afternoon and run with nothing but the DuckDB command line.
"""

import os

# Read when Polars is loaded, thus first: for so long it keeps memory that is free, which the next batch asks for again.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:3000")

STAGES = ("admit", "load", "score", "report", "publish")
