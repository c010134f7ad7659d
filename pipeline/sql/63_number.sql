-- What    Figures by number, which is faster than by name: the sums of their parts; and what those are made of whose
--         sums per stratum or category are needed.
-- Grain   numbered: a figure; share: figure, part, variable
-- Formula Of P parts: estimate = sum / P; kish = sum of w2 / w^2; the rest are sums.
--         present = of how many factors it is made. Of a mean over divisions, each must have them all: one that is
--         heard of (some factor has a score) and not served takes away as many as it should have.
CREATE TEMP TABLE numbered AS
WITH part AS (
  SELECT p.*, p.part <> '' AND s.division IS NULL AS unserved
  FROM part_figure p JOIN instrument i ON i.instrument = p.instrument AND i.rule = 'mean_of_dimensions'
  LEFT JOIN served s ON s.period = p.period AND s.level = p.level AND s.unit = p.unit AND s.division = p.part
),
heard AS (SELECT instrument, window_id, period, level, unit, part FROM part WHERE measure = 'index' AND unserved),
unserved AS (SELECT instrument, window_id, period, level, unit, count(*) AS parts FROM heard GROUP BY ALL)
SELECT row_number() OVER () AS figure, *
FROM (
  SELECT instrument, window_id, period, level, unit, measure, statistic, 1 AS parts, CAST(n AS BIGINT) AS n, estimate, df, present,
         w2 / (w * w) AS kish, variance
  FROM part_figure JOIN instrument i USING (instrument) WHERE i.rule <> 'mean_of_dimensions'
  UNION ALL
  SELECT p.instrument, p.window_id, p.period, p.level, p.unit, p.measure, p.statistic, count(*), CAST(sum(p.n) AS BIGINT), sum(p.estimate) // count(*), sum(p.df),
         sum(p.present) - any_value(m.whole) * (coalesce(any_value(u.parts), 0) + count(*) FILTER (p.unserved AND h.part IS NULL)),
         sum_of_parts(p.w2 / (p.w * p.w)), sum_of_parts(p.variance)
  FROM part p
  JOIN measure m ON m.instrument = p.instrument AND m.measure = p.measure AND m.statistic = p.statistic
  LEFT JOIN heard h ON (h.instrument, h.window_id, h.period, h.level, h.unit, h.part)
                     = (p.instrument, p.window_id, p.period, p.level, p.unit, p.part)
  LEFT JOIN unserved u ON (u.instrument, u.window_id, u.period, u.level, u.unit) = (p.instrument, p.window_id, p.period, p.level, p.unit)
  GROUP BY p.instrument, p.window_id, p.period, p.level, p.unit, p.measure, p.statistic);

CREATE TEMP TABLE share AS
SELECT n.figure, n.parts, s.* FROM share_of s JOIN numbered n USING (instrument, window_id, period, level, unit, measure, statistic);
