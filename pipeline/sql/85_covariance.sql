-- What    Covariance of a figure with one it shares respondents with: of a unit it is part of, or of a window that overlaps.
--         Parts of figures are summed; see the next step for what is between them.
-- Formula cov = sum over a and b of c_a(here) c_b(there) S(x_a - f_a(here) d_a, x_b - f_b(there) d_b), S over the
--         respondents that both have: so many are common.
CREATE TEMP TABLE sharing AS
SELECT row_number() OVER () AS shared, r.pair, r.instrument, r.unit, r.against, r.window_no, r.there_window_no, x.subpopulation, x.domain AS here, y.domain AS there
FROM reference r
JOIN figure_domain x ON (x.unit_no, x.window_no) = (r.unit_no, r.window_no)
JOIN figure_domain y ON (y.unit_no, y.window_no, y.part) = (r.there_unit_no, r.there_window_no, x.part)
WHERE r.against IN ('region', 'network', 'previous');

CREATE TEMP TABLE common AS
WITH home AS (SELECT p.period, p.branch FROM place p JOIN place n USING (branch, region) WHERE n.period = getvariable('period'))
SELECT shared, here AS domain FROM sharing WHERE against = 'network'
UNION ALL
SELECT s.shared, m.domain
FROM sharing s JOIN wanted o ON o.window_no = s.window_no JOIN month_domain m USING (subpopulation, sample)
LEFT JOIN wanted t ON t.window_no = s.there_window_no AND t.sample = o.sample
LEFT JOIN home p ON p.period = o.member AND p.branch = s.unit
WHERE CASE s.against WHEN 'previous' THEN t.sample WHEN 'region' THEN o.sample * (p.branch IS NOT NULL)::INTEGER END > 0;

INSERT INTO covariance
WITH crossed AS (
  SELECT shared, p.figure AS term, whole_sum(p.c * q.c * gap(p.f, q.f, ww, CASE WHEN turned THEN xw ELSE wx END, CASE WHEN turned THEN wx ELSE xw END, xx, size), 1e22) AS cov
  FROM common JOIN sharing USING (shared) JOIN domain_sum USING (domain)
  JOIN (SELECT term, a, b, size, false AS turned FROM term UNION ALL SELECT term, b, a, size, true FROM term WHERE a <> b) t USING (term)
  JOIN coefficient p ON p.domain = here AND p.term = t.a
  JOIN coefficient q ON q.domain = there AND q.term = t.b AND q.figure = p.figure
  GROUP BY shared, p.figure
),
counted AS (SELECT shared, term, sum(n) AS common FROM common JOIN domain_sum USING (domain) JOIN term USING (term) WHERE a = b AND answer IS NULL GROUP BY shared, term)
SELECT s.pair, t.term, whole_sum(coalesce(cov, 0), 1e22), sum(coalesce(common, 0))
FROM sharing s JOIN term t ON t.instrument = s.instrument AND t.a = t.b AND t.answer IS NULL
LEFT JOIN crossed USING (shared, term)
LEFT JOIN counted USING (shared, term)
WHERE shared IN (SELECT shared FROM common)
GROUP BY s.pair, t.term;
