-- What    Covariance of a figure with one it shares respondents with: of a unit it is part of, or of a window that overlaps.
--         Parts of figures are summed; see the next step for what is between them.
-- Formula cov = sum over a and b of c_a(here) c_b(there) S(x_a - f_a(here) d_a, x_b - f_b(there) d_b), S over the
--         respondents that both have: so many are common.
CREATE TEMP TABLE sharing AS
WITH ending AS (SELECT DISTINCT instrument, window_id, period, window_no FROM wanted)
SELECT row_number() OVER () AS pair, r.instrument, r.level, r.unit, r.window_id, r.against, h.window_no AS window_here, t.window_no AS window_there,
       a.subpopulation, x.domain AS here, y.domain AS there
FROM reference r
JOIN ending h ON (h.instrument, h.window_id, h.period) = (r.instrument, r.window_id, getvariable('period'))
JOIN ending t ON (t.instrument, t.window_id, t.period) = (r.instrument, r.window_id, r.there_period)
JOIN reported a ON (a.instrument, a.level, a.unit) = (r.instrument, r.level, r.unit)
JOIN reported b ON (b.instrument, b.level, b.unit, b.part) = (r.instrument, r.there_level, r.there_unit, a.part)
JOIN window_domain x ON (x.subpopulation, x.window_no) = (a.subpopulation, h.window_no)
JOIN window_domain y ON (y.subpopulation, y.window_no) = (b.subpopulation, t.window_no)
WHERE r.against IN ('region', 'network', 'previous');

CREATE TEMP TABLE common AS
WITH home AS (SELECT p.period, p.branch FROM place p JOIN place n USING (branch, region) WHERE n.period = getvariable('period'))
SELECT pair, here AS domain FROM sharing WHERE against = 'network'
UNION ALL
SELECT s.pair, m.domain
FROM sharing s JOIN wanted o ON o.window_no = s.window_here JOIN month_domain m USING (subpopulation, sample)
LEFT JOIN wanted t ON t.window_no = s.window_there AND t.sample = o.sample
LEFT JOIN home p ON p.period = o.member AND p.branch = s.unit
WHERE CASE s.against WHEN 'previous' THEN t.sample WHEN 'region' THEN o.sample * (p.branch IS NOT NULL)::INTEGER END > 0;

INSERT INTO covariance
WITH crossed AS (
  SELECT pair, p.figure, whole_sum(p.c * q.c * gap(p.f, q.f, ww, CASE WHEN turned THEN xw ELSE wx END, CASE WHEN turned THEN wx ELSE xw END, xx, size), 1e22) AS cov
  FROM common JOIN sharing USING (pair) JOIN domain_sum USING (domain)
  JOIN (SELECT term, a, b, size, false AS turned FROM term UNION ALL SELECT term, b, a, size, true FROM term WHERE a <> b) t USING (term)
  JOIN coefficient p ON p.domain = here AND p.term = t.a
  JOIN coefficient q ON q.domain = there AND q.term = t.b AND q.figure = p.figure
  GROUP BY pair, p.figure
),
counted AS (SELECT pair, term AS figure, sum(n) AS common FROM common JOIN domain_sum USING (domain) JOIN term USING (term) WHERE a = b AND answer IS NULL GROUP BY pair, term)
SELECT s.instrument, s.level, s.unit, window_id, against, t.measure, whole_sum(coalesce(cov, 0), 1e22), sum(coalesce(common, 0))
FROM sharing s JOIN term t ON t.instrument = s.instrument AND t.a = t.b AND t.answer IS NULL
LEFT JOIN crossed c ON c.pair = s.pair AND c.figure = t.term
LEFT JOIN counted n ON n.pair = s.pair AND n.figure = t.term
WHERE s.pair IN (SELECT pair FROM common)
GROUP BY s.instrument, s.level, s.unit, window_id, against, t.measure;
