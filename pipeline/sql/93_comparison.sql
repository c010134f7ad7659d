-- What    The comparison table as it is published, rounded once.
-- Grain   instrument, level, unit, measure, window, against
-- Formula better, worse: q <= 0.05 and the 95 % interval, which is for this difference alone, leaves out 0. Of a
--         family's words at most one in twenty is expected to be chance.
CREATE TEMP TABLE comparison AS
SELECT getvariable('period') AS period, instrument, level, unit, measure, "window", against,
       stored_exactly(reference) AS reference, stored_exactly(exact) AS difference, stored(se) AS se,
       CAST(whole(df) AS BIGINT) AS df, stored(low) AS low, stored(high) AS high,
       CASE WHEN q <= 0.05 AND stored(low) > 0 THEN 'better' WHEN q <= 0.05 AND stored(high) < 0 THEN 'worse'
            WHEN low IS NOT NULL THEN 'no_clear_difference' ELSE 'none' END AS verdict,
       stored_exactly(contribution) AS contribution, printed(stored_exactly(reference), points) AS printed_reference,
       printed(stored_exactly(exact), points) AS printed_difference,
       printed(low, points) AS printed_low, printed(high, points) AS printed_high,
       printed(stored_exactly(contribution), points) AS printed_contribution, p, q,
       CASE WHEN against = 'target' OR against LIKE 'bonus/%' THEN chance END AS chance,
       CAST(round(q, 3) AS DECIMAL(4,3)) AS printed_q,
       CAST(CASE WHEN against = 'target' OR against LIKE 'bonus/%' THEN round(100 * chance, 1) END AS DECIMAL(4,1)) AS printed_chance
FROM significance;
