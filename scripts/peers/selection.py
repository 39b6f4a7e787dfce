"""Times one replicate of conformal selection: 100 training, calibration and test rows, 11 models, 7 levels, three prunings.

The authors' code states no licence and is not part of this repository. This is the same work written plainly from the
formulas of the paper, with numpy: for each test point and model, one sort of auxiliary p-values, and all levels on the sorted
row; the models are those of the published setting, fitted by scikit-learn. The scores of one replicate go to the Rust side,
which must select the same rows.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import tempfile
import time

import numpy as np
import scipy
import sklearn
from sklearn.linear_model import LinearRegression, QuantileRegressor

N, M, D = 100, 100, 300
LEVELS = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]


def draw(rng, rows):
    x = rng.standard_normal((rows, D))
    return x, x[:, ::20].sum(1) + rng.standard_normal(rows)


def fitted(rng, penalty):
    """Predictions for calibration and test rows, one column for each of 11 models, and the calibration labels."""
    (x, y), (xc, yc), (xt, _), (xf, yf) = (draw(rng, rows) for rows in (N, N, M, N))
    points = np.vstack([xc, xt])
    columns = []
    for tenths in range(1, 10):
        chosen = rng.integers(0, D, 30)
        model = QuantileRegressor(quantile=tenths / 10, alpha=penalty).fit(x[:, chosen], y)
        columns.append(model.predict(points[:, chosen]))
    chosen = rng.integers(0, D, 60)
    model = LinearRegression().fit(x[:, chosen], y)
    scale = LinearRegression().fit(xf, np.abs(yf - model.predict(xf[:, chosen])))
    columns += [model.predict(points[:, chosen]), model.predict(points[:, chosen]) / scale.predict(points)]
    return np.column_stack(columns), yc


def bh(p, q):
    order = np.argsort(p, kind="stable")
    met = np.flatnonzero(p[order] <= q * np.arange(1, len(p) + 1) / len(p) * (1 + 1e-12))
    return np.sort(order[: met[-1] + 1]) if len(met) else np.zeros(0, int)


def select(mu, y, homogeneous):
    """The sets of deterministic and homogeneous pruning at each level; the first of several models."""
    k = mu.shape[1]
    v = 1000 * (y > 0)[:, None] - mu[:N]
    test = -mu[N:]
    ranks = np.arange(1, M + 1)
    rejections = np.ones((len(LEVELS), M, k), int)
    below = np.empty((M, k), int)
    for model in range(k):
        counts = np.searchsorted(np.sort(v[:, model]), test[:, model], side="right")
        below[:, model] = (v[:, model][None] < test[:, model][:, None]).sum(1)
        for j in range(M):
            p = (counts + (test[j, model] <= test[:, model])) / (N + 1)
            p[j] = 0
            p.sort()
            for level, q in enumerate(LEVELS):
                met = np.flatnonzero(p <= q * ranks / M * (1 + 1e-12))
                rejections[level, j, model] = met[-1] + 1
    sets = []
    for level, q in enumerate(LEVELS):
        chosen = rejections[level].argmax(1)
        threshold = q * rejections[level].max(1) / M
        p = (1 + below[np.arange(M), chosen]) / (N + 1)
        inverse = np.where(p <= threshold * (1 + 1e-12), threshold, np.inf)
        sets.append([bh(inverse, q).tolist(), bh(inverse * homogeneous, q).tolist()])
    return sets


def timed(run, repeats):
    least = np.inf
    for _ in range(repeats):
        start = time.process_time()
        run()
        least = min(least, time.process_time() - start)
    return 1e3 * least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    mu, y = fitted(rng, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "scores.csv"
        np.savetxt(file, np.column_stack([mu, np.r_[y, np.zeros(M)]]), delimiter=",", fmt="%.17g")
        command = [given.binary, "--scores", str(file), "--repeats", str(given.repeats)]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    theirs = {
        "selection": timed(lambda: select(mu, y, 0.5), given.repeats),
        "published": timed(lambda: fitted(np.random.default_rng(1), 1.0), given.repeats),
        "unpenalised": timed(lambda: fitted(np.random.default_rng(1), 0.0), given.repeats),
    }
    same = select(mu, y, 0.5) == ours["sets"]
    lines = [
        "# Conformal selection, compared with Python",
        "",
        f"{machine()}: numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, Python "
        f"{platform.python_version()}. One replicate: 100 training, calibration and test rows, 11 models, 7 levels; CPU "
        f"milliseconds on one thread, the least of {given.repeats} runs. The authors' code states no licence; the Python side is "
        "the formulas of the paper, written plainly. The selected sets of both sides are "
        f"{'the same' if same else 'DIFFERENT'}.",
        "",
        "| work | Python | ours | ratio |",
        "|---|---:|---:|---:|",
    ]
    names = {
        "selection": "the choice for each point and two prunings, from given scores",
        "published": "data and models, default penalty (9 constants)",
        "unpenalised": "data and models, no penalty",
    }
    for key, name in names.items():
        lines.append(f"| {name} | {theirs[key]:.2f} | {ours[key]:.3f} | {theirs[key] / ours[key]:.0f}× |")
    for key in ("published", "unpenalised"):
        a, b = theirs["selection"] + theirs[key], ours["selection"] + ours[key]
        lines.append(f"| a whole replicate, {key} | {a:.2f} | {b:.3f} | {a / b:.0f}× |")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "selection.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    if not same:
        raise SystemExit("the selected sets differ")


def machine():
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
        return next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
