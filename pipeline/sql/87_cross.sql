-- What    The rest of those covariances where units share strata: what lies between parts, and between
--         a unit and the others of its strata.
-- Formula sum over strata h of k_h ( sum_p a_p b_p - sum_p a_p * sum_p t_p ): a the sums of the linearised
--         values of the figure here; b those of the figure there over the respondents here; t those there.
CREATE TABLE cross_covariance AS
WITH pair AS (
  SELECT * FROM reference WHERE against IN ('region', 'network', 'previous') AND level IN (SELECT DISTINCT level FROM line_total)
),
beside AS MATERIALIZED (  -- of the measures that are compared
  SELECT s.* FROM share_of s JOIN measure m ON m.instrument = s.instrument AND m.measure = s.measure AND m.statistic = s.statistic
  WHERE m.kind = 'index' OR m.kind = 'factor' AND s.window_id = 'month'
),
lines AS MATERIALIZED (SELECT l.* FROM line l SEMI JOIN beside USING (instrument, window_id, period, level, unit, measure, statistic)),
here AS MATERIALIZED (SELECT * FROM lines WHERE period = getvariable('period')),
inside AS (
  SELECT r.instrument, r.level, r.unit, r.window_id, r.against, s.measure, x.period AS member, x.stratum, s.part,
         CAST(sum(CAST(s.c * (x.x - s.f * x.w) AS DECIMAL(38,22))) AS DOUBLE) AS l
  FROM pair r
  JOIN beside s ON s.instrument = r.instrument AND s.window_id = r.window_id AND s.period = r.there_period
                 AND s.level = r.there_level AND s.unit = r.there_unit
  JOIN line_total x ON x.instrument = r.instrument AND x.level = r.level AND x.unit = r.unit AND x.part = s.part AND x.variable = s.variable
  JOIN wanted o ON o.instrument = r.instrument AND o.window_id = r.window_id AND o.back = 0 AND o.member = x.period
  WHERE r.against <> 'region' OR (x.period, r.unit, r.there_unit) IN (SELECT (period, branch, region) FROM place)
  GROUP BY ALL
),
outside AS (
  SELECT instrument, window_id, period, level, unit, measure, member, stratum, sum(CAST(l AS DECIMAL(38,22))) AS l FROM lines GROUP BY ALL
),
summed AS (
  SELECT r.*, a.measure, a.member, a.stratum,
         sum(CAST(a.l * coalesce(b.l, 0) AS DECIMAL(38,22))) AS ab, sum(CAST(a.l AS DECIMAL(38,22))) AS a
  FROM pair r
  JOIN here a USING (instrument, level, unit, window_id)
  LEFT JOIN inside b ON (b.instrument, b.level, b.unit, b.window_id, b.against, b.measure, b.member, b.stratum, b.part)
                      = (a.instrument, a.level, a.unit, a.window_id, r.against, a.measure, a.member, a.stratum, a.part)
  GROUP BY ALL
)
SELECT s.instrument, s.level, s.unit, s.window_id, s.against, s.measure,
       CAST(sum(CAST(coalesce(h.k, 0) * (CAST(s.ab AS DOUBLE) - CAST(s.a AS DOUBLE) * CAST(t.l AS DOUBLE)) AS DECIMAL(38,22))) AS DOUBLE) AS cov
FROM summed s
JOIN outside t ON (t.instrument, t.window_id, t.period, t.level, t.unit, t.measure, t.member, t.stratum)
                = (s.instrument, s.window_id, s.there_period, s.there_level, s.there_unit, s.measure, s.member, s.stratum)
JOIN stratum h ON h.instrument = s.instrument AND h.period = s.member AND h.stratum = s.stratum
GROUP BY ALL;
