"""The cases of the Lasso comparison, made in one place.

Each is a sparse truth plus noise: nonzero standard normal coefficients at
random places, noise with a third of the signal's variance (SNR 3).
"""

import typing

import numpy as np

import exchange


class Shape(typing.NamedTuple):
    n: int
    p: int
    correlation: float | str  # of neighbouring columns, or "one-hot"
    fraction: float  # λ / λ_max
    seed: int
    nonzeros: int = 100


CASES = {
    "gaussian-1000x2000": Shape(1000, 2000, 0.0, 0.1, 1),
    "gaussian-1000x10000": Shape(1000, 10000, 0.0, 0.1, 2),
    "toeplitz-1000x2000": Shape(1000, 2000, 0.5, 0.01, 3),
    "tall-5000x500": Shape(5000, 500, 0.0, 0.05, 4, 50),
    "wide-200x20000": Shape(200, 20000, 0.0, 0.05, 5, 20),
    "toeplitz95-500x2000": Shape(500, 2000, 0.95, 0.05, 6, 50),
    "small-lambda-1000x1000": Shape(1000, 1000, 0.0, 0.001, 7),
    "one-hot-3000x800": Shape(3000, 800, "one-hot", 0.01, 8),
}
SMALL = "small"  # to warm up
SMALL_SHAPE = Shape(40, 20, 0.0, 0.1, 9, 5)
PATH = "path-1000x2000"
PATH_SHAPE = Shape(1000, 2000, 0.0, 0.01, 10)
POINTS = 100


def gaussian(rng, n, p, correlation):
    x = np.asfortranarray(rng.standard_normal((n, p)))
    # A stationary autoregression along the columns has Toeplitz correlation.
    for j in range(1, p):
        if correlation:
            x[:, j] = correlation * x[:, j - 1] + np.sqrt(1 - correlation**2) * x[:, j]
    return x


def one_hot(rng, n, p):
    """Groups of 4 to 20 levels with frequencies k^-1.5, then products of levels of two groups; the last quarter are
    near copies, with one row in five hundred changed. Every column has at least 3 ones and is standardised."""
    columns, group = [], []
    for g in range(24):
        levels = (4, 8, 12, 16, 20)[g % 5]
        shares = np.arange(1, levels + 1) ** -1.5
        drawn = rng.choice(levels, n, p=shares / shares.sum())
        some = [drawn == level for level in range(levels)]
        columns += [column for column in some if column.sum() >= 3]
        group += [g] * (len(columns) - len(group))
    single, copies = len(columns), p // 4
    while len(columns) < p - copies:
        a, b = rng.choice(single, 2, replace=False)
        product = columns[a] & columns[b]
        if group[a] != group[b] and product.sum() >= 3:
            columns.append(product)
    for a in rng.choice(len(columns), copies, replace=False):
        columns.append(columns[a] ^ (rng.random(n) < 0.002))
    x = np.stack(columns, axis=1).astype(float)
    return np.asfortranarray((x - x.mean(axis=0)) / x.std(axis=0))


def make(shape):
    """X (n x p, Fortran order), y (n) and lambda of one case."""
    n, p, correlation, fraction, seed, nonzeros = shape
    rng = np.random.default_rng(seed)
    x = one_hot(rng, n, p) if correlation == "one-hot" else gaussian(rng, n, p, correlation)
    truth = np.zeros(p)
    truth[rng.choice(p, nonzeros, replace=False)] = rng.standard_normal(nonzeros)
    signal = x @ truth
    noise = rng.standard_normal(n)
    y = signal + noise / np.sqrt(3.0) * np.linalg.norm(signal) / np.linalg.norm(noise)
    return x, y, fraction * np.max(np.abs(x.T @ y)) / n


def export(folder, name, shape):
    """Writes a case with a path of λs from λ_max down to its λ, and returns it."""
    x, y, lam = make(shape)
    lambdas = np.geomspace(lam / shape.fraction, lam, POINTS)
    exchange.export(folder, name, x, y, lam, lambdas)
    return exchange.Case(x, y, lam, lambdas)


def assess(case, lam, w):
    """P(w) and the gap relative to P(0), at the best feasible multiple of the residual."""
    n = len(case.y)
    residual = case.y - case.x @ w
    square = residual @ residual
    primal = square / (2 * n) + lam * np.abs(w).sum()
    limit = n * lam / np.max(np.abs(case.x.T @ residual))
    scale = np.clip(case.y @ residual / square, -limit, limit)
    dual = (scale * (case.y @ residual) - scale**2 * square / 2) / n
    return primal, (primal - dual) / (case.y @ case.y / (2 * n))
