#!/bin/sh
# Compares penalised regression beyond the Lasso at one λ with scikit-learn, celer, skglm, glmnet and ncvreg, one thread
# each, on the same exported data: elastic net, group Lasso, a dense Lasso, the multinomial Lasso with cross-validation, and
# paths of SCAD and MCP. Makes its own virtual environment; uses the R of the system with those packages that it has.
#
#   scripts/peers/regularised.sh [--repeats N] [--cases NAME ...] [--out DIR]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv" "$here/requirements.txt"
binary=$(binary "$here/.venv/bin/python" regularised_peer)
exec "$here/.venv/bin/python" "$here/regularised.py" --binary "$binary" "$@"
