#!/bin/sh
# Compares the time of a training step of our multilayer perceptrons with PyTorch's, one thread each.
# Makes its own virtual environment (5 GB: see requirements-nets.txt), unless PYTHON names a Python that has both.
#
#   scripts/peers/nets.sh [--repeats N] [--steps K] [--cases NAME ...]      writes scripts/peers/results/nets.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

if [ -z "${PYTHON:-}" ]; then
    environment "$here/.venv-nets" "$here/requirements-nets.txt"
    PYTHON=$here/.venv-nets/bin/python
fi
binary=$(binary "$PYTHON" nets_peer remeasure-nets)
exec "$PYTHON" "$here/nets.py" --binary "$binary" --out "$here/results" "$@"
