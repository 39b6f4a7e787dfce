"""Times a path of 100 λ down to λ_max/100 and its 5-fold cross-validation, and checks what each solver reached.

Every peer runs at its default tolerance, and along the path also at the
loosest one of a ladder at which the worst relative gap of the path, recomputed
from the coefficients alone, is at most 1e-6. Ours runs at several tolerances, and
each peer is compared with our fastest that is at least as exact.
"""

import argparse
import pathlib
import platform
import sys
import tempfile
import typing

import celer
import numpy as np
import sklearn

import cases
import compare
import exchange
import machine
import matching

BUDGET = 60  # CPU seconds
OURS = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5, 1e-6]
# The default, then tighter ones.
PATHS = {
    "lasso_path": [10.0**-e for e in range(4, 11)],
    "celer_path": [10.0**-e for e in range(6, 11)],
    "glmnet": [10.0**-e for e in range(7, 18, 2)],
}
# celer's own LassoCV has the default 1e-4.
CVS = {"cv": [1e-6], "LassoCV": [1e-4], "celer-cv": [1e-4], "cv.glmnet": [1e-7, 1e-11]}
OWN = ("path", "cv")
NAMES = {"path": "remeasure", "cv": "remeasure", "celer-cv": "celer_path on each fold"}


class Line(typing.NamedTuple):
    work: str  # path or CV
    task: str
    tolerance: float
    default: bool
    cpu: float
    error: float  # the relative gap: the worst of the path; of the final coefficients of a CV
    chosen: float  # λ / λ_max of a CV


def worst_gap(case, coefficients):
    along = coefficients.reshape(-1, case.x.shape[1])
    if len(along) < len(case.lambdas):
        return np.inf  # the solver has given up on the way
    return max(cases.assess(case, lam, w)[1] for lam, w in zip(case.lambdas, along))


def path_settings(bench, case, tasks):
    """Tolerances of the peers: (task, tolerance, whether it is the default)."""
    chosen = []
    for task in tasks:
        for k, tolerance in enumerate(PATHS[task]):
            answer = bench.run(cases.PATH, task, tolerance)
            if answer is None:
                break
            gap = worst_gap(case, answer.coefficients)
            print(f"  {task} {tolerance:.0e}: {answer.cpu:.0f} ms, worst gap {gap:.1e}", flush=True)
            if k == 0 or gap <= compare.GOAL:
                chosen.append((task, tolerance, k == 0))
            if gap <= compare.GOAL:
                break
        else:
            print(f"  {task}: the worst gap is above {compare.GOAL:.0e} at every tolerance", flush=True)
    return chosen


def measured(bench, case, work, settings, repeats):
    """A line for each setting that could be run."""
    runs = {s: lambda s=s: bench.run(cases.PATH, s[0], s[1]) for s in settings}
    lines = []
    for (task, tolerance, default), found in exchange.in_turn(runs, repeats).items():
        w, chosen = found[-1].coefficients, np.nan
        if work == "CV":
            w, lam = w[:-1], w[-1]
            gap, chosen = cases.assess(case, lam, w)[1], lam / case.lambdas[0]
        else:
            gap = worst_gap(case, w)
        lines.append(Line(work, task, tolerance, default, exchange.median_cpu(found), gap, chosen))
        print(*lines[-1], flush=True)
    return lines


def ours_beside(lines, peer):
    """Ours to compare a peer with. A CV is ours as called: how exact the folds' paths are is nobody's to see."""
    ours = [line for line in lines if line.work == peer.work and line.task in OWN]
    return matching.matched(ours, peer) if peer.work == "path" else ours[0]


def named(line):
    return f"{NAMES.get(line.task, line.task)}, {line.tolerance:.0e}"


def overview(lines):
    """Ours and the fastest peer: as called, and at the goal."""
    kinds = [
        ("Lasso path of 100, 1000x2000, peers at their defaults", "path", lambda line: line.default),
        ("Lasso path of 100, 1000x2000, gap ≤ 1e-06", "path", lambda line: line.error <= compare.GOAL),
        ("Lasso 5-fold CV of it, as called", "CV", lambda line: line.default),
        ("Lasso 5-fold CV of it, glmnet at 1e-11", "CV", lambda line: line.task == "cv.glmnet" and not line.default),
    ]
    rows = []
    for title, work, wanted in kinds:
        peers = [l for l in lines if l.work == work and l.task not in OWN and wanted(l)]
        if peers:
            ours, peer = max(((ours_beside(lines, l), l) for l in peers), key=lambda pair: pair[0].cpu / pair[1].cpu)
            rows.append((title, named(ours), ours.cpu, named(peer), peer.cpu))
    return rows


def cells(lines, line):
    own = line.task in OWN
    ours = ours_beside(lines, line)
    beside = "" if own else f"{ours.cpu:.0f} ({ours.tolerance:.0e})"
    ratio = "" if own else f"{ours.cpu / line.cpu:.2f}"
    note = "default" if line.default and not own else ""
    last = f"{line.chosen:.3f}" if line.work == "CV" else ""
    name = NAMES.get(line.task, line.task)
    return (
        f"| {line.work} | {name} | {line.tolerance:.0e} | {note} | {line.cpu:.0f} | {line.error:.1e} | {last} | {beside} "
        f"| {ratio} |"
    )


def described(repeats, glmnet):
    packages = {"scikit-learn": sklearn, "celer": celer, "numpy": np}
    versions = {name: package.__version__ for name, package in packages.items()} | glmnet
    return (
        f"{machine.described()}, {machine.named(versions)}, Python {platform.python_version()}. Milliseconds, "
        f"{exchange.turns(repeats)}. n = 1000, p = 2000, "
        "standard normal features, 100 non-zero coefficients, SNR 3; 100 λ from λ_max to λ_max/100. Gap: the worst "
        "relative gap of the path; of a CV that of its final coefficients at the λ it chose. “Ours beside”: our "
        "fastest setting that is at least as exact (CV: ours as called; it includes the final fit). Folds differ."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=pathlib.Path, default=None, help="folder for lasso-path.md")
    parser.add_argument("--rows", type=pathlib.Path, default=None, help="file for the rows of the overview")
    arguments = parser.parse_args()
    versions = machine.r_versions("glmnet")
    present = "glmnet" in versions
    if not present:
        print("skipped: glmnet; on Debian: apt-get install r-base-core r-cran-glmnet", file=sys.stderr)
    usable = lambda task: present or "glmnet" not in task
    with tempfile.TemporaryDirectory() as folder:
        bench = compare.Bench(arguments.binary, folder, present, BUDGET)
        case = cases.export(folder, cases.PATH, cases.PATH_SHAPE)
        paths = [("path", tolerance, False) for tolerance in OURS]
        paths += path_settings(bench, case, filter(usable, PATHS))
        lines = measured(bench, case, "path", paths, arguments.repeats)
        cvs = [(t, tolerance, k == 0) for t in filter(usable, CVS) for k, tolerance in enumerate(CVS[t])]
        lines += measured(bench, case, "CV", cvs, arguments.repeats)
        bench.end()
    head = "| work | solver | its tolerance | | median ms | gap | λ / λ_max | ours beside, ms | ratio |"
    table = [described(arguments.repeats, versions if present else {}), "", head]
    table += ["|---|---|---:|---|---:|---:|---:|---:|---:|", *(cells(lines, line) for line in lines)]
    print("\n" + "\n".join(table))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "lasso-path.md").write_text("\n".join(table) + "\n")
    machine.save_rows(arguments.rows, overview(lines))


if __name__ == "__main__":
    main()
