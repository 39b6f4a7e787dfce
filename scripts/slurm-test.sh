#!/usr/bin/env bash
# Runs an experiment on a real one-node Slurm: eight shards in two arrays. One task is requeued midway, one is cancelled, and
# the node is lost and brought back. Then the missing shard is submitted again, and the merged run is compared with a local
# run, byte by byte. Prints "skipped" if Slurm cannot be installed.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD

skip() { echo "skipped: scripts/slurm-test.sh: $*"; exit 0; }
fail() { echo "failed: scripts/slurm-test.sh: $*" >&2; exit 1; }

[ "$(uname)" = Linux ] || skip "Slurm runs on Linux"
[ "$(id -u)" -eq 0 ] || skip "not root, which slurmd needs"
PATH=$PATH:/usr/sbin:/sbin
have() { for program in munged slurmctld slurmd sbatch; do command -v "$program" >/dev/null || return 1; done; }
if ! have; then
  command -v apt-get >/dev/null || skip "no Slurm, and no apt-get to install it"
  install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge)
  { "${install[@]}" || { apt-get update -qq && "${install[@]}"; }; } >/dev/null 2>&1 || skip "slurm-wlm and munge cannot be installed"
  have || skip "the packages slurm-wlm and munge are installed, but their programs are missing"
fi
[ -n "${REMEASURE:-}" ] || cargo build --release --locked --quiet
remeasure=${REMEASURE:-$here/target/release/remeasure}

work=$(mktemp -d)
node=$here/scripts/slurm-one-node.sh
finish() {
  "$node" stop "$work/node" || true
  rm -rf "$work"
}
trap finish EXIT
# Task numbers must be below 6, so eight shards need two arrays.
MAX_ARRAY_SIZE=6 "$node" start "$work/node" >/dev/null || skip "the Slurm node does not start here"
export SLURM_CONF=$work/node/slurm.conf

# A folder whose name needs quoting.
mkdir "$work/a study"
cd "$work/a study"
cat >study.toml <<'CONFIG'
experiment = "study"
title = "A study for Slurm"
family = "sparse"
seed = 3
[profile.quick]
replicates = 800
[problem]
p = 200
k = 10
signal = "signs"
snr_db = 10
[sweep]
problem.n = { values = [60, 100], label = "observations n" }
[[estimator]]
kind = "lasso"
lambda = { cv = { folds = 5 } }
[[estimator]]
kind = "omp"
[[table]]
id = "errors"
title = "Errors"
metrics = ["nmse"]
[[figure]]
id = "error"
title = "Error"
kind = "line"
metric = "nmse"
x = "n"
[[claim]]
id = "lasso"
statement = "The Lasso has the smaller error"
source = "a hunch"
form = "below"
metric = "nmse"
a = "lasso"
b = "omp"
CONFIG
run=shared/study/quick

wait_for() { # what, seconds, command
  local what=$1 i tenths=$(($2 * 10))
  shift 2
  for ((i = 0; i < tenths; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  squeue
  tail -n 5 "$run"/slurm/logs/*
  fail "$what did not happen"
}
says() { grep -qF -- "$2" <<<"$1" || fail "\`$2\` is not in: $1"; }
in_queue() { [ -n "$(squeue --noheader --array --jobs="$1" 2>/dev/null)" ]; }
idle() { [ -z "$(squeue --noheader)" ]; }
# More than the entry of its session: some trials are stored.
midway() { [ "$(stat -c %s "$run/shards/$1-of-8/journal" 2>/dev/null || echo 0)" -gt 8000 ]; }

echo "-- submitting eight shards"
sent=$("$remeasure" submit --config study.toml --out shared --shards 8 -- --time=10)
echo "$sent"
says "$sent" "shards 1-5 of 8"
says "$sent" "shards 6-8 of 8"
first=$(sed -n 's/^job \([0-9]*\): shards 1-5 .*/\1/p' <<<"$sent")
wait_for "a trial of shard 1" 40 midway 1

echo "-- shard 1 is requeued midway; shard 5 is cancelled"
scontrol requeue "${first}_1"
scancel "${first}_5"
again=$("$remeasure" submit --config study.toml --out shared --missing 2>&1)
says "$again" "shard 5 of 8"
says "$again" "merges and reports"
[ "$(grep -c '^job' <<<"$again")" -eq 2 ] || fail "more was submitted than shard 5 and the merging job: $again"
scancel "$(sed -n 's/^job \([0-9]*\): shard 5 .*/\1/p' <<<"$again")"

echo "-- the node goes down during two tasks, and comes back"
wait_for "a trial of shard 3" 60 midway 3
"$node" kill-node "$work/node"
"$remeasure" status "$run" || [ $? -eq 1 ]
sleep 3
"$node" start-node "$work/node"
wait_for "the end of all jobs" 120 idle

echo "-- shard 5 is reported as missing, and only it is submitted"
merging=$(cat "$run"/slurm/logs/merge-*.log)
says "$merging" "200 of 1,600 trials missing: 200 of shard 5/8"
status=$("$remeasure" status "$run") && fail "status finds nothing missing"
says "$status" "shards: 7 of 8 complete, missing 5/8"
[ ! -e "$run/report.md" ] || fail "merged although a shard is missing"
again=$("$remeasure" submit --config study.toml --out shared --missing)
echo "$again"
says "$again" "shard 5 of 8"
wait_for "the merged report" 60 test -s "$run/manifest.toml"
wait_for "the end of all jobs" 30 idle
grep -q . "$run/report.md"
left=$("$remeasure" submit --config study.toml --out shared --missing 2>&1)
says "$left" "is complete: nothing to submit"

# The requeued shard resumed: if it had started over, it would not mention stored trials.
resumed=$(grep -l 'trials are stored already' "$run"/slurm/logs/"${first}"_1.log) || fail "shard 1 started over"
echo "   $(grep 'stored already' "$resumed")"

echo "-- the same run on this machine"
"$remeasure" run --config study.toml --out one >/dev/null 2>&1
diff -r --brief --exclude=shards --exclude=slurm --exclude=journal --exclude=timings.csv --exclude=timings.md \
  --exclude=manifest.toml --exclude=ro-crate-metadata.json "$run" one/study/quick || fail "the merged run differs"
echo "passed: identical byte for byte ($(find one/study/quick -type f | wc -l) files; journal, timings and manifest apart)"
