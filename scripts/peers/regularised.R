# R's side of regularised.py: glmnet, and ncvreg if it is installed. Argument: the folder of the exchange.
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "exchange.R"))
suppressMessages(library(glmnet))

net <- function(type) {
  function(case, tolerance) {
    run <- function() {
      glmnet(case$x, case$y,
        alpha = 0.5, lambda = case$lambdas, standardize = FALSE, intercept = FALSE, thresh = tolerance,
        type.gaussian = type, maxit = 1e7
      )
    }
    list(run = run, read = function(model) as.matrix(model$beta))
  }
}

# For each λ the classes, each with its intercept and slopes.
blocks <- function(model) {
  one <- function(step) sapply(seq_along(model$beta), function(k) c(model$a0[k, step], model$beta[[k]][, step]))
  unlist(lapply(seq_along(model$lambda), one))
}

multinomial <- function(case, tolerance) {
  run <- function() glmnet(case$x, case$y, family = "multinomial", lambda = case$lambdas, thresh = tolerance, maxit = 1e7)
  list(run = run, read = blocks)
}

multinomial_cv <- function(case, tolerance) {
  run <- function() {
    set.seed(1)
    cv.glmnet(case$x, case$y,
      family = "multinomial", nfolds = 5, lambda = case$lambdas, type.measure = "deviance", thresh = tolerance, maxit = 1e7
    )
  }
  list(run = run, read = function(found) found$lambda.min)
}

concave <- function(penalty, gamma) {
  function(case, tolerance) {
    # It standardises columns, and has an intercept: the same problem only up to these.
    run <- function() {
      ncvreg::ncvreg(case$x, case$y,
        penalty = penalty, gamma = gamma, lambda = case$lambdas, eps = tolerance, max.iter = 1e6, warn = FALSE
      )
    }
    list(run = run, read = function(model) model$beta[-1, ])
  }
}

serve(commandArgs(trailingOnly = TRUE)[1], list(
  "glmnet-net" = net("naive"), "glmnet-net-covariance" = net("covariance"), "glmnet-multinomial" = multinomial,
  "cv.glmnet" = multinomial_cv, "ncvreg-scad" = concave("SCAD", 3.7), "ncvreg-mcp" = concave("MCP", 3)
))
