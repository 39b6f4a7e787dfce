# Proportional odds by MASS::polr.

source("../../clients/r/remeasure.R")

remeasure_estimator("ordinal", function(X, y, X_new, classes, tolerance = 1e-14) {
  colnames(X) <- colnames(X_new) <- paste0("x", seq_len(ncol(X)))
  train <- data.frame(y = factor(y, levels = seq_len(classes), ordered = TRUE), X)
  fit <- MASS::polr(y ~ ., data = train, control = list(reltol = tolerance, maxit = 1000))
  list(
    probabilities = predict(fit, newdata = data.frame(X_new), type = "probs"),
    iterations = unname(fit$niter[1]),
    converged = fit$convergence == 0
  )
}, name = "MASS::polr")

remeasure_run()
