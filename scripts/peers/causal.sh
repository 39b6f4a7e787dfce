#!/bin/sh
# Compares the time of two-stage least squares with statsmodels and linearmodels, and that of random-effects
# meta-analyses with metafor and statsmodels, one thread each, on the same exported data. Makes its own virtual
# environment; uses the R of the system, if it has metafor (Debian: r-base-core r-cran-metafor).
#
#   scripts/peers/causal.sh [--repeats N] [--sweeps PROGRAM]      writes scripts/peers/results/causal.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv-causal" "$here/requirements-causal.txt"
binary=$(binary "$here/.venv-causal/bin/python" causal_peer)
exec "$here/.venv-causal/bin/python" "$here/causal.py" --binary "$binary" --out "$here/results" "$@"
