# A penalised cumulative logit by the package ordinalNet: slopes of their own for each boundary, shrunk towards common
# ones. The penalty is `lambda`, or the best one by AIC.

source("../../clients/r/remeasure.R")

remeasure_estimator("ordinal", function(X, y, X_new, classes, lambda = NULL, mix = 1, common = 1) {
  colnames(X) <- colnames(X_new) <- paste0("x", seq_len(ncol(X)))
  fit <- ordinalNet::ordinalNet(
    X, factor(y, levels = seq_len(classes), ordered = TRUE), alpha = mix, family = "cumulative", link = "logit",
    nonparallelTerms = TRUE, parallelPenaltyFactor = common, lambdaVals = lambda, warn = FALSE
  )
  best <- which.min(fit$aic)
  probabilities <- unname(predict(fit, newx = X_new, whichLambda = best, type = "response"))
  # Curves of different slopes can cross.
  probabilities <- pmax(probabilities, 0)
  list(
    probabilities = probabilities / rowSums(probabilities),
    lambda = fit$lambdaVals[best],
    iterations = sum(fit$iterOut)
  )
}, name = "ordinalNet")

remeasure_run()
