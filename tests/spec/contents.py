"""All rules, in the order of docs/method.md."""

from tests.spec.answers import half, missing, rescaling, scales
from tests.spec.bases import careless, flags, suppression
from tests.spec.comparisons import contribution, discovery, last_month, overlap, peers, region, target
from tests.spec.factors import branch_factors, mean_of_dimensions, partial, published_weights, subfactors
from tests.spec.form import Kind
from tests.spec.shares import boxes, nps, options, per_100, response_rate
from tests.spec.side_by_side import funnel, mix, rank_sets, ranks, reliability, shrunken
from tests.spec.spread import calibrated, composite, finite, interval, part, pooled, single, strata, wilson
from tests.spec.weights import base, kish, population, raking, tier, trimming
from tests.spec.windows import bridge, inheritance, places, windows

KINDS = (
    Kind(
        "Answers",
        """
        From what a customer ticked to points, and from the questions of a factor to a factor score.
        """,
        (rescaling, missing, half, scales),
    ),
    Kind(
        "Factors and index",
        """
        From factor scores to the index of a branch, a region, a division and the network. The rule is part of the questionnaire.
        """,
        (published_weights, partial, branch_factors, mean_of_dimensions, subfactors),
    ),
    Kind(
        "Shares and counts",
        """
        What else is reported of single questions.
        """,
        (boxes, nps, options, per_100, response_rate),
    ),
    Kind(
        "Weights",
        """
        What a response stands for: weight = base weight · tier factor · raking factor, trimmed. Weights are solved anew for
        each questionnaire and month.
        """,
        (base, kish, population, tier, raking, trimming),
    ),
    Kind(
        "Spread and intervals",
        """
        How far a figure may be off because other customers might have answered. Everything rests on the linearised value *u* of a
        response: by how much it moves the figure.
        """,
        (
            strata,
            composite,
            part,
            finite,
            single,
            pooled,
            interval,
            wilson,
            calibrated,
        ),
    ),
    Kind(
        "Bases",
        """
        What is shown, and what is not.
        """,
        (flags, suppression, careless),
    ),
    Kind(
        "Windows and places",
        """
        Which responses are a figure's: of which months, and of which branches.
        """,
        (windows, places, inheritance, bridge),
    ),
    Kind(
        "Comparisons",
        """
        A figure beside another, with the error of the difference. What is compared is the index in every window, and
        factors of the month.
        """,
        (
            last_month,
            region,
            peers,
            overlap,
            target,
            discovery,
            contribution,
        ),
    ),
    Kind(
        "Side by side",
        """
        What can be said of a unit only by looking at all units of its level.
        """,
        (ranks, rank_sets, reliability, shrunken, funnel, mix),
    ),
)
