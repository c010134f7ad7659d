-- What    The rest of the covariances of step 85 where units share strata: what lies between parts, and between
--         a unit and the others of its strata.
-- Formula sum over strata h of k_h ( sum_p a_p b_p - sum_p a_p * sum_p t_p ): a the sums of the linearised
--         values of the figure here; b those of the figure there over the respondents here; t those there.
CREATE TEMP TABLE cross_covariance AS
WITH needed AS (SELECT figure FROM figure_of SEMI JOIN share_of USING (figure)),
crossing AS (
  SELECT p.* FROM beside p JOIN needed h ON h.figure = here JOIN needed t ON t.figure = there
  WHERE against IN ('region', 'network', 'previous') AND level IN (SELECT level FROM lined)
),
inside AS (
  SELECT p.here, p.there, o.sample, x.stratum, s.part, CAST(sum(CAST(s.c * (x.x - s.f * x.w) AS DECIMAL(38,22))) AS DOUBLE) AS l
  FROM crossing p
  JOIN share_of s ON s.figure = p.there
  JOIN wanted o ON o.window_no = p.window_no
  JOIN figure_domain r ON (r.unit_no, r.window_no, r.part) = (p.unit_no, p.window_no, s.part)
  JOIN line_total x ON (x.subpopulation, x.sample, x.term) = (r.subpopulation, o.sample, s.term)
  WHERE p.against <> 'region' OR (x.period, p.unit, p.there_unit) IN (SELECT (period, branch, region) FROM place)
  GROUP BY ALL
),
outside AS (SELECT figure, sample, stratum, sum(CAST(l AS DECIMAL(38,22))) AS l FROM line GROUP BY ALL),
summed AS (
  SELECT p.here, p.there, a.sample, a.stratum, sum(CAST(a.l * coalesce(b.l, 0) AS DECIMAL(38,22))) AS ab, sum(CAST(a.l AS DECIMAL(38,22))) AS a
  FROM crossing p
  JOIN line a ON a.figure = p.here
  LEFT JOIN inside b ON (b.here, b.there, b.sample, b.stratum, b.part) = (p.here, p.there, a.sample, a.stratum, a.part)
  GROUP BY ALL
),
crossed AS (
  SELECT s.here, s.there, CAST(sum(CAST(coalesce(h.k, 0) * (CAST(s.ab AS DOUBLE) - CAST(s.a AS DOUBLE) * CAST(t.l AS DOUBLE)) AS DECIMAL(38,22))) AS DOUBLE) AS cov
  FROM summed s
  JOIN outside t ON (t.figure, t.sample, t.stratum) = (s.there, s.sample, s.stratum)
  JOIN sampled h ON (h.sample, h.stratum) = (s.sample, s.stratum)
  GROUP BY ALL
)
SELECT pair, term, cov FROM crossed JOIN crossing USING (here, there);
