"""Times the choice of a Lasso's weight by held-out error: descent by implicit differentiation.

sparse-ho is on no package index, so this is its method put together from what is: gradient descent in log λ, 30 steps
from λ_max/10, the Lasso of each step by celer (or scikit-learn), warm-started, to the tolerance 1e-5, and the
hypergradient by a direct solve on the support. Of several step lengths the one that ends at the least loss is taken,
and its run alone is timed: the search for it is not charged.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import tempfile
import time
import warnings

import celer
import numpy as np
import sklearn
from sklearn.linear_model import Lasso, lasso_path

STEPS, TOLERANCE = 30, 1e-5
LENGTHS = [0.03, 0.1, 0.3, 1.0]


class Data:
    """Training and validation rows as the Rust side has written them."""

    def __init__(self, folder):
        def read(name):
            return np.loadtxt(folder / f"{name}.csv", delimiter=",")

        self.x, self.y = np.asfortranarray(read("x_train")), read("y_train")
        self.v, self.z = np.asfortranarray(read("x_val")), read("y_val")
        self.largest = np.max(np.abs(self.x.T @ self.y)) / len(self.y)

    def loss(self, w):
        residual = self.v @ w - self.z
        return residual @ residual / len(self.z)


def descend(data, solver, length):
    """Losses as the method knew them, one for each step, and the λs."""
    n, m = len(data.y), len(data.z)
    theta = np.log(data.largest / 10)
    thetas = []
    model = {
        "celer": lambda: celer.Lasso(fit_intercept=False, warm_start=True, tol=TOLERANCE),
        "scikit-learn": lambda: Lasso(fit_intercept=False, warm_start=True, tol=TOLERANCE, max_iter=100_000),
    }[solver]()
    for _ in range(STEPS):
        alpha = np.exp(theta)
        model.alpha = alpha
        model.fit(data.x, data.y)
        thetas.append(theta)
        support = np.flatnonzero(model.coef_)
        w = model.coef_[support]
        residual = data.v[:, support] @ w - data.z
        gradient = 2 / m * (data.v[:, support].T @ residual)
        xs = data.x[:, support]
        change = np.linalg.solve(xs.T @ xs / n, np.sign(w)) if len(support) else np.zeros(0)
        theta -= length * -alpha * (gradient @ change)
        theta = min(max(theta, np.log(data.largest) - 5), np.log(data.largest))
    return thetas


def exact(data, theta):
    model = celer.Lasso(alpha=np.exp(theta), fit_intercept=False, tol=1e-12, max_iter=1000)
    return data.loss(model.fit(data.x, data.y).coef_)


def timed(run, repeats):
    least = np.inf
    for _ in range(repeats):
        start = time.process_time()
        run()
        least = min(least, time.process_time() - start)
    return 1e3 * least


def grid(data):
    _, coefficients, _ = lasso_path(data.x, data.y, eps=np.exp(-5), alphas=100, tol=TOLERANCE)
    return min(data.loss(w) for w in coefficients.T)


def one(data, solver, repeats):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = min(LENGTHS, key=lambda s: exact(data, descend(data, solver, s)[-1]))
        loss = exact(data, descend(data, solver, best)[-1])
        return loss, timed(lambda: descend(data, solver, best), repeats), best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[29, 30, 31, 32, 33])
    given = parser.parse_args()
    rows = []
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([given.binary, "--seed", str(seed), "--write", folder], check=True)
            data = Data(pathlib.Path(folder))
        found = {solver: one(data, solver, given.repeats) for solver in ("celer", "scikit-learn")}
        grid_loss, grid_ms = grid(data), timed(lambda: grid(data), given.repeats)
        target = min(loss for loss, _, _ in found.values())
        arguments = ["--seed", str(seed), "--target", repr(float(target)), "--repeats", str(given.repeats)]
        answer = subprocess.run([given.binary, *arguments], check=True, capture_output=True, text=True)
        ours = json.loads(answer.stdout)
        minimum = ours["minimum"]

        def above(loss):
            return f"{loss / minimum - 1:.1e}"

        quickest = min(ms for _, ms, _ in found.values())
        reached = [ours[name]["ms_to_target"] for name in ("maid", "grid of 100")]
        ratios = ["never" if ms is None else f"{ms:.2f} ({quickest / ms:.0f}×)" for ms in reached]
        cells = [str(seed), f"{minimum:.5f}"]
        for solver in ("celer", "scikit-learn"):
            loss, ms, length = found[solver]
            cells += [above(loss), f"{ms:.1f}"]
        cells += [above(grid_loss), f"{grid_ms:.1f}"]
        for name in ("maid", "grid of 100"):
            cells += [above(ours[name]["loss"]), f"{ours[name]['ms']:.2f}"]
        rows.append(cells + ratios)
        print(" | ".join(rows[-1]), flush=True)
    heads = ["seed", "minimum", "celer", "ms", "scikit-learn", "ms", "lasso_path, 100", "ms"]
    heads += ["MAID", "ms", "our grid of 100", "ms", "MAID to their loss, ms", "our grid to their loss, ms"]
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?")
    text = f"""# A Lasso's weight by held-out error, compared with Python

{cpu}: celer {celer.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}, Python \
{platform.python_version()}. n = 200, p = 400, 20 coefficients ±1, signal-to-noise variance 5, 200 validation rows; the \
same data on both sides. CPU milliseconds on one thread, the least of {given.repeats} runs; losses as the share by which \
they exceed the exact minimum on the path (ours). sparse-ho is on no package index and was not run: “celer” and \
“scikit-learn” are its method (gradient descent in log λ, {STEPS} steps from λ_max/10, tolerance {TOLERANCE:g}, direct \
solve on the support) with these solvers, each with the best of {len(LENGTHS)} step lengths, the search for which is not \
counted. The last two columns: our time until the exact loss is at most the better of theirs, and how many times longer \
the quicker of theirs took.

| {" | ".join(heads)} |
|{"---:|" * len(heads)}
"""
    text += "".join(f"| {' | '.join(row)} |\n" for row in rows)
    (given.out / "bilevel.md").write_text(text)


if __name__ == "__main__":
    main()
