#!/bin/sh
# Compares the time of a training step of our unfolded networks with PyTorch's, one thread each.
# Makes its own virtual environment (5 GB: see requirements-unfolding.txt).
#
#   scripts/peers/unfolding.sh [--repeats N] [--steps K] [--warmup W] [--sizes N/M/BATCH ...] [--iht]
#                                           writes scripts/peers/results/unfolding.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv-unfolding" "$here/requirements-unfolding.txt"
binary=$(binary "$here/.venv-unfolding/bin/python" unfolding_peer)
exec "$here/.venv-unfolding/bin/python" "$here/unfolding.py" --binary "$binary" --out "$here/results" "$@"
