# Reference values of metafor for the tests of the meta family, at a tolerance near the rounding of doubles: estimates
# of the random-effects methods that iterate, and Q-profile intervals of τ² and I².
#
#   Rscript scripts/reference/metafor.R > tests/data/meta/metafor_intervals.csv       (from the root of the repository)
suppressMessages(library(metafor))
options(warn = 2)

tight <- list(tol = .Machine$double.eps, maxiter = 10000, threshold = 1e-14)
number <- function(x) sprintf("%.15g", x)

cat("set,measure,method,estimate,se,tau2,tau2_lb,tau2_ub,I2,I2_lb,I2_ub\n")
read <- function(path) {
  table <- read.csv(path, colClasses = "character")
  names(table) <- c("set", "study", "ai", "n1i", "ci", "n2i")
  table[3:6] <- lapply(table[3:6], as.numeric)
  split(table, factor(table$set, unique(table$set)))
}
for (set in c(read("tests/data/meta/metafor_tables.csv"), read("src/meta/data/case_study.csv"))) {
  for (measure in c("OR", "RR", "RD")) {
    effects <- escalc(
      measure, ai = set$ai, n1i = set$n1i, ci = set$ci, n2i = set$n2i, add = 1 / 2, to = "only0", drop00 = measure != "RD"
    )
    for (method in c("DL", "REML", "PM")) {
      fit <- suppressWarnings(rma(yi, vi, data = effects, method = method, control = tight))
      between <- suppressWarnings(confint(fit, control = tight))$random
      cells <- c(fit$beta, fit$se, between["tau^2", ], between["I^2(%)", ])
      cat(set$set[1], measure, method, number(cells), sep = ",")
      cat("\n")
    }
  }
}
