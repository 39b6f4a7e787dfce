# Compares a method written in R with the estimators of remeasure.
#
#   source("remeasure.R")
#   remeasure_estimator("sparse", function(X, y, alpha = 0.1) coefficients)
#   remeasure_run()
#
# remeasure starts this program and speaks to it in lines of JSON (docs/protocol.md). Functions by family:
#
#   remeasure_estimator("sparse",  function(X, y, ...))                               returns coefficients
#   remeasure_estimator("ordinal", function(X, y, X_new, classes, ...))               returns rows of probabilities
#   remeasure_estimator("bilevel", function(ask, start, lower, upper, budget, ...))   returns theta
#   remeasure_problem("sparse",    function(...))   returns list(X, y), optional coefficients, sigma
#   remeasure_problem("ordinal",   function(...))   returns list(X, y, classes), optional probabilities, X_test, y_test
#
# The table `parameters` of the config arrives as named arguments. A function that names one of these arguments gets it:
# `seed`, `time_limit` (seconds or NULL), `lambda_` (the problem's penalty or NULL) and `task` (everything of the
# request). R's generator is seeded before each call, so a method need not do it.
#
# An estimator may return a named list instead: coefficients, probabilities or theta, and any of iterations,
# certificate, lambda, converged, message and numbers.
#
# `ask(theta, accuracy = NULL, gradient = TRUE)` returns a list of value, gradient, cost and left. When the budget is
# spent it stops with a condition of class "remeasure_budget_spent". A method that does not catch it is answered for:
# with the theta of the smallest value that it was told.
#
# What R prints goes to the standard error. An error becomes a failed fit, and the program goes on.
# Needs the package jsonlite.

.remeasure <- new.env()
.remeasure$functions <- list()
.remeasure$data <- list(
  "estimator sparse" = c("X", "y"),
  "estimator ordinal" = c("X", "y", "X_new", "classes"),
  "estimator bilevel" = c("ask", "start", "lower", "upper", "budget"),
  "problem sparse" = character(),
  "problem ordinal" = character()
)
.remeasure$offered <- c("seed", "time_limit", "lambda_", "task")
.remeasure$main <- c(sparse = "coefficients", ordinal = "probabilities", bilevel = "theta")
.remeasure$extras <- c("iterations", "certificate", "lambda", "converged", "message", "numbers")
# Arrays of at most so many numbers are sent as text, larger ones as a file.
.remeasure$small <- 16

remeasure_estimator <- function(family, fit, name = "method in R") .remeasure$register("estimator", family, fit, name)

remeasure_problem <- function(family, draw, name = "problem in R") .remeasure$register("problem", family, draw, name)

remeasure_run <- function() {
  r <- .remeasure
  if (!nzchar(Sys.getenv("REMEASURE_PROTOCOL"))) {
    stop("remeasure starts this program: give it as `command` of an [[estimator]] of kind \"command\"")
  }
  options(warn = 1)
  r$input <- file("stdin", "r", blocking = TRUE)
  on.exit(close(r$input))
  greeting <- r$receive()
  if (is.null(greeting)) return(invisible())
  refusal <- tryCatch({
    r$begin(greeting)
    NULL
  }, error = conditionMessage)
  if (!is.null(refusal)) {
    r$send(sprintf("{\"error\":%s}", r$text(refusal)))
    return(invisible())
  }
  r$send(sprintf("{\"remeasure\":1,\"families\":[%s],\"name\":%s}", r$text(greeting$family), r$text(r$name)))
  while (!is.null(request <- r$receive())) {
    body <- tryCatch(
      withCallingHandlers(r$answer(request), error = function(e) {
        if (!inherits(e, "remeasure_budget_spent")) message("Error: ", conditionMessage(e), "\n", r$trace(sys.calls()))
      }),
      error = function(e) sprintf("\"error\":%s", r$text(conditionMessage(e)))
    )
    r$send(sprintf("{\"id\":%s,%s}", r$number(request$id), body))
  }
  invisible()
}

.remeasure$register <- function(task, family, fun, name) {
  key <- paste(task, family)
  if (!key %in% names(.remeasure$data)) stop("there is no ", task, " of the family ", family)
  if (key %in% names(.remeasure$functions)) stop("this program already has a function that is ", task, " of ", family)
  .remeasure$functions[[key]] <- list(fun = fun, name = name)
  invisible(fun)
}

# Lines of JSON. ------------------------------------------------------------------------------------------------------

.remeasure$receive <- function() {
  line <- readLines(.remeasure$input, n = 1L, warn = FALSE)
  if (!length(line)) return(NULL)
  Encoding(line) <- "UTF-8"
  jsonlite::parse_json(line, simplifyVector = TRUE, simplifyDataFrame = FALSE)
}

# The output is diverted to the standard error except here.
.remeasure$divert <- function() sink(stderr())

.remeasure$send <- function(line) {
  while (sink.number() > 0L) sink()
  cat(line, "\n", sep = "")
  flush(stdout())
  .remeasure$divert()
}

.remeasure$text <- function(text) {
  text <- paste(enc2utf8(as.character(text)), collapse = " ")
  as.character(jsonlite::toJSON(jsonlite::unbox(text)))
}

# Exact: 17 digits distinguish all numbers.
.remeasure$number <- function(x) sprintf("%.17g", as.double(x))

.remeasure$list <- function(x) paste0("[", paste(.remeasure$number(x), collapse = ","), "]")

.remeasure$trace <- function(calls) {
  calls <- vapply(calls, function(call) deparse(call, nlines = 1L)[1L], "")
  # From the method to where it stopped.
  first <- max(which(startsWith(calls, "eval(call, arguments")), 0L) + 1L
  calls <- calls[seq_len(length(calls)) >= first & !grepl("^(h\\(simpleError|.handleSimpleError)", calls)]
  paste0("  at ", substr(calls, 1L, 100L), collapse = "\n")
}

# Requests. -----------------------------------------------------------------------------------------------------------

.remeasure$begin <- function(greeting) {
  r <- .remeasure
  if (!identical(as.integer(greeting$remeasure), 1L)) {
    stop("this client speaks version 1 of the protocol, remeasure speaks version ", greeting$remeasure)
  }
  key <- paste(greeting$task, greeting$family)
  entry <- r$functions[[key]]
  if (is.null(entry)) {
    has <- paste(sub(" ", " of ", names(r$functions)), collapse = ", ")
    if (!nzchar(has)) has <- "nothing"
    stop("this program has no ", greeting$task, " of the family ", greeting$family, "; it has: ", has, call. = FALSE)
  }
  r$task <- greeting$task
  r$family <- greeting$family
  r$folder <- greeting$folder
  r$fun <- entry$fun
  r$name <- entry$name
  r$admitted <- NULL
  given <- r$data[[key]]
  arguments <- names(formals(r$fun))
  r$leading <- head(arguments, length(given))
  if (length(r$leading) < length(given) || any(r$leading %in% c("...", r$offered))) {
    stop("the function must take the arguments ", paste(given, collapse = ", "), " first")
  }
  rest <- setdiff(arguments, c(r$leading, "..."))
  r$open <- "..." %in% arguments
  r$wanted <- intersect(rest, r$offered)
  r$takes <- setdiff(rest, r$offered)
}

# Checks the names of the parameters.
.remeasure$admit <- function(names) {
  r <- .remeasure
  for (name in names) {
    if (name %in% c(r$offered, r$leading)) {
      stop("the parameter `", name, "` must have another name: remeasure sets `", name, "` itself", call. = FALSE)
    }
    if (!name %in% r$takes && !r$open) {
      takes <- if (length(r$takes)) paste(r$takes, collapse = ", ") else "no parameters"
      stop("unknown parameter `", name, "`: the function takes ", takes, call. = FALSE)
    }
  }
  for (name in setdiff(r$takes, names)) {
    if (identical(formals(r$fun)[[name]], quote(expr = ))) {
      stop("the parameter `", name, "` is missing: the function has no default for it", call. = FALSE)
    }
  }
  r$admitted <- as.character(names)
}

.remeasure$answer <- function(request) {
  r <- .remeasure
  parameters <- as.list(request$parameters)
  if (!identical(as.character(names(parameters)), r$admitted)) r$admit(names(parameters))
  data <- request$data
  shape <- NULL
  values <- list()
  best <- NULL
  if (r$task == "estimator" && r$family == "sparse") {
    values <- list(r$read(data$X), r$read(data$y))
    shape <- ncol(values[[1L]])
  } else if (r$task == "estimator" && r$family == "ordinal") {
    values <- list(r$read(data$X), as.integer(r$read(data$y)), r$read(data$X_new), as.integer(data$classes))
    shape <- c(nrow(values[[3L]]), values[[4L]])
  } else if (r$task == "estimator") {
    bounds <- lapply(data[c("start", "lower", "upper")], r$read)
    best <- new.env()
    best$theta <- bounds$start
    best$value <- Inf
    bounds$lower[bounds$lower <= -1e308] <- -Inf
    bounds$upper[bounds$upper >= 1e308] <- Inf
    values <- list(r$asker(request$id, best), bounds$start, bounds$lower, bounds$upper, data$budget)
    shape <- length(bounds$start)
  }
  names(values) <- r$leading
  offered <- list(
    seed = request$seed, time_limit = request$time_limit, lambda_ = data$lambda,
    task = c(request[c("cell", "replicate", "seed", "time_limit")],
             list(family = r$family, parameters = parameters, data = c(values, data["lambda"])))
  )
  all <- c(values, parameters, offered[r$wanted])
  # A call of names, so that the data do not stand in error messages.
  arguments <- list2env(all, parent = globalenv())
  arguments$`method in R` <- r$fun
  call <- as.call(c(list(as.name("method in R")), sapply(names(all), as.name, simplify = FALSE)))
  set.seed(request$seed %% 2147483647)
  result <- tryCatch(eval(call, arguments), remeasure_budget_spent = function(e) {
    if (is.null(best)) stop(e)
    best$theta
  })
  if (is.null(result)) stop("the function returned nothing")
  if (!is.list(result)) {
    if (r$task == "problem") stop("a problem must return a list")
    result <- setNames(list(result), r$main[[r$family]])
  }
  r$body(result, shape)
}

# An array of a request: a vector or a matrix.
.remeasure$read <- function(given) {
  if (!is.list(given)) return(as.double(given))
  n <- prod(given$shape)
  if (!is.null(given$npy)) {
    con <- file(file.path(.remeasure$folder, given$npy), "rb")
    on.exit(close(con))
    readBin(con, "raw", given$offset)
    if (given$dtype == "<i8") {
      halves <- matrix(as.double(readBin(con, "integer", 2 * n, size = 4L, endian = "little")), nrow = 2L)
      values <- halves[1L, ] %% 2^32 + halves[2L, ] * 2^32
    } else {
      values <- readBin(con, "double", n, size = 8L, endian = "little")
    }
    if (length(values) != n) stop(given$npy, " ends early")
  } else {
    values <- as.double(unlist(given$values))
  }
  if (length(given$shape) < 2L) return(values)
  matrix(values, given$shape[1L], given$shape[2L], byrow = !identical(given$order, "F"))
}

# The function `ask` of a bilevel method.
.remeasure$asker <- function(id, best) {
  function(theta, accuracy = NULL, gradient = TRUE) {
    r <- .remeasure
    if (length(theta) != length(best$theta) || !all(is.finite(theta))) {
      stop("ask takes ", length(best$theta), " finite numbers")
    }
    accuracy <- if (is.null(accuracy)) "null" else r$number(accuracy)
    r$send(sprintf("{\"id\":%s,\"ask\":{\"theta\":%s,\"accuracy\":%s,\"gradient\":%s}}", r$number(id), r$list(theta),
                   accuracy, if (gradient) "true" else "false"))
    reply <- r$receive()
    if (is.null(reply)) quit(save = "no")
    told <- reply$told
    if (is.null(told)) {
      stop(structure(class = c("remeasure_budget_spent", "error", "condition"),
                     list(message = "the budget is spent", call = NULL)))
    }
    if (told$value < best$value) {
      best$theta <- theta
      best$value <- told$value
    }
    told
  }
}

# Answers. ------------------------------------------------------------------------------------------------------------

.remeasure$body <- function(result, shape) {
  r <- .remeasure
  result <- result[!vapply(result, is.null, NA)]
  if (r$task == "problem") {
    arrays <- c("X", "y", if (r$family == "sparse") "coefficients" else c("probabilities", "X_test", "y_test"))
    known <- c(arrays, if (r$family == "sparse") "sigma" else "classes")
    required <- c("X", "y", if (r$family == "ordinal") "classes")
  } else {
    arrays <- required <- r$main[[r$family]]
    known <- c(arrays, r$extras)
  }
  for (key in setdiff(required, names(result))) stop("`", key, "` is missing in what was returned")
  for (key in setdiff(names(result), known)) {
    stop("unknown key `", key, "` in what was returned; known: ", paste(known, collapse = ", "))
  }
  parts <- vapply(names(result), function(key) {
    value <- result[[key]]
    if (key %in% arrays) {
      r$array(key, value, shape)
    } else if (key == "converged") {
      if (isTRUE(as.logical(value))) "true" else "false"
    } else if (key == "message") {
      r$text(value)
    } else if (key == "numbers") {
      own <- vapply(names(value), function(name) paste0(r$text(name), ":", r$single(name, value[[name]])), "")
      paste0("{", paste(own, collapse = ","), "}")
    } else {
      r$single(key, value)
    }
  }, "")
  paste0("\"", names(result), "\":", parts, collapse = ",")
}

.remeasure$single <- function(key, value) {
  if (length(value) != 1L || !is.numeric(value)) stop("`", key, "` is not a number")
  if (!is.finite(value)) stop("`", key, "` is ", value)
  .remeasure$number(value)
}

# Numbers as text, or the name of the file that has them.
.remeasure$array <- function(key, value, shape) {
  r <- .remeasure
  if (is.data.frame(value)) value <- as.matrix(value)
  if (!is.numeric(value)) stop("`", key, "` is not numeric")
  if (length(shape) == 2L && shape[1L] == 1L && is.null(dim(value))) value <- matrix(value, 1L)
  if (length(shape) == 1L && length(value) == shape) dim(value) <- NULL
  found <- if (is.null(dim(value))) length(value) else dim(value)
  if (!is.null(shape) && !identical(as.double(found), as.double(shape))) {
    extents <- c(paste(shape, collapse = " x "), paste(found, collapse = " x "))
    stop("`", key, "` must have the shape ", extents[1L], ", it has ", extents[2L])
  }
  if (anyNA(value)) stop("`", key, "` has a NaN")
  if (!all(is.finite(value))) stop("`", key, "` has an infinite number")
  if (length(value) <= r$small) {
    if (length(found) == 1L) return(r$list(value))
    return(paste0("[", paste(apply(value, 1L, r$list), collapse = ","), "]"))
  }
  name <- paste0("answer-", key, ".npy")
  con <- file(file.path(r$folder, name), "wb")
  on.exit(close(con))
  extent <- paste0("(", paste(sprintf("%d", found), collapse = ", "), if (length(found) == 1L) ",", ")")
  text <- sprintf("{'descr': '<f8', 'fortran_order': True, 'shape': %s, }", extent)
  text <- paste0(text, strrep(" ", (-(nchar(text) + 11L)) %% 64L), "\n")
  writeBin(c(as.raw(0x93), charToRaw("NUMPY"), as.raw(c(1, 0, nchar(text) %% 256, nchar(text) %/% 256))), con)
  writeBin(charToRaw(text), con)
  writeBin(as.double(value), con, size = 8L, endian = "little")
  sprintf("{\"npy\":\"%s\"}", name)
}

# Before the packages and prints of the method.
if (nzchar(Sys.getenv("REMEASURE_PROTOCOL"))) .remeasure$divert()
