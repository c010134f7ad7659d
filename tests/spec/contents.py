"""All rules, in the order of docs/method.md."""

from tests.spec.answers import half, missing, rescaling, scales
from tests.spec.form import Kind

KINDS = (
    Kind(
        "Answers",
        """
        From what a customer ticked to points, and from the questions of a factor to a factor score.
        """,
        (rescaling.RULE, missing.RULE, half.RULE, scales.RULE),
    ),
)
