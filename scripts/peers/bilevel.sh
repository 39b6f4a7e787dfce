#!/bin/sh
# Compares the time to choose a Lasso's weight by held-out error with Python packages, one thread each, on the same data.
# Makes its own virtual environment.
#
#   scripts/peers/bilevel.sh [--repeats N] [--seeds S ...]        writes scripts/peers/results/bilevel.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

environment=$here/.venv-bilevel
if ! [ -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
if ! cmp -s "$here/requirements-bilevel.txt" "$environment/installed.txt"; then
    "$environment/bin/python" -m pip install --quiet -r "$here/requirements-bilevel.txt"
    cp "$here/requirements-bilevel.txt" "$environment/installed.txt"
fi

binary=$(cargo bench --bench bilevel_peer --no-run --message-format=json |
    "$environment/bin/python" -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("target", {}).get("name") == "bilevel_peer" and message.get("executable"):
        print(message["executable"])')

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 RAYON_NUM_THREADS=1
exec "$environment/bin/python" "$here/bilevel.py" --binary "$binary" --out "$here/results" "$@"
