"""The three cases of the Lasso comparison, made in one place.

Each is a sparse truth plus noise: 100 nonzero standard normal coefficients at
random places, noise with a third of the signal's variance (SNR 3).
"""

import pathlib

import numpy as np

CASES = {
    # name: (n, p, column correlation, lambda / lambda_max, seed)
    "gaussian-1000x2000": (1000, 2000, 0.0, 0.1, 1),
    "gaussian-1000x10000": (1000, 10000, 0.0, 0.1, 2),
    "toeplitz-1000x2000": (1000, 2000, 0.5, 0.01, 3),
}


def make(name):
    """X (n x p, Fortran order), y (n) and lambda of one case."""
    n, p, correlation, fraction, seed = CASES[name]
    rng = np.random.default_rng(seed)
    x = np.asfortranarray(rng.standard_normal((n, p)))
    # A stationary autoregression along the columns has Toeplitz correlation.
    for j in range(1, p):
        if correlation:
            x[:, j] = correlation * x[:, j - 1] + np.sqrt(1 - correlation**2) * x[:, j]
    truth = np.zeros(p)
    truth[rng.choice(p, 100, replace=False)] = rng.standard_normal(100)
    signal = x @ truth
    noise = rng.standard_normal(n)
    y = signal + noise / np.sqrt(3.0) * np.linalg.norm(signal) / np.linalg.norm(noise)
    return x, y, fraction * np.max(np.abs(x.T @ y)) / n


def export(folder):
    """Writes every case as little-endian doubles, X column by column."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in CASES:
        x, y, lam = make(name)
        x.T.astype("<f8").tofile(folder / f"{name}.x")
        y.astype("<f8").tofile(folder / f"{name}.y")
        (folder / f"{name}.txt").write_text(f"{x.shape[0]} {x.shape[1]} {float(lam)!r}\n")
