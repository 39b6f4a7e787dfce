#!/bin/sh
# Compares the time of our Lasso at one λ with scikit-learn, celer, skglm, linfa and glmnet, one thread each,
# on the same exported data. Makes its own virtual environment; uses the R of the system if it has glmnet.
#
#   scripts/peers/run.sh [--repeats N] [--cases NAME ...] [--out DIR]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv" "$here/requirements.txt"
binary=$(binary "$here/.venv/bin/python" lasso_peer)
exec "$here/.venv/bin/python" "$here/compare.py" --binary "$binary" "$@"
