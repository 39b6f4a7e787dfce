#!/usr/bin/env bash
# Tests external methods: the clients for Python and R against a stand-in, then the studies of examples/external with
# remeasure itself. Prints "skipped" for what needs Python packages or R where these are missing.
#
#   REMEASURE        the program to test; built if not set
#   REMEASURE_VENV   folder of the Python environment, kept for the next time; a temporary one if not set
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "skipped: scripts/external-test.sh: $*"; }
fail() { echo "failed: scripts/external-test.sh: $*" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

remeasure() {
  if [ -n "${REMEASURE:-}" ]; then "$REMEASURE" "$@"; else cargo run --release --locked -q -- "$@"; fi
}

# Runs a study; all of its fits must end well, and the claims named must be reproduced.
study() { # config, claims...
  local config=$1 name claim out=$work/results
  shift
  name=$(sed -n 's/^experiment = "\(.*\)"/\1/p' "$config")
  echo "-- $config"
  if remeasure run --config "$config" --out "$work/refused" >"$work/log" 2>&1; then
    fail "$config is run without --allow-commands"
  fi
  grep -q -- --allow-commands "$work/log" || fail "refusing $config, it does not say why: $(cat "$work/log")"
  remeasure run --config "$config" --allow-commands --out "$out" || fail "$config ends with $?"
  for claim in "$@"; do
    grep "^$claim," "$out/$name/quick/claims.csv" | grep -q ',reproduced,' || fail "$claim of $config is not reproduced"
  done
}

# The Python environment: whatever is in the requirements, and jsonschema for the tests.
environment() {
  command -v python3 >/dev/null || { echo "no python3"; return 1; }
  venv=${REMEASURE_VENV:-$work/venv}
  [ -x "$venv/bin/python3" ] || python3 -m venv "$venv" >"$work/log" 2>&1 || { echo "python3 -m venv fails"; return 1; }
  local install=("$venv/bin/python3" -m pip install --quiet --disable-pip-version-check)
  "${install[@]}" -r examples/external/requirements.txt jsonschema >"$work/log" 2>&1 ||
    { echo "pip cannot install the requirements: $(tail -n 1 "$work/log")"; return 1; }
}
if environment >"$work/why"; then
  PATH=${REMEASURE_VENV:-$work/venv}/bin:$PATH
  echo "-- the Python client"
  python3 clients/python/test_remeasure.py
  study examples/external/sparse.toml sklearn-error sklearn-objective own-method-error
  study examples/external/ordinal.toml statsmodels-log-score statsmodels-rare-error
  python=yes
else
  skip "Python: $(cat "$work/why")"
  python=
fi

if ! command -v Rscript >/dev/null; then
  skip "R: no Rscript; on Debian: apt-get install r-base-core r-cran-jsonlite r-cran-mass"
elif ! Rscript --vanilla -e 'library(jsonlite); library(MASS)' >"$work/log" 2>&1; then
  skip "R: the package jsonlite or MASS is missing"
else
  if [ -n "$python" ]; then
    echo "-- the R client"
    python3 clients/r/test_remeasure_r.py
  else
    skip "the tests of the R client, which need Python"
  fi
  study examples/external/r.toml polr-log-score
fi
echo "passed: scripts/external-test.sh"
