-- What    Whatever a revision withheld stays withheld: the revisions side by side tell no more than the first.
-- Proof   The boxes of the first (step 78) change nothing of what it shows, nor of what later ones show, which is less.
INSERT INTO withheld SELECT instrument, measure, window_id, period, level, unit FROM before EXCEPT FROM withheld;
