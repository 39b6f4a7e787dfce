#!/bin/sh
# Runs all comparisons with other packages, one thread each, and writes one table of them. What is missing (R, one of
# its packages, torch) is named and its rows are left out.
#
#   scripts/peers/all.sh [--quick] [--out DIR] [NAME ...]
#
# NAME: lasso, lasso-path, regularised, ordinal, unfolding, nets, causal, bilevel, selection, graphs, pc, coding, kernels; all if
# none is given. Writes results/*.md (or to DIR), among them all.md with a row for each case. --quick: few repeats, to
# see it run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/results
quick=
names=
while [ $# -gt 0 ]; do
    case $1 in
        --quick) quick=--quick ;;
        --out) shift; mkdir -p "$1"; out=$(cd "$1" && pwd) ;;
        -*) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
        *) names="$names $1" ;;
    esac
    shift
done
cd "$here/../.."
. "$here/prepare.sh"
[ -n "$names" ] || names="lasso lasso-path regularised ordinal unfolding nets causal bilevel selection graphs pc coding kernels"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
environment "$here/.venv" "$here/requirements.txt"
python=$here/.venv/bin/python

# The levels of REMEASURE_VECTORS that this processor has.
levels() {
    PYTHONPATH=$here "$python" -c 'import machine; print(*machine.levels())'
}

kernels() {
    "$python" "$here/kernels.py" "$@" > "$work/kernels.csv"
    if [ -f benches/kernels.rs ]; then
        for level in $(levels); do
            REMEASURE_VECTORS=$level cargo bench --quiet --bench kernels >> "$work/kernels.csv"
        done
    else
        echo "skipped: our kernels; there is no bench of that name" >&2
    fi
    cat "$work/kernels.csv"
}

run() { # NAME
    rows="--rows $work/$1.csv"
    case $1$quick in
        lasso) "$here/run.sh" --out "$out" $rows ;;
        lasso--quick) "$here/run.sh" --out "$out" $rows --repeats 3 ;;
        lasso-path) "$here/lasso_path.sh" --out "$out" $rows ;;
        lasso-path--quick) "$here/lasso_path.sh" --out "$out" $rows --repeats 1 ;;
        regularised) "$here/regularised.sh" --out "$out" $rows ;;
        regularised--quick) "$here/regularised.sh" --out "$out" $rows --repeats 1 ;;
        ordinal) "$here/ordinal.sh" --out "$out" $rows ;;
        ordinal--quick) "$here/ordinal.sh" --out "$out" $rows --repeats 2 ;;
        unfolding) "$here/unfolding.sh" --out "$out" $rows ;;
        unfolding--quick) "$here/unfolding.sh" --out "$out" $rows --repeats 3 --steps 10 --warmup 30 ;;
        nets) "$here/nets.sh" --out "$out" $rows ;;
        nets--quick) "$here/nets.sh" --out "$out" $rows --repeats 3 ;;
        causal) "$here/causal.sh" --out "$out" $rows ;;
        causal--quick) "$here/causal.sh" --out "$out" $rows --repeats 2 ;;
        bilevel) "$here/bilevel.sh" --out "$out" ;;
        bilevel--quick) "$here/bilevel.sh" --out "$out" --repeats 1 --seeds 29 ;;
        selection) "$here/selection.sh" --out "$out" ;;
        selection--quick) "$here/selection.sh" --out "$out" --repeats 1 ;;
        graphs) "$here/graphs.sh" --out "$out" ;;
        graphs--quick) "$here/graphs.sh" --out "$out" --repeats 1 ;;
        pc) "$here/pc.sh" --out "$out" ;;
        pc--quick) "$here/pc.sh" --out "$out" --repeats 1 --seeds 1 ;;
        coding) "$here/coding.sh" --out "$out" ;;
        coding--quick) "$here/coding.sh" --out "$out" --repeats 1 ;;
        kernels) kernels ;;
        kernels--quick) kernels --repeats 3 ;;
        *) echo "no comparison is called $1" >&2; exit 2 ;;
    esac
}

compared=
for name in $names; do
    echo "== $name" >&2
    run "$name" || echo "skipped: $name did not run to its end" >&2
    case $name in
        kernels | bilevel | selection | graphs | pc | coding) ;; # a table of their own
        *) compared="$compared $name" ;;
    esac
done
PYTHONPATH=$here "$python" "$here/overview.py" --rows "$work" --out "$out" $quick $compared
