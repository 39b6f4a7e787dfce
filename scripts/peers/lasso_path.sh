#!/bin/sh
# Compares the time of a path of 100 λ and of its 5-fold cross-validation with scikit-learn, celer and glmnet, one
# thread each, on the same exported data. Makes its own virtual environment; uses the R of the system if it has glmnet.
#
#   scripts/peers/lasso_path.sh [--repeats N] [--out DIR]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv" "$here/requirements.txt"
binary=$(binary "$here/.venv/bin/python" lasso_peer)
exec "$here/.venv/bin/python" "$here/lasso_path.py" --binary "$binary" "$@"
