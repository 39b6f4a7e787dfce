# metafor's side of causal.py. Argument: the folder of the exchange.
suppressMessages(library(metafor))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "exchange.R"))

# Random effects of the log odds ratios of each set. ½ is added to tables with a zero alone, and double zeros are left
# out. Effects are computed for all sets at once, as one would.
pooled <- function(method) {
  function(case, tolerance) {
    sets <- split(seq_len(nrow(case$x)), case$x[, 1])
    run <- function() {
      effects <- escalc(
        "OR", ai = case$x[, 2], n1i = case$x[, 3], ci = case$x[, 4], n2i = case$x[, 5], add = 1 / 2, to = "only0",
        drop00 = TRUE
      )
      vapply(sets, function(rows) {
        fit <- rma(effects$yi[rows], effects$vi[rows], method = method)
        c(fit$beta, fit$se, fit$tau2)
      }, numeric(3))
    }
    list(run = run, read = identity)
  }
}

serve(commandArgs(trailingOnly = TRUE)[1], list("metafor-dl" = pooled("DL"), "metafor-reml" = pooled("REML")))
