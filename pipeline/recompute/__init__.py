"""The figures of a month, worked out a second time: from single responses, in whole fractions.

Written for an auditor to read beside pipeline/sql, and sharing nothing with it. The SQL works on sums
per branch; here every formula is the one of the textbook, response by response, and every number is a
`Fraction` until the moment it is stored. Only square roots, Student's t and Wilson's interval are floats.

    case          what is scored: definitions, branches, responses
    months        windows and the days of a month
    rounding      whole-number sums; rounding half away from zero
    answers       one response: its values from 0 to 100
    measures      what a measure is made of, and its weights
    places        branches over time: in which unit a response counts
    survey        an instrument's responses: weights, strata, samples
    calibration   residuals on the margins that weights were raked to
    figure        estimate, base, linearised values, variance
    intervals     Student's t, Wilson, Welch
    tails         tails of the normal distribution and Student's t; the range of normal numbers
    scores        rows of the score table
    contributions what each factor adds to the difference of an index
    comparisons   rows of the comparison table
    families      Benjamini and Hochberg's q
    side_by_side  rank sets, groups, standing; reliability, empirical Bayes, funnel limits
    change        the change of an index, split into what branches did and how they weigh
    bridges       figures of an older questionnaire on the scale of the next
    agreement     whether published rows are these
    month         a whole month: any row of the tables, and which rows there must be
    tables        a case read from a published month's accepted tables
"""
