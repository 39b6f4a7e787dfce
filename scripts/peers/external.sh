#!/usr/bin/env bash
# What a fit of a Python method costs besides the method, in remeasure and in benchopt, in one run: the method answers
# zero on 100 × 200 data. Prints milliseconds a trial, drawing and measuring included, without the start of the program.
#
#   REMEASURE        the program to measure; built if not set
#   REMEASURE_VENV   folder of the Python environment, kept for the next time; a temporary one if not set
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

venv=${REMEASURE_VENV:-$work/venv}
[ -x "$venv/bin/python3" ] || python3 -m venv "$venv"
"$venv/bin/python3" -m pip install --quiet --disable-pip-version-check numpy benchopt
PATH=$venv/bin:$PATH

cp clients/python/remeasure.py "$work"
cat >"$work/zero.py" <<'PY'
import numpy as np
import remeasure

@remeasure.estimator("sparse")
def zero(X, y):
    return np.zeros(X.shape[1])

remeasure.run()
PY
cat >"$work/zero.toml" <<'TOML'
experiment = "zero"
title = "The answer zero"
family = "sparse"
seed = 1

[profile.quick]
replicates = 2000

[problem]
n = 100
p = 200
k = 10
snr_db = 10

[[estimator]]
name = "zero"
kind = "command"
command = ["python3", "zero.py"]
TOML

remeasure() {
  if [ -n "${REMEASURE:-}" ]; then "$REMEASURE" "$@"; else cargo run --release --locked -q -- "$@"; fi
}
now() { date +%s.%N; }
milliseconds() { awk -v a="$1" -v b="$2" -v n="$3" 'BEGIN { printf "%.3f", 1000 * (b - a) / n }'; }

ours() { # trials
  local start
  start=$(now)
  remeasure run --config "$work/zero.toml" --allow-commands --jobs 1 --fresh --replicates "$1" --out "$work/results" \
    >/dev/null 2>&1
  echo "$start $(now)"
}
theirs() { # dataset filter
  local start folder
  folder=$(mktemp -d -p "$work")
  cp -r scripts/peers/benchopt "$folder/zero"
  start=$(now)
  benchopt run "$folder/zero" --no-plot --no-html -n 1 -r 1 -d "$1" >/dev/null 2>&1
  echo "$start $(now)"
}
elapsed() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.6f", b - a }'; }

ours 10 >/dev/null
one=$(elapsed $(ours 1)); all=$(elapsed $(ours 2001))
echo "remeasure: $(milliseconds "$one" "$all" 2000) ms a trial; of that in the fit, transfer included:"
awk -F, 'NR > 1 { print $NF }' "$work"/results/zero/quick*/timings.csv | sort -g |
  awk '{ v[NR] = $1 } END { printf "  median %.0f µs\n", 1e6 * v[int((NR + 1) / 2)] }'
one=$(elapsed $(theirs 'gaussian[seed=0]')); all=$(elapsed $(theirs gaussian))
echo "benchopt $(benchopt --version 2>/dev/null | awk '{ print $NF }'): $(milliseconds "$one" "$all" 99) ms a trial"
