"""Drives solvers that run in programs of their own, in Rust, R and Python alike.

A program gets a folder with exported cases. A request is a line `CASE TASK TOLERANCE`;
the answer is a line `CPU WALL NOTE` in milliseconds, or `! MESSAGE`, and the coefficients
are in `CASE.TASK.w`. Numbers in files are little-endian doubles, X column by column. Reading
data and writing coefficients is outside the timed part. Short fits are repeated for a tenth
of a second, and the mean is taken.
"""

import os
import pathlib
import select
import subprocess
import sys
import time
import typing

import numpy as np

LEAST = 0.1  # seconds
# Threads that wait for work also take CPU time.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")}


class Answer(typing.NamedTuple):
    coefficients: np.ndarray
    cpu: float
    wall: float
    note: str


class Case(typing.NamedTuple):
    x: np.ndarray
    y: np.ndarray
    extra: float  # λ, or the number of classes
    lambdas: np.ndarray


def export(folder, name, x, y, extra, lambdas=()):
    folder = pathlib.Path(folder)
    x.T.astype("<f8").tofile(folder / f"{name}.x")
    y.astype("<f8").tofile(folder / f"{name}.y")
    np.asarray(lambdas, dtype="<f8").tofile(folder / f"{name}.lambdas")
    (folder / f"{name}.txt").write_text(f"{x.shape[0]} {x.shape[1]} {float(extra)!r}\n")


def load(folder, name):
    folder = pathlib.Path(folder)
    n, p, extra = (folder / f"{name}.txt").read_text().split()

    def read(ending):
        return np.fromfile(folder / f"{name}.{ending}", dtype="<f8")

    return Case(read("x").reshape(int(p), int(n)).T, read("y"), float(extra), read("lambdas"))


def timed(run):
    """The last result and the mean CPU and wall milliseconds."""
    cpu, wall, runs = time.process_time(), time.perf_counter(), 0
    while True:
        result = run()
        runs += 1
        passed = time.process_time() - cpu
        if passed >= LEAST:
            return result, 1e3 * passed / runs, 1e3 * (time.perf_counter() - wall) / runs


def serve(folder, tasks):
    """Answers requests. A task makes, of a case and a tolerance, what to time and how to read coefficients from it."""
    name, case = None, None
    for line in sys.stdin:
        wanted, task, tolerance = line.split()
        try:
            if wanted != name:
                name, case = wanted, load(folder, wanted)
            run, read = tasks[task](case, float(tolerance))
            result, cpu, wall = timed(run)
            np.asarray(read(result), dtype="<f8").tofile(pathlib.Path(folder) / f"{name}.{task}.w")
            print(cpu, wall, flush=True)
        except Exception as error:  # whatever a package raises, the others go on
            print("!", type(error).__name__, *str(error).split(), flush=True)


def cpu_seconds(process):
    """CPU time of a running program; wall time where there is no /proc."""
    try:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return time.monotonic()


class Worker:
    """One program. It is ended when a fit takes longer than its budget, and started again for the next one."""

    def __init__(self, command, folder, small):
        self.command = [*map(str, command), str(folder)]
        self.folder, self.small = pathlib.Path(folder), small
        self.child, self.warm = None, set()

    def solve(self, case, task, tolerance, budget=None):
        """An answer; None if the fit failed or took more CPU seconds than the budget."""
        if self.child is None:
            pipe = subprocess.PIPE
            environment = os.environ | ONE_THREAD
            self.child = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, bufsize=0, env=environment)
            self.warm = set()
        if task not in self.warm:  # compiled solvers are compiled by their first fit
            self.warm.add(task)
            self.ask(self.small, task, tolerance, None)
        line = self.ask(case, task, tolerance, budget)
        if line is None or line.startswith("!"):
            print(f"  {case} {task} {tolerance:g}: {line or f'ended after {budget} s'}", file=sys.stderr, flush=True)
            return None
        cpu, wall, *note = line.split()
        coefficients = np.fromfile(self.folder / f"{case}.{task}.w", dtype="<f8")
        return Answer(coefficients, float(cpu), float(wall), " ".join(note))

    def ask(self, case, task, tolerance, budget):
        self.child.stdin.write(f"{case} {task} {float(tolerance)!r}\n".encode())
        start = cpu_seconds(self.child.pid)
        while not select.select([self.child.stdout], [], [], 0.25)[0]:
            if budget and cpu_seconds(self.child.pid) - start > budget:
                self.end()
                return None
        line = self.child.stdout.readline().decode().strip()
        if not line:
            status = self.child.wait()
            self.child = None
            raise RuntimeError(f"{self.command[0]} ended with status {status} at {case} {task} {tolerance:g}")
        return line

    def end(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None


SLOW, SLOW_ROUNDS = 2e3, 3  # a fit of more CPU milliseconds runs in the first rounds only


def in_turn(runs, repeats):
    """Answers of each competitor, one after the other in every round."""
    answers = {name: [] for name in runs}
    for turn in range(repeats):
        for name, run in runs.items():
            found = answers[name]
            if turn < SLOW_ROUNDS or not found or found[0].cpu < SLOW:
                answer = run()
                if answer is not None:
                    found.append(answer)
    return {name: found for name, found in answers.items() if found}


def median_cpu(answers):
    return float(np.median([answer.cpu for answer in answers]))


def turns(repeats):
    """How times were taken, for the head of a table."""
    return (
        f"medians of {repeats} repeats in turn ({SLOW_ROUNDS} at most of fits above {SLOW / 1e3:g} s), each the mean of as "
        "many fits as fill a tenth of a second; CPU time of one thread"
    )
