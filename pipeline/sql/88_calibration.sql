-- What    What making the weights meet the categories takes off the covariance of a figure
--         and the one it is compared with, in the months both hold.
-- Formula correction = r_here' G' (M G r_there - s_there) - s_here' G r_there
INSERT INTO calibration_covariance SELECT pair, term, cov FROM beside JOIN linked('beside') USING (here, there);
