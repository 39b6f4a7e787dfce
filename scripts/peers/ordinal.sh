#!/bin/sh
# Compares the time of our ordinal, logistic and multinomial estimators with scikit-learn's and R's, one thread each, on
# the same data. Makes its own virtual environment; uses the R of the system, if there is one (Debian: r-base-core
# r-cran-mass r-cran-ordinal r-cran-nnet r-cran-glmnet).
#
#   scripts/peers/ordinal.sh [--repeats N] [--data FILE.csv]     writes scripts/peers/results/ordinal.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv" "$here/requirements.txt"
binary=$(binary "$here/.venv/bin/python" ordinal_peer)
exec "$here/.venv/bin/python" "$here/ordinal.py" --binary "$binary" --out "$here/results" "$@"
