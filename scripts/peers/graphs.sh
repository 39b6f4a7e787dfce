#!/bin/sh
# Compares the time of a fit of DAGMA with the authors' Python package, one thread each, on the same data with the same
# settings. Makes its own virtual environment.
#
#   scripts/peers/graphs.sh [--repeats N] [--nodes D ...]        writes scripts/peers/results/graphs.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

venv="$here/.venv-graphs"
environment "$venv" "$here/requirements-graphs.txt"
# Without its dependencies: the linear method needs neither torch nor igraph.
"$venv/bin/python" -c 'import dagma' 2>/dev/null || "$venv/bin/python" -m pip install --quiet --no-deps dagma==1.1.1
binary=$(binary "$venv/bin/python" graphs_peer)
exec "$venv/bin/python" "$here/graphs.py" --binary "$binary" --out "$here/results" "$@"
