# For the other scripts of this folder: environments and binaries. Sourced by a POSIX shell; `here` is this folder.

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1 RAYON_NUM_THREADS=1

# environment FOLDER REQUIREMENTS: a virtual environment with exactly what the file pins; made once.
environment() {
    if ! [ -x "$1/bin/python" ]; then
        python3 -m venv "$1"
    fi
    if ! cmp -s "$2" "$1/installed.txt"; then
        "$1/bin/python" -m pip install --quiet -r "$2"
        cp "$2" "$1/installed.txt"
    fi
}

# binary PYTHON BENCH [PACKAGE]: builds a bench, of the root if no package is named, and prints its path.
binary() {
    cargo bench ${3:+--package "$3"} --bench "$2" --no-run --message-format=json | "$1" -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("target", {}).get("name") == sys.argv[1] and message.get("executable"):
        print(message["executable"])' "$2"
}
