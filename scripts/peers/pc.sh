#!/bin/sh
# Compares the time of PC with Fisher's z on expression levels with dropouts with causal-learn's, one thread each, on the
# same data, and the classes that both find. Makes its own virtual environment.
#
#   scripts/peers/pc.sh [--repeats N] [--seeds S ...]        writes scripts/peers/results/pc.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv-pc" "$here/requirements-pc.txt"
binary=$(binary "$here/.venv-pc/bin/python" pc_peer)
exec "$here/.venv-pc/bin/python" "$here/pc.py" --binary "$binary" --out "$here/results" "$@"
