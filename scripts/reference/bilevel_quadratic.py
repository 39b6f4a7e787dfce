"""MAID, fixed accuracies, HOAG and the penalty function on the documented quadratic.

    OMP_NUM_THREADS=1 scripts/peers/.venv/bin/python scripts/reference/bilevel_quadratic.py

Writes tests/data/bilevel/quadratic.csv: quantity, method, at, value. Written with
the conventions of src/bilevel in view, so it checks arithmetic and bookkeeping and
not how the papers are read: see ORIGIN.md next to the data. Numbers are printed so
that they read back to the same bits. Ten seconds.
"""

import csv
import math
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "bilevel" / "quadratic.csv"
ROWS, SIZE, NOISE, SEED = 1000, 10, 0.01, 29
BUDGET = 200_000
THRESHOLDS = (100, 20, 10, 8)
SIGMAS = (1e-2, 1e-3, 1e-4)
ETA, DECREASE, SHRINK, RELAX, GROWTH = 1e-4, 0.5e-4, 0.5, 1.25, 10 / 9
ROUNDING = 16 * np.finfo(float).eps


def norm(v):
    return math.sqrt(v @ v)


class SplitMix:
    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53

    def uniforms(self, *shape):
        return np.array([self.uniform() for _ in range(math.prod(shape))]).reshape(shape)

    def normals(self, n):
        """Box and Muller, in pairs."""
        out = []
        while len(out) < n:
            radius = math.sqrt(-2 * math.log(1 - self.uniform()))
            angle = 2 * math.pi * self.uniform()
            out += [radius * math.cos(angle), radius * math.sin(angle)]
        return np.array(out[:n])


class Problem:
    """h(x, t) = ½‖A₂x + A₃t − b₂‖², g(x) = ½‖A₁x − b₁‖²; f(t) = g(argmin h(·, t))."""

    def __init__(self):
        draw = SplitMix(SEED)
        a1, a2, a3 = (draw.uniforms(ROWS, SIZE) for _ in range(3))
        x1, x2, te = (draw.uniforms(SIZE) for _ in range(3))
        n1, n2 = draw.normals(ROWS), draw.normals(ROWS)
        b1, b2 = a1 @ x1 + NOISE * n1, a2 @ x2 + a3 @ te + NOISE * n2
        self.hessian, self.cross, self.c = a2.T @ a2, a2.T @ a3, a2.T @ b2
        self.upper_hessian, self.d, self.e = a1.T @ a1, a1.T @ b1, b1 @ b1
        eigenvalues = np.linalg.eigvalsh(self.hessian)
        self.mu, self.lipschitz = eigenvalues[0], eigenvalues[-1]
        self.upper_lipschitz = np.linalg.eigvalsh(self.upper_hessian)[-1]
        self.cross_norm = np.linalg.norm(self.cross, 2)
        self.x0 = np.linalg.solve(self.hessian, self.c)
        self.slope = np.linalg.solve(self.hessian, self.cross)

    def lower_solution(self, t):
        return self.x0 - self.slope @ t

    def upper(self, x):
        return 0.5 * x @ self.upper_hessian @ x - x @ self.d + 0.5 * self.e

    def upper_gradient(self, x):
        return self.upper_hessian @ x - self.d

    def f(self, t):
        return self.upper(self.lower_solution(t))

    def gradient(self, t):
        return -self.slope.T @ self.upper_gradient(self.lower_solution(t))

    def penalty(self, t, sigma):
        """Value and gradient of (min σg + h − min h)/σ."""
        r = self.cross @ t - self.c
        exact = self.lower_solution(t)
        x = np.linalg.solve(self.hessian + sigma * self.upper_hessian, sigma * self.d - r)
        h = lambda x: 0.5 * x @ self.hessian @ x + x @ r
        return self.upper(x) + (h(x) - h(exact)) / sigma, self.cross.T @ (x - exact) / sigma


class Spent(Exception):
    """The budget is spent, or there is nothing left to try."""


class Oracle:
    """Inexact values and hypergradients, warm-started. A gradient and a product cost 1 each."""

    def __init__(self, problem, momentum=True):
        self.p, self.cost = problem, 0
        self.x, self.adjoint = np.zeros(SIZE), np.zeros(SIZE)
        root = math.sqrt(problem.lipschitz / problem.mu)
        self.momentum = (root - 1) / (root + 1) if momentum else 0.0

    def charge(self):
        if self.cost >= BUDGET:
            raise Spent
        self.cost += 1

    def evaluate(self, t, accuracy):
        """Solves the lower level to ‖x − x*‖ ≤ accuracy: bounds below and above f, and g(x)."""
        p = self.p
        r = p.cross @ t - p.c
        y = self.x.copy()
        while True:
            self.charge()
            gradient = p.hessian @ y + r
            if norm(gradient) <= p.mu * accuracy:
                break
            x = y - gradient / p.lipschitz
            y = x + self.momentum * (x - self.x)
            self.x = x
        self.x, self.accuracy = y, accuracy
        self.upper_gradient = p.upper_gradient(y)
        value, slope = p.upper(y), norm(self.upper_gradient) * accuracy
        return value - slope, value, value + slope + 0.5 * p.upper_lipschitz * accuracy**2

    def hypergradient(self, residual):
        """By conjugate gradients, until a recomputed residual is small enough; and its error bound."""
        p = self.p
        while True:
            self.charge()  # The recomputation costs a product too.
            r = self.upper_gradient - p.hessian @ self.adjoint
            size = norm(self.upper_gradient) + p.lipschitz * norm(self.adjoint)
            if norm(r) <= max(residual, ROUNDING * size):
                break
            direction, squared = r.copy(), r @ r
            while math.sqrt(squared) > residual:
                self.charge()
                product = p.hessian @ direction
                step = squared / (direction @ product)
                self.adjoint = self.adjoint + step * direction
                r = r - step * product
                direction, squared = r + (r @ r) / squared * direction, r @ r
        bound = p.cross_norm / p.mu * (p.upper_lipschitz * self.accuracy + residual)
        return -p.cross.T @ self.adjoint, bound

    def keep(self):
        return self.x, self.adjoint, self.upper_gradient, self.accuracy

    def restore(self, kept):
        self.x, self.adjoint, self.upper_gradient, self.accuracy = kept


def descend(problem, accuracy=0.1, step=0.01, adaptive=True, momentum=True):
    """MAID, or its line search at a fixed accuracy: cost and f after each step."""
    oracle, t, eps = Oracle(problem, momentum), np.ones(SIZE), accuracy
    trace = []
    try:
        least, _, _ = oracle.evaluate(t, eps)
        trace.append((oracle.cost, problem.f(t)))
        while True:
            tries, moved = 5 if adaptive else 60, False
            while not moved:
                z, bound = oracle.hypergradient(eps)
                while adaptive and bound > (1 - ETA) * norm(z):
                    eps *= SHRINK
                    least, _, _ = oracle.evaluate(t, eps)
                    z, bound = oracle.hypergradient(eps)
                kept, tried = oracle.keep(), step
                for _ in range(tries):
                    new = t - tried * z
                    new_least, _, new_most = oracle.evaluate(new, eps)
                    moved = new_most - least + DECREASE * tried * (z @ z) <= 0
                    if moved:
                        break
                    oracle.restore(kept)
                    tried *= 0.5
                else:
                    if not adaptive:
                        raise Spent
                    eps *= SHRINK
                    least, _, _ = oracle.evaluate(t, eps)
                    tries += 1
            t, least, step = new, new_least, tried * GROWTH
            eps *= RELAX if adaptive else 1.0
            trace.append((oracle.cost, problem.f(t)))
    except Spent:
        return trace


def hoag(problem, schedule):
    """HOAG: accuracies by a schedule, steps by its rule; rejected points are no steps."""
    oracle, t = Oracle(problem), np.ones(SIZE)
    trace, before, lipschitz, k = [], None, None, 0
    clip = lambda t: np.clip(t, -6, 6)
    try:
        while True:
            k += 1
            eps = max(0.1 * schedule(k), 1e-12)
            _, value, _ = oracle.evaluate(t, eps)
            if before:
                old, old_value, old_z, old_eps, kept = before
                moved = (t - old) @ (t - old)
                slack = 0.25 * eps + 1.25 * old_eps * math.sqrt(moved) - lipschitz * moved
                if value <= old_value + slack:
                    lipschitz *= 0.95
                elif value >= 1.2 * old_value:
                    lipschitz *= 2
                    oracle.restore(kept)
                    t = clip(old - old_z / lipschitz)
                    continue
            trace.append((oracle.cost, problem.f(t)))
            z, _ = oracle.hypergradient(eps)
            lipschitz = lipschitz or norm(z) / math.sqrt(SIZE)
            before = (t, value, z, eps, oracle.keep())
            t = clip(t - z / lipschitz)
    except Spent:
        return trace


def main():
    problem, start = Problem(), np.ones(SIZE)
    rows = [
        ("strong_convexity", "", "", problem.mu),
        ("lipschitz", "", "", problem.lipschitz),
        ("upper_lipschitz", "", "", problem.upper_lipschitz),
        ("cross_norm", "", "", problem.cross_norm),
        ("value", "", "", problem.f(start)),
        ("gradient_norm", "", "", norm(problem.gradient(start))),
        # A₂ᵀA₃ is invertible, so that any x solves the lower level for some t.
        ("minimum", "", "", problem.upper(np.linalg.solve(problem.upper_hessian, problem.d))),
    ]
    for sigma in SIGMAS:
        value, gradient = problem.penalty(start, sigma)
        rows.append(("value_error", "penalty-function", sigma, abs(value - problem.f(start))))
        rows.append(("gradient_error", "penalty-function", sigma, norm(gradient - problem.gradient(start))))
    traces = {
        "maid": descend(problem),
        "maid-1e-3": descend(problem, accuracy=1e-3),
        "maid-1e-5": descend(problem, accuracy=1e-5),
        "maid-step-1e-3": descend(problem, step=1e-3),
        "maid-step-1e-1": descend(problem, step=1e-1),
        "maid-plain": descend(problem, momentum=False),
        "fixed-1e-1": descend(problem, accuracy=1e-1, adaptive=False),
        "fixed-1e-3": descend(problem, accuracy=1e-3, adaptive=False),
        "fixed-1e-5": descend(problem, accuracy=1e-5, adaptive=False),
        "hoag-geometric": hoag(problem, lambda k: 0.9**k),
        "hoag-quadratic": hoag(problem, lambda k: k**-2.0),
        "hoag-cubic": hoag(problem, lambda k: k**-3.0),
    }
    for method, trace in traces.items():
        rows.append(("best_loss", method, "", min(loss for _, loss in trace)))
        for threshold in THRESHOLDS:
            costs = [cost for cost, loss in trace if loss <= threshold]
            rows += [("cost_to", method, threshold, costs[0])] if costs else []
    with OUT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("quantity", "method", "at", "value"))
        for *names, value in rows:
            writer.writerow((*names, repr(float(value)) if isinstance(value, float) else value))


if __name__ == "__main__":
    main()
