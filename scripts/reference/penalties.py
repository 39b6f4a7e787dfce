"""Reference solutions of the group, square-root and adaptive Lasso by skglm and scikit-learn.

    scripts/peers/.venv/bin/python scripts/reference/penalties.py

Reads the problems of tests/data/lasso/ and writes tests/data/penalties/: `NAME.METHOD.csv`, one row per solution:
lambda, objective, then the coefficients. Numbers are printed so that they read back to the same bits.
"""

import pathlib
import platform

import numpy as np
import skglm
import sklearn
from skglm.experimental.sqrt_lasso import SqrtLasso
from sklearn.linear_model import Lasso, LinearRegression

DATA = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data"
OUT = DATA / "penalties"
FRACTIONS = [0.5, 0.1, 0.02]
# Columns count from 0.
GROUPS = {
    "tall": [[0, 1, 2], [3, 4], [5], [6, 7]],
    "wide": [list(range(j, j + 5)) for j in range(0, 30, 5)],
    "correlated": [[0, 6], [1, 2, 3], [4, 5, 7, 8], [9], [10, 11]],
}


def group(name, x, y):
    """1/(2n)‖y − Xw‖² + λ Σ √|g| ‖w_g‖."""
    n, groups = len(y), GROUPS[name]
    weights = np.sqrt([len(g) for g in groups])
    largest = max(np.linalg.norm(x[:, g].T @ y) / (n * w) for g, w in zip(groups, weights))
    for lam in largest * np.array(FRACTIONS):
        model = skglm.GroupLasso(
            groups, lam, weights, tol=1e-13, max_iter=1000, max_epochs=1_000_000, fit_intercept=False
        ).fit(x, y)
        w = model.coef_
        penalty = sum(v * np.linalg.norm(w[g]) for g, v in zip(groups, weights))
        yield lam, np.sum((y - x @ w) ** 2) / (2 * n) + lam * penalty, w


def root(_, x, y):
    """‖y − Xw‖/√n + λ‖w‖₁; skglm's objective is √n times it."""
    n = len(y)
    largest = np.max(np.abs(x.T @ y)) / (np.sqrt(n) * np.linalg.norm(y))
    for lam in largest * np.array([0.7, 0.5, 0.3]):
        w = SqrtLasso(
            alpha=np.sqrt(n) * lam, tol=1e-12, max_iter=1000, max_pn_iter=1000, fit_intercept=False
        ).fit(x, y).coef_
        yield lam, np.linalg.norm(y - x @ w) / np.sqrt(n) + lam * np.abs(w).sum(), w


def adaptive(_, x, y):
    """1/(2n)‖y − Xw‖² + λ Σ |w_j|/|b_j| with least squares b."""
    n = len(y)
    pilot = np.abs(LinearRegression(fit_intercept=False).fit(x, y).coef_)
    scaled = x * pilot
    largest = np.max(np.abs(scaled.T @ y)) / n
    for lam in largest * np.array(FRACTIONS):
        model = Lasso(alpha=lam, fit_intercept=False, tol=1e-15, max_iter=1_000_000).fit(scaled, y)
        w = model.coef_ * pilot
        yield lam, np.sum((y - x @ w) ** 2) / (2 * n) + lam * np.abs(model.coef_).sum(), w


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for name in GROUPS:
        table = np.loadtxt(DATA / "lasso" / f"{name}.csv", delimiter=",", skiprows=1)
        x, y = np.asfortranarray(table[:, :-1]), table[:, -1].copy()
        for label, method in [("group", group), ("sqrt", root), ("adaptive", adaptive)]:
            if label == "adaptive" and x.shape[0] <= x.shape[1]:
                continue  # least squares needs more rows than columns
            header = ["lambda", "objective"] + [f"w{j}" for j in range(x.shape[1])]
            rows = [",".join(repr(float(v)) for v in [lam, value, *w]) for lam, value, w in method(name, x, y)]
            (OUT / f"{name}.{label}.csv").write_text("\n".join([",".join(header), *rows]) + "\n")
    (OUT / "ORIGIN.md").write_text(
        "# Origin\n\n"
        "Made by `scripts/peers/.venv/bin/python scripts/reference/penalties.py` (the environment is that of "
        f"`scripts/peers/run.sh`), with skglm {skglm.__version__} (`GroupLasso`, `SqrtLasso`), scikit-learn "
        f"{sklearn.__version__} (`LinearRegression`, `Lasso`), numpy {np.__version__}, Python "
        f"{platform.python_version()}, on the problems of `../lasso`. Objectives and groups are in the script.\n"
    )


if __name__ == "__main__":
    main()
