# R's side of ordinal.sh: fits the same data with MASS, ordinal, stats and nnet;
# prints name,seconds,loglik: wall time of the fastest of several fits.
suppressMessages({ library(MASS); library(ordinal); library(nnet) })
path <- commandArgs(trailingOnly = TRUE)[1]
data <- read.csv(path)
data$rare <- as.integer(data$y == max(data$y))
data$y <- factor(data$y, ordered = TRUE)
features <- paste(setdiff(names(data), c("y", "rare")), collapse = " + ")
formula_y <- as.formula(paste("y ~", features))
formula_rare <- as.formula(paste("rare ~", features))
fits <- list(
  polr = function() polr(formula_y, data = data),
  clm = function() clm(formula_y, data = data),
  glm = function() glm(formula_rare, data = data, family = binomial()),
  multinom = function() multinom(formula_y, data = data, trace = FALSE, maxit = 1000)
)
for (name in names(fits)) {
  fastest <- Inf
  for (i in 1:15) {
    now <- Sys.time()
    fit <- fits[[name]]()
    fastest <- min(fastest, as.numeric(difftime(Sys.time(), now, units = "secs")))
  }
  cat(sprintf("%s,%.3e,%.6f\n", name, fastest, as.numeric(logLik(fit))))
}
