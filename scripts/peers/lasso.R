# R's side of compare.py and lasso_path.py: glmnet. Argument: the folder of the exchange.
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "exchange.R"))
suppressMessages(library(glmnet))

fit <- function(case, tolerance, lambdas, type) {
  glmnet(case$x, case$y,
    lambda = lambdas, standardize = FALSE, intercept = FALSE, thresh = tolerance, type.gaussian = type, maxit = 1e7
  )
}

last <- function(model) as.matrix(model$beta)[, length(model$lambda)]

# The one λ of the case, directly or at the end of 20 warm-started steps.
single <- function(steps, type) {
  function(case, tolerance) {
    largest <- max(abs(crossprod(case$x, case$y))) / nrow(case$x)
    lambdas <- if (steps == 1) case$extra else exp(seq(log(largest), log(case$extra), length.out = steps))
    lambdas[steps] <- case$extra
    read <- function(model) {
      if (length(model$lambda) < steps) stop("not converged") else last(model)
    }
    list(run = function() fit(case, tolerance, lambdas, type), read = read)
  }
}

# At this size its default are naive updates.
path <- function(case, tolerance) {
  run <- function() fit(case, tolerance, case$lambdas, "naive")
  list(run = run, read = function(model) as.matrix(model$beta))
}

# The coefficients at the λ of the least error, then that λ.
cross_validation <- function(case, tolerance) {
  run <- function() {
    set.seed(1)
    cv.glmnet(case$x, case$y,
      nfolds = 5, nlambda = length(case$lambdas), lambda.min.ratio = 0.01, standardize = FALSE, intercept = FALSE,
      thresh = tolerance, maxit = 1e7
    )
  }
  read <- function(found) {
    at <- which(found$glmnet.fit$lambda == found$lambda.min)
    c(as.matrix(found$glmnet.fit$beta)[, at], found$lambda.min)
  }
  list(run = run, read = read)
}

serve(commandArgs(trailingOnly = TRUE)[1], list(
  "glmnet-direct-naive" = single(1, "naive"), "glmnet-direct-covariance" = single(1, "covariance"),
  "glmnet-path-naive" = single(20, "naive"), "glmnet-path-covariance" = single(20, "covariance"),
  "glmnet" = path, "cv.glmnet" = cross_validation
))
