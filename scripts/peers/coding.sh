#!/bin/sh
# Compares the time of a step of binary sparse coding with ProSper's, and of dictionary learning with scikit-learn's
# MiniBatchDictionaryLearning, one thread each, on the same data. Makes its own virtual environment. ProSper is in no
# package index: clone https://github.com/ml-uol/prosper and give its folder; without it, the step is timed alone.
#
#   scripts/peers/coding.sh [--repeats N] [--prosper FOLDER]     writes scripts/peers/results/coding.md
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/prepare.sh"

environment "$here/.venv-coding" "$here/requirements-coding.txt"
binary=$(binary "$here/.venv-coding/bin/python" coding_peer)
exec "$here/.venv-coding/bin/python" "$here/coding.py" --binary "$binary" --out "$here/results" "$@"
