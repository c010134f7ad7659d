-- What    The normal distribution and Student's t, which DuckDB lacks. list_transform([v], lambda x: f(x))[1] is
--         f(v) with v worked out once.
CREATE MACRO squared(x) AS x * x;
-- A sum whose order is no matter: terms are cut to 18 decimals before they are summed.
CREATE MACRO exact_sum(x) AS by_digits(sum(CAST(x AS DECIMAL(38,18))));

-- P(Z > x), x >= 0. With z = x it is (1 / 2 pi) times the integral over all u of z exp(-(z^2 + u^2) / 2) / (z^2 + u^2):
-- the midpoint rule with steps of 0.7, and what the pole at u = iz adds. Relative error below 1e-13.
-- Source  Hunter and Regan (1972), Mathematics of Computation 26, 539-541.
CREATE MACRO normal_tail(x) AS list_transform([x], lambda z:
  0.7e0 / pi() * z * exp(z * z / -2)
  * list_reduce(range(12, 0, -1), lambda sum, k: sum
      + exp(squared(0.7e0 * k - 0.35e0) / -2) / (squared(0.7e0 * k - 0.35e0) + z * z), 0e0)
  + CASE WHEN z < 9 THEN 1 / (1 + exp(2 * pi() * z / 0.7e0)) ELSE 0 END)[1];
CREATE MACRO normal_density(z) AS exp(z * z / -2) / sqrt(2 * pi());
CREATE MACRO normal_cdf(z) AS CASE WHEN z > 0 THEN 1 - normal_tail(z) ELSE normal_tail(-z) END;

-- P(|T| > |t|), df >= 1 and real: with y = df / (df + t^2) and a = df / 2 the incomplete beta function I_y(a, 1/2)
--   = sum over k = 0..19 of y^(a+k) sqrt(1 - y) Gamma(a + k + 1/2) / (Gamma(a + k + 1) sqrt(pi)) + I_y(a + 20, 1/2).
-- The last is the tail at df + 40 and the same y; there Hill's normal deviate w + ..., w^2 = -(df + 39.5) log y, is
-- as exact as the numbers are. Error below 1e-12.
-- Source  Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.5.16;
--         Hill (1970), Algorithm 395, Communications of the ACM 13, 617-619.
CREATE MACRO minus_log_y(t, df) AS
  CASE WHEN t * t < df THEN 2 * atanh(t * t / (2 * df + t * t)) ELSE ln(1 + t * t / df) END;
CREATE MACRO hill(w, b) AS w + (w * w * w + 3 * w) / b
  - (4 * pow(w, 7) + 33 * pow(w, 5) + 240 * pow(w, 3) + 855 * w) / (10 * b * (b + 0.8e0 * pow(w, 4) + 100));
CREATE MACRO t_tail(t, df) AS
  exp(lgamma((df + 1) / 2) - lgamma(df / 2 + 1) - df / 2 * minus_log_y(t, df)) * abs(t) / sqrt(pi() * (df + t * t))
    * list_reduce(range(19, 0, -1), lambda sum, k: 1 + sum * df / (df + t * t) * (df + 2 * k - 1) / (df + 2 * k), 1e0)
  + 2 * normal_tail(list_transform([sqrt((df + 39.5e0) * minus_log_y(t, df))],
                                   lambda w: hill(w, 48 * squared(df + 39.5e0)))[1]);

-- Degrees of freedom, fractions cut off; a whole number that came out a hair short stays whole.
CREATE MACRO whole(df) AS floor(df * (1 + 1e-12));

-- 97.5 % point of Student's t at whole degrees of freedom: a table for 1 to 9; from 10 on a polynomial in 1 / df
-- about the normal point, through the exact points at Chebyshev's nodes of 0..1/10. Error below 1e-12.
CREATE MACRO t_point(u) AS 1.959963984540054e0 + u * (2.372271230293e0 + u * (2.822498621561e0 + u * (2.555848709147e0
  + u * (1.589596919884e0 + u * (0.7308687942817e0 + u * (0.6633845441887e0 - u * 0.2227213019076e0))))));
CREATE MACRO t_975(df) AS CASE WHEN whole(df) >= 10 THEN t_point(1 / whole(df)) WHEN whole(df) >= 1 THEN
  [12.7062047361747e0, 4.30265272974946e0, 3.18244630528371e0, 2.77644510519779e0, 2.57058183563632e0,
   2.44691185114497e0, 2.36462425159279e0, 2.30600413520417e0, 2.26215716279821e0][CAST(whole(df) AS INTEGER)] END;
