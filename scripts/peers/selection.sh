#!/bin/sh
# Compares the time of one replicate of conformal selection with a plain numpy program, one thread each, at the same sizes.
# Makes its own virtual environment.
#
#   scripts/peers/selection.sh [--repeats N]        writes scripts/peers/results/selection.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv-selection" "$here/requirements-selection.txt"
binary=$(binary "$here/.venv-selection/bin/python" selection_peer)
exec "$here/.venv-selection/bin/python" "$here/selection.py" --binary "$binary" --out "$here/results" "$@"
