#!/usr/bin/env bash
# A real Slurm of one node on this machine, from Debian's packages slurm-wlm and munge. Needs root; all of its files are in
# DIR, except those of the packages.
#
#   scripts/slurm-one-node.sh start DIR        # munged, slurmctld, slurmd; then: export SLURM_CONF=DIR/slurm.conf
#   scripts/slurm-one-node.sh kill-node DIR    # kills slurmd and all tasks at once, as in a power cut
#   scripts/slurm-one-node.sh start-node DIR   # starts it again
#   scripts/slurm-one-node.sh stop DIR         # stops all daemons, by process id
#
# The environment can set MAX_ARRAY_SIZE (default 1001) and SLURM_PORT (default 17817; the next port is used too).
set -euo pipefail

usage() { sed -n '5,8s/^# *//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf
PATH=$PATH:/usr/sbin:/sbin

process() { cat "$dir/$1.pid" 2>/dev/null || true; }
# A zombie counts as ended: in a container there may be no process to reap it.
running() { [ -n "$1" ] && [ -r "/proc/$1/stat" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

wait_for() { # what, command: at most 20 s
  local what=$1 i
  shift
  for ((i = 0; i < 200; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "slurm-one-node: $what did not happen; see the logs in $dir" >&2
  tail -n 5 "$dir"/*.log >&2 || true
  return 1
}

ended() { ! running "$1"; }
node_is_up() { sinfo --noheader --format=%T | grep -Eq '^(idle|mixed|allocated)$'; }

end_process() { # name, signal
  local pid
  pid=$(process "$1")
  if running "$pid"; then
    kill "-$2" "$pid"
    wait_for "the end of $1" ended "$pid" || kill -KILL "$pid"
  fi
  rm -f "$dir/$1.pid"
}

start_node() {
  slurmd -N one -D </dev/null >>"$dir/slurmd.out" 2>&1 &
  echo $! >"$dir/slurmd.pid"
  wait_for "the node's registration" node_is_up
}

start() {
  local port=${SLURM_PORT:-17817}
  for program in munged slurmctld slurmd sbatch; do
    command -v "$program" >/dev/null || { echo "slurm-one-node: $program is missing: apt-get install slurm-wlm munge" >&2; exit 3; }
  done
  [ "$(id -u)" -eq 0 ] || { echo "slurm-one-node: needs root, because slurmd starts tasks for users" >&2; exit 3; }
  ! running "$(process slurmctld)" || { echo "slurm-one-node: already running in $dir" >&2; exit 2; }
  mkdir -p "$dir/state" "$dir/spool"
  chmod 755 "$dir"
  [ -s "$dir/munge.key" ] || head -c 1024 /dev/urandom >"$dir/munge.key"
  chmod 600 "$dir/munge.key"
  cat >"$SLURM_CONF" <<CONF
ClusterName=one
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued task may start after this many seconds instead of 120.
AuthInfo=socket=$dir/munge.socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.own.pid
SlurmdPidFile=$dir/slurmd.own.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
# A node that returns is used again; one that does not is soon declared down.
ReturnToService=2
SlurmdTimeout=5
BatchStartTimeout=2
KillWait=5
MinJobAge=300
MaxArraySize=${MAX_ARRAY_SIZE:-1001}
NodeName=one NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=one Default=YES MaxTime=INFINITE State=UP
CONF
  munged --foreground --socket="$dir/munge.socket" --key-file="$dir/munge.key" --pid-file="$dir/munged.own.pid" \
    --log-file="$dir/munged.log" --seed-file="$dir/munge.seed" --force </dev/null >>"$dir/munged.out" 2>&1 &
  echo $! >"$dir/munged.pid"
  wait_for "munged's socket" test -S "$dir/munge.socket"
  slurmctld -D </dev/null >>"$dir/slurmctld.out" 2>&1 &
  echo $! >"$dir/slurmctld.pid"
  wait_for "slurmctld's answer" scontrol ping
  start_node
  echo "export SLURM_CONF=$SLURM_CONF"
}

# Kills the daemon of the node, its tasks, and the supervisor of each task, by the process ids that Slurm lists.
kill_node() {
  local tasks parents pid
  tasks=$(scontrol listpids | awk 'NR > 1 {print $1}')
  parents=$(for pid in $tasks; do awk '/^PPid:/ {print $2}' "/proc/$pid/status" 2>/dev/null || true; done)
  for pid in $(process slurmd) $parents $tasks; do
    # A task without a supervisor may have process 1 as its parent.
    [ "$pid" -le 1 ] || kill -KILL "$pid" 2>/dev/null || true
  done
  end_process slurmd KILL
}

case $command in
  start) start ;;
  kill-node) kill_node ;;
  start-node) start_node ;;
  stop)
    # Running tasks would outlive the node.
    if running "$(process slurmctld)" && running "$(process slurmd)"; then
      scancel --me 2>/dev/null || true
      nothing_left() { [ -z "$(squeue --noheader --states=running,completing)" ]; }
      wait_for "the end of all jobs" nothing_left || true
    fi
    for daemon in slurmd slurmctld munged; do end_process "$daemon" TERM; done
    ;;
  *) usage ;;
esac
