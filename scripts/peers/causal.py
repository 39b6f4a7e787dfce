"""Times two-stage least squares and random-effects meta-analyses side by side, and checks that all give one answer.

What has no peer is timed alone, beside the goal that it was built for: a fit of IVL, pseudo meta-analyses, and, with
--sweeps, whole runs of the program.
"""

import argparse
import os
import pathlib
import platform
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

import exchange
import machine

SETS, STUDIES = 1000, 10
SHAPES = {"2sls-10000-10-15": (10_000, 10, 15), "2sls-2048-32-40": (2048, 32, 40)}
EFFECT = "effect-10000-10-3"
SMALL = "small"
SWEEPS = ("iv-augmentation-kappa", "iv-augmentation-gamma", "iv-augmentation-alpha")
# Case, our task, its name, and the peers' programs and tasks.
WORK = [
    ("tables", "dl", f"DerSimonian–Laird, {SETS} meta-analyses", {"metafor": "metafor-dl", "python": "statsmodels-dl"}),
    ("tables", "reml", f"REML, {SETS} meta-analyses", {"metafor": "metafor-reml"}),
]
WORK += [
    (
        name,
        "2sls",
        f"2SLS, n = {n}, {m} features, {k} instruments",
        {"statsmodels": "statsmodels-2sls", "linearmodels": "linearmodels-2sls", "numpy": "numpy-2sls"},
    )
    for name, (n, m, k) in SHAPES.items()
]
WORK.append(
    (
        EFFECT,
        "effect",
        "2SLS, n = 10000, a treatment, 10 covariates, 3 instruments, robust standard error",
        {"statsmodels": "statsmodels-effect", "linearmodels": "linearmodels-effect"},
    )
)
# REML of metafor stops when τ² changes by less than 1e-5.
AGREE = {"reml": 1e-4}


def tables(generator, sets):
    """Events and sizes of both arms of the studies of each meta-analysis, with a variance between studies."""
    index = np.repeat(np.arange(sets), STUDIES)
    sizes = generator.integers(40, 400, (2, len(index)))
    logit = generator.normal(-1.5, 0.5, len(index))
    effect = -0.3 + 0.3 * generator.normal(size=len(index))
    events = [generator.binomial(s, 1 / (1 + np.exp(-l))) for s, l in zip(sizes, (logit + effect, logit))]
    x = np.column_stack((index, events[0], sizes[0], events[1], sizes[1])).astype(float)
    # A table without any event in both arms would be counted in by one package and left out by another.
    empty = (x[:, 1] == 0) & (x[:, 3] == 0)
    x[empty, 1] = 1
    return x


def instrumental(generator, n, m, k):
    """Features that depend on instruments and on a confounder, and an outcome."""
    z, confounder = generator.normal(size=(n, k)), generator.normal(size=(n, 1))
    x = z @ generator.normal(size=(k, m)) / np.sqrt(k) + confounder + generator.normal(size=(n, m))
    y = x @ generator.normal(size=m) + confounder[:, 0] + generator.normal(size=n)
    return np.column_stack((x, z)), y


def treated(generator, n, p, k):
    """Covariates, a treatment, and instruments, with an outcome that is confounded with the treatment."""
    x, z, confounder = generator.normal(size=(n, p)), generator.normal(size=(n, k)), generator.normal(size=n)
    a = 0.5 * z.sum(axis=1) + 0.3 * x.sum(axis=1) + confounder + generator.normal(size=n)
    y = a + x @ generator.normal(size=p) + confounder + generator.normal(size=n) * (1 + np.abs(x[:, 0]))
    return np.column_stack((x, a, z)), y


def prepare(folder):
    generator = np.random.default_rng(20251201)
    x = tables(generator, SETS)
    exchange.export(folder, "tables", x, x[:, 0], SETS)
    for name, (n, m, k) in SHAPES.items():
        exchange.export(folder, name, *instrumental(generator, n, m, k), m)
    exchange.export(folder, EFFECT, *treated(generator, 10_000, 10, 3), 10)
    # IVL as in the experiments: 31 instruments for 32 features.
    exchange.export(folder, "ivl", *instrumental(generator, 2048, 32, 31), 32)
    # For the first call of each program; the columns of a table and of a regression at once.
    x = tables(generator, 3)
    exchange.export(folder, SMALL, x, x[:, 1], 2)


def difference(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b))))


def compared(workers, repeats):
    """Table lines, and rows of the overview."""
    lines, rows = [], []
    for case, task, name, peers in WORK:
        runs = {"remeasure": lambda c=case, t=task: workers["rust"].solve(c, t, 0)}
        for package, peer in peers.items():
            program = "R" if package == "metafor" else "python"
            if program in workers:
                runs[peer.rsplit("-", 1)[0]] = lambda c=case, p=peer, w=program: workers[w].solve(c, p, 0)
        answers = exchange.in_turn(runs, repeats)
        ours = answers.pop("remeasure")
        cpu = {peer: exchange.median_cpu(found) for peer, found in answers.items()}
        mine = exchange.median_cpu(ours)
        lines.append(f"| {name} | remeasure | {mine:.3f} | | |")
        for peer, found in answers.items():
            theirs, own = found[-1].coefficients, ours[-1].coefficients
            if (task, peer) == ("dl", "statsmodels"):
                # It keeps a negative τ², and so has another estimate there.
                positive = np.repeat(own[2::3] > 0, 3)
                theirs, own = theirs[positive], own[positive]
            apart = difference(theirs, own)
            if not apart <= AGREE.get(task, 1e-8):
                raise SystemExit(f"{name}: {peer} and we differ by {apart:.1e}")
            lines.append(f"| {name} | {peer} | {cpu[peer]:.3f} | {mine / cpu[peer]:.4f} | {apart:.0e} |")
        print(*lines[-1 - len(answers) :], sep="\n", flush=True)
        packages = [peer for peer in cpu if peer != "numpy"]
        if packages:
            fastest = min(packages, key=cpu.get)
            rows.append((name, "remeasure", mine, fastest, cpu[fastest]))
    return lines, rows


def alone(worker, repeats):
    """What has no peer: name, CPU milliseconds, and the goal."""
    lines = []
    for case, task, setting, name, goal in [
        ("ivl", "ivl", 0.01, "IVL fit, n = 2048, 32 features, 31 instruments", "1 ms"),
        (SMALL, "pseudo", 0, "2,000 pseudo meta-analyses", "2 s"),
    ]:
        answers = exchange.in_turn({task: lambda: worker.solve(case, task, setting)}, repeats)[task]
        lines.append(f"| {name} | {exchange.median_cpu(answers):.3f} ms | | {goal} |")
        print(lines[-1], flush=True)
    return lines


def sweeps(program, keep):
    """CPU and wall seconds of the three sweeps at paper size, from nothing, on all processors."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for experiment in SWEEPS:
            command = [program, "run", experiment, "--profile", "paper", "--fresh", "--out", keep or folder]
            environment = {name: value for name, value in os.environ.items() if name != "RAYON_NUM_THREADS"}
            silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run(command, check=True, env=environment, **silent)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - start
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [f"| the three sweeps of iv-augmentation, profile paper | {cpu:.0f} s | {wall:.0f} s | 2 minutes |"]


def described(repeats, versions):
    python = {name: __import__(name).__version__ for name in ("numpy", "scipy", "statsmodels", "linearmodels")}
    return (
        f"{machine.described()}, {machine.named(python | versions)}, Python {platform.python_version()}. CPU milliseconds, "
        f"{exchange.turns(repeats)}. Meta-analyses have {STUDIES} 2 × 2 tables each, from which the log odds ratios are "
        "computed within the time; numpy is two-stage least squares written by hand with normal equations. Of many features it "
        "and ours make no standard errors, which the packages do. statsmodels keeps a negative τ², so that its answers are compared where τ² is positive. Ratio: "
        "ours / theirs. The last column is the largest difference of the answers, relative to "
        "those above 1 in size."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--sweeps", metavar="PROGRAM", help="also time the sweeps with this program")
    parser.add_argument("--keep", metavar="DIR", help="folder for the results of the sweeps, instead of none")
    parser.add_argument("--out", type=pathlib.Path, help="folder for causal.md")
    parser.add_argument("--rows", type=pathlib.Path, help="file for the rows of the overview")
    arguments = parser.parse_args()
    here = pathlib.Path(__file__).parent
    versions = machine.r_versions("metafor")
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        start = lambda *command: exchange.Worker(command, folder, SMALL)
        workers = {"rust": start(arguments.binary, "--serve"), "python": start(sys.executable, here / "causal_python.py")}
        if "metafor" in versions:
            workers["R"] = start("Rscript", here / "causal.R")
        else:
            print("skipped: metafor of R; on Debian: r-cran-metafor", file=sys.stderr)
        lines, rows = compared(workers, arguments.repeats)
        single = alone(workers["rust"], arguments.repeats)
        for worker in workers.values():
            worker.end()
    if arguments.sweeps:
        single += sweeps(arguments.sweeps, arguments.keep)
    text = ["# Causal effects and meta-analysis, compared with R and Python", "", described(arguments.repeats, versions), ""]
    text += ["| work | program | CPU ms | ratio | difference |", "|---|---|---:|---:|---:|", *lines, ""]
    text += ["## Without a peer", "", "| work | CPU | wall | goal |", "|---|---:|---:|---:|", *single]
    print("\n" + "\n".join(text))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "causal.md").write_text("\n".join(text) + "\n")
    machine.save_rows(arguments.rows, rows)


if __name__ == "__main__":
    main()
