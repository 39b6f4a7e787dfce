"""Times Lasso solvers side by side and checks what each one reached.

For each solver the loosest tolerance of a ladder is found at which the
relative gap, recomputed here from the coefficients alone, is at most 1e-6.
Then all solvers run in turn, several times; CPU milliseconds are reported.
Reading and converting data is outside the timed part of every solver, and
compiled ones (numba) have run before.
"""

import argparse
import pathlib
import platform
import subprocess
import tempfile
import time
import warnings

import celer
import numpy as np
import skglm
import sklearn
import sklearn.linear_model

import cases

GOAL = 1e-6
LADDER = [m * 10.0**-e for e in range(1, 13) for m in (3, 1)]
PEERS = ("scikit-learn", "celer", "skglm", "linfa")


def assess(x, y, lam, w):
    """P(w) and the gap relative to P(0), at the best feasible multiple of the residual."""
    n = len(y)
    residual = y - x @ w
    square = residual @ residual
    primal = square / (2 * n) + lam * np.abs(w).sum()
    limit = n * lam / np.max(np.abs(x.T @ residual))
    scale = np.clip(y @ residual / square, -limit, limit)
    dual = (scale * (y @ residual) - scale**2 * square / 2) / n
    return primal, (primal - dual) / (y @ y / (2 * n))


class Rust:
    """The solvers of the Rust bench, driven through a pipe."""

    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder)
        self.child = subprocess.Popen(
            [binary, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def solve(self, case, solver, tolerance):
        self.child.stdin.write(f"{case} {solver} {tolerance!r}\n")
        self.child.stdin.flush()
        elapsed = float(self.child.stdout.readline().split()[0])
        return np.fromfile(self.folder / f"{case}.{solver}.w", dtype="<f8"), elapsed


def python_solver(name, lam, tolerance):
    options = dict(alpha=lam, fit_intercept=False, tol=tolerance)
    if name == "scikit-learn":
        return sklearn.linear_model.Lasso(max_iter=100_000, copy_X=False, **options)
    if name == "celer":
        return celer.Lasso(max_iter=1000, max_epochs=100_000, **options)
    # skglm and celer spell out working sets; their defaults are kept.
    return skglm.Lasso(max_iter=1000, max_epochs=100_000, **options)


def run(name, rust, case, data, tolerance):
    """Coefficients and CPU milliseconds."""
    if name in ("remeasure", "linfa"):
        return rust.solve(case, name, tolerance)
    x, y, lam = data
    model = python_solver(name, lam, tolerance)
    start = time.process_time()
    model.fit(x, y)
    return np.ravel(model.coef_), (time.process_time() - start) * 1e3


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def compiler():
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--cases", nargs="+", default=list(cases.CASES), choices=list(cases.CASES))
    parser.add_argument("--out", type=pathlib.Path, default=None, help="folder for lasso.md and lasso.csv")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # a loose rung of the ladder may not converge; the gap decides
    solvers = ("remeasure", *PEERS)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        cases.export(folder)
        rust = Rust(arguments.binary, folder)
        for case in arguments.cases:
            data = cases.make(case)
            x, y, lam = data
            # P* from below the rounding of any timed run, by scikit-learn, and by ours.
            tight = [run("scikit-learn", rust, case, data, 1e-13)[0], run("remeasure", rust, case, data, 1e-13)[0]]
            optimum = min(assess(x, y, lam, w)[0] for w in tight)
            tolerances = {}
            for name in solvers:
                run(name, rust, case, data, LADDER[0])  # warm up
                for tolerance in LADDER:
                    w, _ = run(name, rust, case, data, tolerance)
                    if assess(x, y, lam, w)[1] <= GOAL:
                        tolerances[name] = tolerance
                        break
                else:
                    print(f"{case}: {name} reached no relative gap of {GOAL}", flush=True)
            times = {name: [] for name in tolerances}
            reached = {}
            for _ in range(arguments.repeats):
                for name, tolerance in tolerances.items():
                    w, elapsed = run(name, rust, case, data, tolerance)
                    times[name].append(elapsed)
                    reached[name] = assess(x, y, lam, w)
            fastest = min(np.median(times[name]) for name in PEERS if name in times)
            for name in tolerances:
                primal, gap = reached[name]
                middle = float(np.median(times[name]))
                rows.append(
                    (case, name, tolerances[name], min(times[name]), middle, gap, primal - optimum, middle / fastest)
                )
                print(*rows[-1], flush=True)

    versions = (
        f"{processor()}: remeasure by {compiler()}, scikit-learn {sklearn.__version__}, celer {celer.__version__}, skglm {skglm.__version__}, "
        f"numpy {np.__version__}, Python {platform.python_version()}, {arguments.repeats} repeats in turn, CPU time, one thread. "
        f"Each solver runs at the loosest tolerance of a ladder that brings its relative gap, "
        f"recomputed from its coefficients, to {GOAL:.0e} or less."
    )
    lines = [
        versions,
        "",
        "| case | solver | its tolerance | min ms | median ms | relative gap | P(w) − P* | to the fastest peer |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for case, name, tolerance, least, middle, gap, excess, ratio in rows:
        lines.append(
            f"| {case} | {name} | {tolerance:.0e} | {least:.1f} | {middle:.1f} | {gap:.1e} | {excess:.1e} | {ratio:.2f} |"
        )
    print("\n" + "\n".join(lines))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "lasso.md").write_text("\n".join(lines) + "\n")
        header = "case,solver,tolerance,min_ms,median_ms,relative_gap,excess_objective,ratio\n"
        body = "".join(",".join(map(str, row)) + "\n" for row in rows)
        (arguments.out / "lasso.csv").write_text(header + body)


if __name__ == "__main__":
    main()
