#!/usr/bin/env bash
# Opens reports in a headless Chromium without a network and checks that they load, sort, filter and toggle, fit any
# width, are accessible and are valid HTML. Prints "skipped" if Chromium or the packages cannot be installed.
#
#   scripts/browser-test.sh [--shots DIR] [PAGE.html…]
#
# Without pages it makes some: two small experiments, one with a summary of more than 100,000 rows, and the page over all.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD

skip() { echo "skipped: scripts/browser-test.sh: $*"; exit 0; }

command -v npm >/dev/null && command -v node >/dev/null || skip "no node and npm"
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || skip "no Chromium, and no apt-get to install it with"
  install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium)
  { "${install[@]}" || { apt-get update -qq && "${install[@]}"; }; } >/dev/null 2>&1 || skip "the package chromium cannot be installed"
  chromium=$(command -v chromium) || skip "the package chromium is installed, but its program is missing"
fi
(cd scripts/browser && npm ci --ignore-scripts --no-fund --no-audit --silent >/dev/null 2>&1) || skip "npm cannot install the packages of scripts/browser"

shots=()
if [ "${1:-}" = --shots ]; then shots=(--shots "$(mkdir -p "$2" && cd "$2" && pwd)"); shift 2; fi
if [ $# -gt 0 ]; then
  exec node scripts/browser/test.mjs "$chromium" "${shots[@]}" "$@"
fi

[ -n "${REMEASURE:-}" ] || cargo build --release --locked --quiet
remeasure=${REMEASURE:-$here/target/release/remeasure}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$remeasure" run presto-wine --replicates 3 >/dev/null || [ $? -eq 3 ]
"$remeasure" run bilevel-tv --replicates 2 >/dev/null || [ $? -eq 3 ]
cat >many.toml <<'CONFIG'
experiment = "many"
title = "More than 100,000 rows of summary & a title with <signs>"
about = "Paths of two first-order methods, recorded at every iteration."
family = "sparse"
seed = 3
[profile.quick]
replicates = 1
[problem]
p = 20
k = 2
signal = "signs"
snr_db = 10
[sweep]
problem.n = { values = [20, 22, 24, 26, 28, 30], label = "observations n <sic>" }
problem.snr_db = [0, 4, 10, 16]
[[estimator]]
kind = "ista"
lambda = { universal = 0.05 }
tolerance = 1e-13
check_every = 1
trace_every = 1
[[estimator]]
kind = "fista"
lambda = { universal = 0.05 }
tolerance = 1e-13
check_every = 1
trace_every = 1
[[figure]]
id = "paths"
title = "The objective's gap along the iterations"
kind = "line"
metric = "gap"
x = "coordinate"
facet = "n"
where = { snr_db = [10] }
y_scale = "log"
x_label = "iteration"
caption = "Both methods from 0."
[[table]]
id = "gaps"
title = "Gaps at the end"
metrics = ["nmse", "gap", "iterations"]
[[claim]]
id = "faster"
source = "ours"
statement = "FISTA takes fewer iterations than ISTA"
form = "below"
metric = "iterations"
a = "fista"
b = "ista"
CONFIG
"$remeasure" run --config many.toml >/dev/null || [ $? -eq 3 ]
"$remeasure" report --html >/dev/null 2>&1 || [ $? -eq 3 ]
cd "$here"
node scripts/browser/test.mjs "$chromium" "${shots[@]}" "$work"/results/*/quick/report.html "$work/results/index.html"
