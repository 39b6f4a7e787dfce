# R's side of exchange.py: requests on the standard input, answers on the standard output.
options(warn = -1)

doubles <- function(path) readBin(path, "double", file.size(path) / 8, endian = "little")

load_case <- function(folder, name) {
  file <- function(ending) file.path(folder, paste0(name, ".", ending))
  header <- scan(file("txt"), quiet = TRUE)
  list(
    x = matrix(doubles(file("x")), header[1], header[2]), y = doubles(file("y")), extra = header[3],
    lambdas = doubles(file("lambdas"))
  )
}

# The clock has a resolution of a millisecond, so short fits are repeated for a tenth of a second.
timed <- function(run) {
  start <- proc.time()
  runs <- 0
  repeat {
    result <- run()
    runs <- runs + 1
    passed <- proc.time() - start
    cpu <- passed[["user.self"]] + passed[["sys.self"]]
    if (cpu >= 0.1) return(list(result = result, cpu = 1000 * cpu / runs, wall = 1000 * passed[["elapsed"]] / runs))
  }
}

# `tasks` is a list of functions that make, of a case and a tolerance, what to time (`run`) and how to read
# coefficients from it (`read`).
serve <- function(folder, tasks) {
  requests <- file("stdin", "r")
  name <- ""
  while (length(line <- readLines(requests, 1)) == 1) {
    words <- strsplit(line, " ")[[1]]
    answer <- tryCatch({
      if (words[1] != name) {
        case <- load_case(folder, words[1])
        name <- words[1]
      }
      task <- tasks[[words[2]]](case, as.numeric(words[3]))
      found <- timed(task$run)
      w <- as.double(task$read(found$result))
      writeBin(w, file.path(folder, paste0(words[1], ".", words[2], ".w")), endian = "little")
      sprintf("%.6f %.6f", found$cpu, found$wall)
    }, error = function(e) paste("!", gsub("[[:space:]]+", " ", conditionMessage(e))))
    cat(answer, "\n", sep = "")
    flush(stdout())
  }
}
