-- What    Bases: how many respondents, and what they are worth.
-- Grain   cell, measure, statistic
-- Formula n = respondents with a value. kish = sum over parts of w2_p / (P w_p)^2: the variance of
--         the measure when one respondent's is 1. n_eff = 1 / kish; with one part Kish's
--         (sum w)^2 / sum w^2.  present = how many of the variables the measure should be made of;
--         a division that is heard of but no longer served takes away those it lacks.
CREATE TABLE base AS
WITH answered AS (
  SELECT m.cell, m.part, sum(t.n) AS n, sum(t.w) AS w, sum(t.w2) AS w2
  FROM response_total t JOIN member m USING (instrument, period, branch, division)
  GROUP BY ALL
),
part_base AS (
  SELECT cell, measure, statistic, part, parts, n, w, w2, 1 AS present
  FROM component WHERE measure <> 'index'
  UNION ALL
  SELECT i.cell, 'index', 'mean', i.part, i.parts, a.n, a.w, a.w2, i.present
  FROM (SELECT cell, part, parts, count(*) AS present FROM component WHERE measure = 'index' GROUP BY ALL) i
  JOIN answered a USING (cell, part)
)
SELECT b.cell, b.measure, b.statistic, sum(b.n) AS n,
       sum(CASE WHEN b.part = '' OR s.division IS NOT NULL THEN b.present
                ELSE b.present - CASE b.measure WHEN 'index' THEN f.factors ELSE 1 END END) AS present,
       CAST(sum(CAST(b.w2 / (CAST(b.parts * b.w AS DOUBLE) * (b.parts * b.w)) AS DECIMAL(38,24))) AS DOUBLE) AS kish
FROM part_base b
JOIN cell c USING (cell)
JOIN (SELECT instrument, count(*) AS factors FROM variable WHERE kind = 'factor' GROUP BY ALL) f USING (instrument)
LEFT JOIN served s ON (s.period, s.level, s.unit, s.division) = (c.period, c.level, c.unit, b.part)
GROUP BY ALL;

-- What    Every figure before anything is withheld.
-- Grain   cell, measure, statistic
-- Formula estimate = sum of the terms: exact, in units of 10^-24.
--         Below `ranked_from` responses the standard error uses the variance of one respondent
--         pooled over the branches, sum((n-1) v / kish) / sum(n-1), so that five equal answers do
--         not give an interval of width 0.
CREATE TABLE figure AS
WITH estimate AS (
  SELECT cell, measure, statistic, sum(term) AS estimate FROM component GROUP BY ALL
),
joined AS (
  SELECT c.instrument, c.window_id, c.period, c.level, c.unit, e.cell, e.measure, e.statistic, e.estimate,
         b.n, b.present, b.kish, CAST(v.variance AS DOUBLE) AS own_variance, v.df AS own_df
  FROM estimate e
  JOIN base b USING (cell, measure, statistic)
  JOIN variance v USING (cell, measure, statistic)
  JOIN cell c USING (cell)
),
pooled AS (
  SELECT instrument, window_id, period, measure, statistic,
         sum(CAST((n - 1) * own_variance / kish AS DECIMAL(38,20))) / nullif(sum(n - 1), 0) AS one,
         sum(n - 1) AS df
  FROM joined WHERE level = 'branch' GROUP BY ALL
)
SELECT j.*, 1 / kish AS n_eff,
       CASE WHEN n < getvariable('ranked_from') THEN p.one * kish ELSE own_variance END AS variance,
       CASE WHEN n < getvariable('ranked_from') THEN p.df ELSE own_df END AS df
FROM joined j
JOIN pooled p USING (instrument, window_id, period, measure, statistic);
