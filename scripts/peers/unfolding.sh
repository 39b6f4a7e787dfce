#!/bin/sh
# Compares the time of a training step of our unfolded networks with PyTorch's, one thread each.
# Makes its own virtual environment (5 GB: see requirements-unfolding.txt).
#
#   scripts/peers/unfolding.sh [--repeats N] [--steps K] [--warmup W] [--sizes I ...]
#                                           writes scripts/peers/results/unfolding.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

environment=$here/.venv-unfolding
if ! [ -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
if ! cmp -s "$here/requirements-unfolding.txt" "$environment/installed.txt"; then
    "$environment/bin/python" -m pip install --quiet -r "$here/requirements-unfolding.txt"
    cp "$here/requirements-unfolding.txt" "$environment/installed.txt"
fi

binary=$(cargo bench --bench unfolding_peer --no-run --message-format=json |
    "$environment/bin/python" -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("target", {}).get("name") == "unfolding_peer" and message.get("executable"):
        print(message["executable"])')

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 RAYON_NUM_THREADS=1
exec "$environment/bin/python" "$here/unfolding.py" --binary "$binary" --out "$here/results" "$@"
