# R's side of ordinal.py: MASS, ordinal, stats, nnet and glmnet. Argument: the folder of the exchange.
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "exchange.R"))

# A fit by formula at the default settings of its package; the data frame is made before the clock runs.
by_formula <- function(fit, read) {
  function(case, tolerance) {
    data <- data.frame(case$x)
    features <- paste(names(data), collapse = " + ")
    data$rare <- as.integer(case$y == case$extra)
    data$y <- factor(case$y, ordered = TRUE)
    formulas <- list(y = as.formula(paste("y ~", features)), rare = as.formula(paste("rare ~", features)))
    list(run = function() fit(formulas, data), read = read)
  }
}

# For every λ the K blocks of an intercept and slopes.
along_path <- function(fit) {
  blocks <- sapply(coef(fit), as.matrix, simplify = "array") # (p + 1) × λ × K
  aperm(blocks, c(1, 3, 2))
}

multinomial_l1 <- function(case, tolerance) {
  classes <- factor(case$y)
  run <- function() {
    glmnet::glmnet(case$x, classes, family = "multinomial", lambda = case$lambdas, thresh = tolerance, maxit = 1e6)
  }
  list(run = run, read = along_path)
}

# The first class is the reference of multinom.
multinom_blocks <- function(fit) {
  w <- coef(fit)
  t(rbind(0, w))
}

serve(commandArgs(trailingOnly = TRUE)[1], list(
  # These two have the slopes of the opposite sign.
  polr = by_formula(function(f, data) MASS::polr(f$y, data = data), function(fit) c(fit$zeta, -coef(fit))),
  clm = by_formula(function(f, data) ordinal::clm(f$y, data = data), function(fit) c(fit$alpha, -fit$beta)),
  glm = by_formula(function(f, data) glm(f$rare, data = data, family = binomial()), coef),
  multinom = by_formula(
    function(f, data) nnet::multinom(f$y, data = data, trace = FALSE, maxit = 1000, MaxNWts = 1e5), multinom_blocks
  ),
  "glmnet-multinomial" = multinomial_l1
))
