"""Times penalised regression side by side and checks what each program reached.

For each program the loosest tolerance of a ladder is found at which its answer, judged here from the coefficients alone,
is as exact as the goal. Then all run in turn, several times; CPU milliseconds are reported. A program that needs more
than its budget for a fit has not reached the goal. The cross-validation of the multinomial Lasso runs at the tolerance
at which the program's path on all rows reaches the goal.
"""

import argparse
import pathlib
import platform
import sys
import tempfile

import celer
import numpy as np
import skglm
import sklearn

import exchange
import machine
import regularised_cases as cases

BUDGET = 60  # CPU seconds
LADDER = [m * 10.0**-e for e in range(2, 13) for m in (3, 1)]
GLMNET_LADDER = [10.0**-e for e in range(5, 18)]
# A gap relative to the objective at zero; for the multinomial Lasso the excess of the mean loss over the best of all.
GOALS = {"multinomial-cv": 1e-6, "scad": 1e-4, "mcp": 1e-4}
GOAL = 1e-6
PEERS = {
    "elastic-net": ["enet_path", "glmnet-net", "glmnet-net-covariance"],
    "group-lasso": ["celer-group", "skglm-group"],
    "lasso": ["scikit-learn", "scikit-learn-gram"],
    "multinomial-cv": ["cv.glmnet"],
    "scad": ["skglm-scad", "ncvreg-scad"],
    "mcp": ["skglm-mcp", "ncvreg-mcp"],
}
# The path by which the tolerance of a cross-validation is found.
PATHS = {"multinomial-cv": "multinomial", "cv.glmnet": "glmnet-multinomial"}


class Bench:
    """The programs, each started when it is first asked."""

    def __init__(self, binary, folder, versions):
        here = pathlib.Path(__file__).parent
        self.versions = versions
        self.commands = {
            "rust": [binary, "--serve"],
            "python": [sys.executable, here / "regularised_python.py"],
            "r": ["Rscript", here / "regularised.R"],
        }
        self.folder, self.workers = folder, {}

    def run(self, name, task, tolerance):
        own = task in PEERS or task == "multinomial"
        package = "ncvreg" if "ncvreg" in task else "glmnet" if "glmnet" in task else None
        if package and package not in self.versions:
            return None
        program = "rust" if own else "r" if package else "python"
        key = (program, name)
        if key not in self.workers:
            self.workers[key] = exchange.Worker(self.commands[program], self.folder, f"small-{name}")
        return self.workers[key].solve(name, task, tolerance, BUDGET)

    def end(self):
        for worker in self.workers.values():
            worker.end()


def excess(work, case, coefficients, best):
    """How far an answer is from the goal's optimum; infinite if it is not whole."""
    if work == "multinomial-cv":
        found = cases.errors(work, case, coefficients)
        return np.max(found - best) if len(found) == len(best) else np.inf
    expected = case.x.shape[1] * max(1, len(case.lambdas))
    return cases.errors(work, case, coefficients) if len(coefficients) == expected else np.inf


def reached(bench, name, work, case, task, best):
    """The loosest tolerance that meets the goal, and what it reaches; None if none does."""
    for tolerance in GLMNET_LADDER if "glmnet" in task or "ncvreg" in task else LADDER:
        answer = bench.run(name, PATHS.get(task, task), tolerance)
        if answer is None:
            return None
        error = excess(work, case, answer.coefficients, best)
        if error <= GOALS.get(work, GOAL):
            return tolerance, error
    return None


def measure(bench, name, spec, repeats):
    """A line for each program: name, program, tolerance, median ms, error, ratio to the fastest peer."""
    cases.export(bench.folder, f"small-{name}", spec, small=True)
    case = cases.export(bench.folder, name, spec)
    best = None
    if spec.work == "multinomial-cv":
        best = cases.errors(spec.work, case, bench.run(name, "multinomial", 1e-10).coefficients)
    tasks = [spec.work, *PEERS[spec.work]]
    settings = {task: reached(bench, name, spec.work, case, task, best) for task in tasks}
    runs = {t: lambda t=t: bench.run(name, t, settings[t][0]) for t in tasks if settings[t]}
    times = {t: exchange.median_cpu(found) for t, found in exchange.in_turn(runs, repeats).items()}
    fastest = min((ms for task, ms in times.items() if task != spec.work), default=np.nan)
    lines = []
    for task in tasks:
        if task in times:
            lines.append((name, task, settings[task][0], times[task], settings[task][1], times[task] / fastest))
        else:
            lines.append((name, task))
        print(*lines[-1], flush=True)
    return lines


def cells(line):
    name, task = line[:2]
    title, own = cases.CASES[name].title, task == cases.CASES[name].work
    label = "remeasure" if own else task
    if len(line) == 2:
        return f"| {title} | {label} | – | not reached | | |"
    return f"| {title} | {label} | {line[2]:.0e} | {line[3]:.1f} | {line[4]:.1e} | {line[5]:.2f} |"


def overview(lines):
    """Ours and the fastest peer of each case."""
    for name in dict.fromkeys(line[0] for line in lines):
        spec = cases.CASES[name]
        timed = {line[1]: line[3] for line in lines if line[0] == name and len(line) > 2}
        ours = timed.pop(spec.work, None)
        if ours and timed:
            peer = min(timed, key=timed.get)
            yield spec.title, "remeasure", ours, peer, timed[peer]


def described(repeats, of_r):
    packages = {"scikit-learn": sklearn, "celer": celer, "skglm": skglm, "numpy": np}
    versions = {name: package.__version__ for name, package in packages.items()} | of_r
    return (
        f"{machine.described()}, {machine.named(versions)}, Python {platform.python_version()}. Milliseconds, "
        f"{exchange.turns(repeats)}. Each program runs at the loosest tolerance of a ladder that meets the goal, judged from "
        f"its coefficients: along the whole path a relative gap of {GOAL:.0e}; for the multinomial Lasso an objective within "
        f"{GOALS['multinomial-cv']:.0e} of the best at every λ (of its path on all rows); for SCAD and MCP a violation of "
        f"stationarity of {GOALS['scad']:.0e} λ_max. “not reached”: not within {BUDGET} s a fit, at no tolerance, or not here."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--cases", nargs="+", default=list(cases.CASES), choices=list(cases.CASES))
    parser.add_argument("--out", type=pathlib.Path, default=None, help="folder for regularised.md")
    parser.add_argument("--rows", type=pathlib.Path, default=None, help="file for the rows of the overview")
    arguments = parser.parse_args()
    versions = machine.r_versions("glmnet", "ncvreg")
    for package in ("glmnet", "ncvreg"):
        if package not in versions:
            print(f"skipped: {package}", file=sys.stderr)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.binary, folder, versions)
        for name in arguments.cases:
            lines += measure(bench, name, cases.CASES[name], arguments.repeats)
        bench.end()
    head = "| work | program | its tolerance | median ms | error | to the fastest peer |"
    table = [described(arguments.repeats, versions), "", head, "|---|---|---:|---:|---:|---:|", *map(cells, lines)]
    print("\n" + "\n".join(table))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "regularised.md").write_text("\n".join(table) + "\n")
    machine.save_rows(arguments.rows, list(overview(lines)))


if __name__ == "__main__":
    main()
