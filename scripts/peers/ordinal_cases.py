"""The cases of the ordinal comparison and the one function that judges every fit."""

import pathlib

import numpy as np

import exchange

COMMITTED = pathlib.Path("tests/data/presto/d1_sparse_n2500_p10_K4.csv")
CASES = ("n2500-p10-K4", "n20000-p40-K5")
SHARES = (0.4, 0.25, 0.2, 0.1)  # of the classes where all features are 0; the rest is the last, rare one
POINTS, RATIO = 50, 1e-3


def read(path):
    """Features and labels 1..K of a CSV file whose last column is the label."""
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    return np.asfortranarray(rows[:, :-1]), rows[:, -1]


def drawn(n, p):
    """Standard normal features, proportional odds with a linear predictor of variance 1."""
    rng = np.random.default_rng(11)
    x = np.asfortranarray(rng.standard_normal((n, p)))
    slopes = rng.standard_normal(p)
    score = x @ (slopes / np.linalg.norm(slopes)) + rng.logistic(size=n)
    below = np.cumsum(SHARES)
    return x, 1.0 + (score[:, None] > np.log(below / (1 - below))).sum(axis=1)


def export(folder, name, data):
    """Writes a case, with λs for the multinomial path, and returns it."""
    if data:
        x, y = read(data)
    elif name == CASES[0]:
        x, y = read(COMMITTED)
    else:
        x, y = drawn(20_000, 40)
    classes = int(y.max())
    # λ_max: the largest score, for standardised features, where only the intercepts are fitted.
    standard = (x - x.mean(axis=0)) / x.std(axis=0)
    indicators = y[:, None] == np.arange(1, classes + 1)
    largest = np.abs(standard.T @ (indicators - indicators.mean(axis=0))).max() / len(y)
    lambdas = np.geomspace(largest, RATIO * largest, POINTS)
    exchange.export(folder, name, x, y, classes, lambdas)
    return exchange.Case(x, y, classes, lambdas)


def log_sigmoid(v):
    return -np.logaddexp(0, -v)


def logistic(case, w):
    signs = np.where(case.y == case.extra, 1.0, -1.0)
    return -log_sigmoid(signs * (w[0] + case.x @ w[1:])).mean()


def multinomial(case, w):
    blocks = w.reshape(int(case.extra), -1)
    scores = blocks[:, 0] + case.x @ blocks[:, 1:].T
    top = scores.max(axis=1)
    own = scores[np.arange(len(case.y)), case.y.astype(int) - 1]
    return (top + np.log(np.exp(scores - top[:, None]).sum(axis=1)) - own).mean()


def proportional_odds(case, w):
    """The probability of a class is σ(a) − σ(b) for the boundaries a above and b below it."""
    boundaries = np.concatenate(([-np.inf], w[: int(case.extra) - 1], [np.inf]))
    score = case.x @ w[int(case.extra) - 1 :]
    label = case.y.astype(int)
    above, below = boundaries[label] + score, boundaries[label - 1] + score
    return -(log_sigmoid(above) + log_sigmoid(-below) + np.log(-np.expm1(below - above))).mean()


def multinomial_l1(case, w):
    """The objective at every λ that was reached; the penalty is on standardised features."""
    scales = case.x.std(axis=0)
    size = int(case.extra) * (case.x.shape[1] + 1)
    found = w.reshape(-1, size)

    def penalty(one):
        return np.abs(one.reshape(int(case.extra), -1)[:, 1:] * scales).sum()

    return np.array([multinomial(case, one) + lam * penalty(one) for lam, one in zip(case.lambdas, found)])


# The mean loss of each kind of work, plus the penalty if it has one.
OBJECTIVES = {
    "logistic": logistic,
    "multinomial": multinomial,
    "proportional odds": proportional_odds,
    "multinomial-l1": multinomial_l1,
}
