#!/bin/sh
# Compares the time to choose a Lasso's weight by held-out error with Python packages, one thread each, on the same data.
# Makes its own virtual environment.
#
#   scripts/peers/bilevel.sh [--repeats N] [--seeds S ...]        writes scripts/peers/results/bilevel.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv-bilevel" "$here/requirements-bilevel.txt"
binary=$(binary "$here/.venv-bilevel/bin/python" bilevel_peer)
exec "$here/.venv-bilevel/bin/python" "$here/bilevel.py" --binary "$binary" --out "$here/results" "$@"
