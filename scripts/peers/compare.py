"""Times Lasso solvers at one λ side by side and checks what each one reached.

For each solver the loosest tolerance of a ladder is found at which the
relative gap, recomputed here from the coefficients alone, is at most 1e-6.
Then all solvers run in turn, several times; CPU milliseconds are reported.
A solver that needs more than 20 s for a fit has not reached the goal. Of
scikit-learn with and without a Gram matrix and of four ways to call glmnet
each is tried; of those of glmnet only the fastest is timed.
"""

import argparse
import pathlib
import platform
import sys
import tempfile
import typing

import celer
import numpy as np
import skglm
import sklearn

import cases
import exchange
import machine

GOAL = 1e-6
BUDGET = 20  # CPU seconds
LADDER = [m * 10.0**-e for e in range(1, 13) for m in (3, 1)]
GLMNET_LADDER = [10.0**-e for e in range(4, 22)]  # its threshold is one of squares
SLOW = 1e3  # CPU milliseconds, from which every other rung is skipped
PEERS = ("scikit-learn", "scikit-learn-gram", "celer", "skglm", "linfa")
GLMNET = [f"glmnet-{way}-{form}" for way in ("direct", "path") for form in ("naive", "covariance")]
NAMES = {"scikit-learn-gram": "scikit-learn, `precompute=True`"}


class Bench:
    """The programs with solvers, and the cases they were given."""

    def __init__(self, binary, folder, glmnet, budget=BUDGET):
        here = pathlib.Path(__file__).parent
        self.budget = budget
        cases.export(folder, cases.SMALL, cases.SMALL_SHAPE)
        start = lambda *command: exchange.Worker(command, folder, cases.SMALL)
        self.rust = start(binary, "--serve")
        self.python = start(sys.executable, here / "lasso_python.py")
        self.r = start("Rscript", here / "lasso.R") if glmnet else None

    def run(self, case, task, tolerance):
        worker = self.python
        if task in ("remeasure", "linfa", "path", "cv"):
            worker = self.rust
        elif "glmnet" in task:
            worker = self.r
        return worker.solve(case, task, tolerance, self.budget)

    def end(self):
        for worker in (self.rust, self.python, self.r):
            if worker:
                worker.end()


class Reached(typing.NamedTuple):
    tolerance: float
    cpu: float


def descend(bench, name, case, task, ladder, bound=np.inf):
    """The loosest tolerance that meets the goal; None if none does, or if it would take longer than the bound."""
    rungs = iter(ladder)
    for tolerance in rungs:
        answer = bench.run(name, task, tolerance)
        if answer is None:
            return None  # a tighter tolerance takes longer still
        if cases.assess(case, case.extra, answer.coefficients)[1] <= GOAL:
            return Reached(tolerance, answer.cpu)
        if answer.cpu > bound:
            return None
        if answer.cpu > SLOW:
            next(rungs, None)
    return None


def fastest_glmnet(bench, name, case):
    """The fastest of the ways to call it that reach the goal."""
    best, setting = "glmnet", None
    for task in GLMNET:
        found = descend(bench, name, case, task, GLMNET_LADDER, setting.cpu if setting else np.inf)
        if found and (setting is None or found.cpu < setting.cpu):
            best, setting = task, found
    return {best: setting}


def settings(bench, name, case):
    """The solvers that reach the goal, with their tolerances, and those that do not."""
    n, p = case.x.shape
    # A Gram matrix of many more columns than rows is not what anyone would form.
    peers = [peer for peer in PEERS if peer != "scikit-learn-gram" or p <= 4 * n]
    found = {task: descend(bench, name, case, task, LADDER) for task in ("remeasure", *peers)}
    if bench.r:
        found |= fastest_glmnet(bench, name, case)
    reached = {task: setting.tolerance for task, setting in found.items() if setting}
    return reached, [task for task, setting in found.items() if not setting]


def measure(bench, name, case, repeats):
    """A line for each solver of a case: case, solver, tolerance, least and median ms, gap, P(w) - P*, ratio."""
    reached, missed = settings(bench, name, case)
    runs = {task: lambda t=task: bench.run(name, t, reached[t]) for task in reached}
    answers = exchange.in_turn(runs, repeats)
    tight = bench.run(name, "remeasure", 1e-13)
    quality = {task: cases.assess(case, case.extra, found[-1].coefficients) for task, found in answers.items()}
    # P* from below the rounding of any timed run; a peer may be lower by an ulp.
    optimum = min([cases.assess(case, case.extra, tight.coefficients)[0], *(primal for primal, _ in quality.values())])
    times = {task: exchange.median_cpu(found) for task, found in answers.items()}
    fastest = min((time for task, time in times.items() if task != "remeasure"), default=np.nan)
    lines = []
    for task, found in answers.items():
        primal, gap = quality[task]
        least = min(answer.cpu for answer in found)
        lines.append((name, task, reached[task], least, times[task], gap, primal - optimum, times[task] / fastest))
        print(*lines[-1], flush=True)
    lines += [(name, task) for task in missed]
    return lines


def cells(line):
    if len(line) == 2:
        return f"| {line[0]} | {NAMES.get(line[1], line[1])} | – | not reached | | | | |"
    case, task, tolerance, least, middle, gap, excess, ratio = line
    return (
        f"| {case} | {NAMES.get(task, task)} | {tolerance:.0e} | {least:.1f} | {middle:.1f} | {gap:.1e} | {excess:.1e} "
        f"| {ratio:.2f} |"
    )


def overview(lines):
    """Ours and the fastest peer of each case."""
    rows = []
    for case in dict.fromkeys(line[0] for line in lines):
        timed = {line[1]: line[4] for line in lines if line[0] == case and len(line) > 2}
        ours = timed.pop("remeasure", None)
        if ours and timed:
            peer = min(timed, key=timed.get)
            rows.append((f"Lasso {case}, gap ≤ {GOAL:.0e}", "remeasure", ours, NAMES.get(peer, peer), timed[peer]))
    return rows


def described(repeats, glmnet):
    packages = {"scikit-learn": sklearn, "celer": celer, "skglm": skglm, "numpy": np}
    versions = {name: package.__version__ for name, package in packages.items()} | glmnet
    shapes = "; ".join(f"{name}: λ = {shape.fraction:g} λ_max" for name, shape in cases.CASES.items())
    return (
        f"{machine.described()}, {machine.named(versions)}, Python {platform.python_version()}. Milliseconds, "
        f"{exchange.turns(repeats)}. Each solver runs at the "
        f"loosest tolerance of a ladder that brings its relative gap, recomputed from its coefficients, to {GOAL:.0e} or "
        f"less; “not reached”: not within {BUDGET} s a fit, or at no tolerance. glmnet: the fastest of “direct” (λ alone) "
        f"and “path” (20 steps down to it), naive and covariance updates. {shapes}."
    )


def write(folder, text, lines):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lasso.md").write_text(text)
    header = "case,solver,tolerance,min_ms,median_ms,relative_gap,excess_objective,ratio\n"
    body = "".join(",".join(map(str, line)) + "\n" for line in lines if len(line) > 2)
    (folder / "lasso.csv").write_text(header + body)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--cases", nargs="+", default=list(cases.CASES), choices=list(cases.CASES))
    parser.add_argument("--out", type=pathlib.Path, default=None, help="folder for lasso.md and lasso.csv")
    parser.add_argument("--rows", type=pathlib.Path, default=None, help="file for the rows of the overview")
    arguments = parser.parse_args()
    versions = machine.r_versions("glmnet")
    if "glmnet" not in versions:
        print("skipped: glmnet; on Debian: apt-get install r-base-core r-cran-glmnet", file=sys.stderr)
        versions = {}
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.binary, folder, bool(versions))
        for name in arguments.cases:
            lines += measure(bench, name, cases.export(folder, name, cases.CASES[name]), arguments.repeats)
        bench.end()
    head = "| case | solver | its tolerance | min ms | median ms | relative gap | P(w) − P* | to the fastest peer |"
    table = [described(arguments.repeats, versions), "", head, "|---|---|---:|---:|---:|---:|---:|---:|"]
    text = "\n".join([*table, *map(cells, lines)]) + "\n"
    print("\n" + text)
    if arguments.out:
        write(arguments.out, text, lines)
    machine.save_rows(arguments.rows, overview(lines))


if __name__ == "__main__":
    main()
