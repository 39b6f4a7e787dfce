#!/bin/sh
# Compares the time of our Lasso with scikit-learn, celer, skglm and linfa, one thread each,
# on the same exported data. Makes its own virtual environment.
#
#   scripts/peers/run.sh [--repeats N] [--cases NAME ...] [--out DIR]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

if ! [ -x "$here/.venv/bin/python" ]; then
    python3 -m venv "$here/.venv"
fi
if ! cmp -s "$here/requirements.txt" "$here/.venv/installed.txt"; then
    "$here/.venv/bin/python" -m pip install --quiet -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$here/.venv/installed.txt"
fi

binary=$(cargo bench --bench lasso_peer --no-run --message-format=json |
    "$here/.venv/bin/python" -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("target", {}).get("name") == "lasso_peer" and message.get("executable"):
        print(message["executable"])')

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1 RAYON_NUM_THREADS=1
exec "$here/.venv/bin/python" "$here/compare.py" --binary "$binary" "$@"
