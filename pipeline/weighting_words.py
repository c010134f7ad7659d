"""A programme's weighting in one or two sentences, for the foot of its pages."""

from collections.abc import Callable

from pipeline.weighting import Weighting


def weighting_in_words(weighting: Weighting, language: str, gettext: Callable[[str], str]) -> str:
    sentences = [
        {
            "none": gettext("Every response counts once."),
            "column": gettext("Each response counts with its base weight."),
            "population": gettext("Each response counts as customers by responses of its cell."),
        }[weighting.base]
        if weighting.base != "none" or not weighting.solved
        else ""
    ]
    if weighting.tier:
        sentences.append(gettext("Weights are multiplied by a factor of the customer's tier."))
    if weighting.margin:
        margins = gettext(", ").join(one.id for one in weighting.margin)
        sentences.append(gettext("Weights are raked to the population by %(margins)s.") % {"margins": margins})
    if weighting.trim == "iqr":
        sentences.append(gettext("No weight is over the median and six interquartile ranges."))
    if weighting.trim == "bounds":
        bounds = {"low": weighting.low, "high": weighting.high}
        sentences.append(gettext("No weight is under %(low)s or over %(high)s of the mean weight.") % bounds)
    return ("" if language == "zh" else " ").join(one for one in sentences if one)
