"""Reference Lasso and elastic-net solutions by scikit-learn.

    scripts/peers/.venv/bin/python scripts/reference/lasso.py

Writes tests/data/lasso/: for each problem `NAME.csv`, whose columns are the
features x0, x1, ... and the response y, and `NAME.solutions.csv`, one row per
solution: lambda, mixing, objective, then the coefficients. Numbers are
printed so that they read back to the same bits.
"""

import pathlib
import platform
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "lasso"
FRACTIONS = [(0.7, 1.0), (0.2, 1.0), (0.02, 1.0), (0.1, 0.5)]


def problems():
    rng = np.random.default_rng(20240607)

    def respond(x, k, noise):
        truth = np.zeros(x.shape[1])
        truth[rng.choice(x.shape[1], k, replace=False)] = rng.choice([-1.0, 1.0], k)
        return x @ truth + noise * rng.standard_normal(x.shape[0])

    tall = rng.standard_normal((40, 8))
    yield "tall", tall, respond(tall, 3, 0.5)
    wide = rng.standard_normal((15, 30))
    yield "wide", wide, respond(wide, 4, 0.3)
    near = np.cumsum(rng.standard_normal((25, 12)), axis=1)
    yield "correlated", near, respond(near, 4, 1.0)
    # Not centred, columns of very different size.
    shifted = (rng.standard_normal((30, 6)) + 2.0) * 10.0 ** np.arange(-2, 4)
    yield "scaled", shifted, respond(shifted / 10.0 ** np.arange(-2, 4), 3, 0.5)
    # A zero column, a duplicate and an opposite: the solution is not unique.
    odd = rng.standard_normal((20, 6))
    odd = np.column_stack([np.zeros(20), odd, odd[:, 0], -odd[:, 3]])
    yield "degenerate", odd, respond(odd[:, :7], 3, 0.2)


def objective(x, y, lam, mixing, w):
    residual = y - x @ w
    return (
        residual @ residual / (2 * len(y))
        + lam * mixing * np.abs(w).sum()
        + lam * (1 - mixing) / 2 * (w @ w)
    )


def write(path, header, rows):
    lines = [",".join(header)] + [",".join(repr(float(v)) for v in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")  # it warns when it stops above the tolerance asked for
    for name, x, y in problems():
        features = [f"x{j}" for j in range(x.shape[1])]
        write(OUT / f"{name}.csv", features + ["y"], np.column_stack([x, y]))
        solutions = []
        for fraction, mixing in FRACTIONS:
            lam = fraction * np.max(np.abs(x.T @ y)) / len(y) / mixing
            model = ElasticNet(
                alpha=lam, l1_ratio=mixing, fit_intercept=False, tol=1e-15, max_iter=1_000_000
            ).fit(x, y)
            w = model.coef_
            solutions.append([lam, mixing, objective(x, y, lam, mixing, w), *w])
        header = ["lambda", "mixing", "objective"] + [f"w{j}" for j in range(x.shape[1])]
        write(OUT / f"{name}.solutions.csv", header, solutions)
    (OUT / "ORIGIN.md").write_text(
        "# Origin\n\n"
        "Made by `scripts/peers/.venv/bin/python scripts/reference/lasso.py` "
        "(the environment is that of `scripts/peers/run.sh`; seed in the script), with "
        f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, Python {platform.python_version()}: "
        "`ElasticNet(fit_intercept=False, tol=1e-15, max_iter=1000000)` on synthetic data. "
        "The objective is 1/(2n)‖y − Xw‖² + λ(μ‖w‖₁ + (1 − μ)/2‖w‖²), λ = `lambda`, μ = `mixing`.\n\n"
        "In `degenerate` the solution is not unique: only the objective and the fit are comparable.\n"
    )


if __name__ == "__main__":
    main()
