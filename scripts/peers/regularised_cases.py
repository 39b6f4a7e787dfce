"""The cases of the comparison of penalised regression, and how exact an answer is."""

import typing

import numpy as np

import cases
import exchange
import ordinal_cases

SIZE = 5  # columns of a group
MCP, SCAD = 3.0, 3.7  # γ


class Case(typing.NamedTuple):
    work: str  # the task of ours
    shape: cases.Shape
    points: int  # λs of the path; 1: the last alone
    title: str


CASES = {
    "net": Case("elastic-net", cases.Shape(1000, 2000, 0.5, 0.01, 21), 100, "Elastic net, path of 100, 1000x2000"),
    "group": Case("group-lasso", cases.Shape(1000, 2000, 0.5, 0.05, 22), 50, "Group Lasso, path of 50, 1000x2000"),
    # About 930 of the 1000 coefficients are not 0.
    "dense": Case("lasso", cases.Shape(2000, 1000, 0.5, 0.006, 23, 1000), 1, "Dense Lasso, 2000x1000"),
    "classes": Case(
        "multinomial-cv", cases.Shape(172, 60, 0.3, 0.01, 24, 10), 100, "Multinomial Lasso, 5-fold CV, 172x60x3"
    ),
    "scad": Case("scad", cases.Shape(1000, 2050, 0.5, 0.05, 25, 50), 50, "SCAD, path of 50, 1000x2050"),
    "mcp": Case("mcp", cases.Shape(1000, 2050, 0.5, 0.05, 25, 50), 50, "MCP, path of 50, 1000x2050"),
    "wide-scad": Case("scad", cases.Shape(500, 10000, 0.5, 0.1, 26, 30), 50, "SCAD, path of 50, 500x10000"),
    "wide-mcp": Case("mcp", cases.Shape(500, 10000, 0.5, 0.1, 26, 30), 50, "MCP, path of 50, 500x10000"),
}


def export(folder, name, case, small=False):
    """Writes a case, a small one to warm up if asked for, and returns it as exported."""
    shape = case.shape._replace(n=60, p=20, nonzeros=5) if small else case.shape
    x, y, _ = cases.make(shape)
    # glmnet divides the response by its standard deviation, and only the ℓ1 norm of a penalty along with it.
    y = y / np.sqrt(np.mean(y**2))
    extra, n = 0.0, len(y)
    if case.work == "multinomial-cv":
        x, extra = np.asfortranarray((x - x.mean(axis=0)) / x.std(axis=0)), 3
        y = 1.0 + np.searchsorted(np.quantile(y, [1 / 3, 2 / 3]), y)
        shares = np.stack([(y == k + 1).astype(float) - np.mean(y == k + 1) for k in range(3)])
        largest = np.max(np.abs(shares @ x)) / n
    elif case.work == "group-lasso":
        extra = SIZE
        largest = np.max(np.linalg.norm((x.T @ y).reshape(-1, SIZE), axis=1)) / (n * np.sqrt(SIZE))
    else:
        largest = np.max(np.abs(x.T @ y)) / n / (0.5 if case.work == "elastic-net" else 1.0)
    lambdas = np.geomspace(largest, shape.fraction * largest, case.points) if case.points > 1 else []
    if case.points == 1:
        extra = shape.fraction * largest
    exchange.export(folder, name, x, y, extra, lambdas)
    return exchange.Case(x, y, extra, np.asarray(lambdas))


def gap(case, l1, ridge, norms, w):
    """The relative gap of 1/(2n)‖y − Xw‖² + l1·norm + ridge/2·‖w‖²; `norms` gives the norm and its dual."""
    n = len(case.y)
    norm, dual_norm = norms
    residual = case.y - case.x @ w
    square = residual @ residual + n * ridge * (w @ w)
    primal = square / (2 * n) + l1 * norm(w)
    limit = n * l1 / dual_norm(case.x.T @ residual - n * ridge * w)
    scale = np.clip(case.y @ residual / square, -limit, limit)
    dual = (scale * (case.y @ residual) - scale**2 * square / 2) / n
    return (primal - dual) / (case.y @ case.y / (2 * n))


L1 = (lambda w: np.abs(w).sum(), lambda c: np.max(np.abs(c)))
GROUPS = (
    lambda w: np.sqrt(SIZE) * np.linalg.norm(w.reshape(-1, SIZE), axis=1).sum(),
    lambda c: np.max(np.linalg.norm(c.reshape(-1, SIZE), axis=1)) / np.sqrt(SIZE),
)


def pen(work, size, lam):
    """The concave penalties, elementwise."""
    if work == "mcp":
        return np.where(size <= MCP * lam, lam * size - size**2 / (2 * MCP), MCP * lam**2 / 2)
    middle = (2 * SCAD * lam * size - size**2 - lam**2) / (2 * (SCAD - 1))
    return np.where(size <= lam, lam * size, np.where(size <= SCAD * lam, middle, lam**2 * (SCAD + 1) / 2))


def slope(work, size, lam):
    if work == "mcp":
        return np.maximum(lam - size / MCP, 0)
    return np.where(size <= lam, lam, np.maximum(SCAD * lam - size, 0) / (SCAD - 1))


def stationarity(work, case, lam, w):
    """The largest violation of the conditions of a stationary point, relative to λ_max."""
    gradient = case.x.T @ (case.y - case.x @ w) / len(case.y)
    away = np.where(w == 0, np.maximum(np.abs(gradient) - lam, 0), np.abs(gradient - np.sign(w) * slope(work, np.abs(w), lam)))
    return np.max(away) / case.lambdas[0]


def errors(work, case, coefficients):
    """How far from optimal: the worst relative gap along a path; for concave penalties the worst violation of
    stationarity; of the multinomial Lasso the objective at the last λ, to be compared with the best."""
    if work == "multinomial-cv":
        return ordinal_cases.multinomial_l1(case, coefficients)
    if work == "lasso":
        return gap(case, case.extra, 0.0, L1, coefficients)
    along = coefficients.reshape(len(case.lambdas), -1)
    if work == "elastic-net":
        return max(gap(case, lam / 2, lam / 2, L1, w) for lam, w in zip(case.lambdas, along))
    if work == "group-lasso":
        return max(gap(case, lam, 0.0, GROUPS, w) for lam, w in zip(case.lambdas, along))
    return max(stationarity(work, case, lam, w) for lam, w in zip(case.lambdas, along))
