# The weighted mean of a factor and its standard error, for each branch, with R's package survey.
# Prints wall and CPU seconds: Rscript --vanilla svyby_factor.R factor.csv
suppressMessages(library(survey))
read <- read.csv(commandArgs(TRUE)[1])
design <- svydesign(ids = ~1, strata = ~branch, weights = ~weight, data = read)
options(survey.lonely.psu = "adjust")
start <- proc.time()
found <- svyby(~score, ~branch, design, svymean)
taken <- proc.time() - start
stopifnot(nrow(found) == length(unique(read$branch)))
cat(taken[["elapsed"]], taken[["user.self"]] + taken[["sys.self"]], "\n")
