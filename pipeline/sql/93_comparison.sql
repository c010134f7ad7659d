-- What    The comparison table as it is published, rounded once.
-- Grain   instrument, level, unit, measure, window, against
CREATE TABLE comparison AS
SELECT getvariable('period') AS period, c.instrument, c.level, c.unit, c.measure, c."window", c.against,
       stored_exactly(c.reference) AS reference, stored_exactly(c.exact) AS difference, stored(c.se) AS se,
       CAST(whole(c.df) AS BIGINT) AS df, stored(c.low) AS low, stored(c.high) AS high,
       CASE WHEN stored(c.low) > 0 THEN 'better' WHEN stored(c.high) < 0 THEN 'worse'
            WHEN c.low IS NOT NULL THEN 'no_clear_difference' ELSE 'none' END AS verdict,
       stored_exactly(c.contribution) AS contribution, printed(stored_exactly(c.reference), c.points) AS printed_reference,
       printed(stored_exactly(c.exact), c.points) AS printed_difference,
       printed(c.low, c.points) AS printed_low, printed(c.high, c.points) AS printed_high,
       printed(stored_exactly(c.contribution), c.points) AS printed_contribution, s.p, s.q,
       CASE WHEN c.against = 'target' OR c.against LIKE 'bonus/%' THEN s.chance END AS chance,
       CAST(round(s.q, 3) AS DECIMAL(4,3)) AS printed_q,
       CAST(CASE WHEN c.against = 'target' OR c.against LIKE 'bonus/%' THEN round(100 * s.chance, 1) END AS DECIMAL(4,1)) AS printed_chance
FROM compared c
JOIN significance s USING (instrument, level, unit, measure, "window", against);
