"""Reference errors of learned representations on the hard instance.

    scripts/peers/.venv/bin/python scripts/reference/multitask.py

Writes tests/data/multitask/known_hard.csv. Everything is written anew from
the definitions: all observations are drawn one by one, and the joint least
squares are minimised by SciPy's L-BFGS on the loss with the heads profiled
out. Random numbers are numpy's, so results are to be compared by their means
and standard errors.
"""

import multiprocessing
import pathlib
import platform

import numpy as np
import scipy
from scipy.optimize import minimize

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "multitask"
D, K, TASKS, SIGMA, FLOOR, RIDGE = 30, 2, 50, 1.0, 10, 0.1
BUDGETS = (5000, 20000, 80000)
REPLICATES = 400
# One task e_1 and 49 copies of e_2; target (1, 1)/√2. As features are isotropic, the representation may be
# the first two coordinates.
HEADS = np.zeros((K, TASKS))
HEADS[0, 0] = 1.0
HEADS[1, 1:] = 1.0
TARGET = np.full(K, np.sqrt(0.5))
NU2 = np.linalg.pinv(HEADS) @ TARGET
# The least 1-norm is not unique; the vertices of the linear program use one copy.
NU1 = np.zeros(TASKS)
NU1[:2] = np.sqrt(0.5)
SHARES = {"uniform": np.ones(TASKS), "nu2": NU2**2, "nu1": np.abs(NU1)}


def sizes(shares, budget):
    """max{c s, floor}, summing to the budget; c by bisection, remainders to the largest fractions."""
    low, high = 0.0, budget / shares.max()
    for _ in range(200):
        middle = 0.5 * (low + high)
        if np.maximum(middle * shares, FLOOR).sum() < budget:
            low = middle
        else:
            high = middle
    exact = np.maximum(low * shares, FLOOR)
    whole = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: budget - whole.sum()]] += 1
    return whole


def draw(rng, counts):
    grams, crosses = np.empty((TASKS, D, D)), np.empty((TASKS, D))
    for t, n in enumerate(counts):
        x = rng.standard_normal((n, D))
        y = x[:, :K] @ HEADS[:, t] + SIGMA * rng.standard_normal(n)
        grams[t], crosses[t] = x.T @ x, x.T @ y
    return grams, crosses


def learn(grams, crosses, counts):
    """argmin Σ ½‖y − X B w‖² + ½ρ‖B w‖² over B and w, from the spectral start."""
    ridged = grams + RIDGE * np.eye(D)
    moments = np.einsum("ti,tj,t->ij", crosses, crosses, 1.0 / counts)
    basis = np.linalg.eigh(moments)[1][:, -K:]

    def profile(basis):
        image = ridged @ basis
        inner = crosses @ basis
        heads = np.linalg.solve(basis.T @ image, inner[:, :, None])[:, :, 0]
        rest = np.einsum("tik,tk->ti", image, heads) - crosses
        return -0.5 * (inner * heads).sum(), rest.T @ heads, heads

    for _ in range(20):
        heads = profile(basis)[2]
        # The step in units of the mean curvature.
        values, vectors = np.linalg.eigh((heads.T * counts) @ heads)
        scale = vectors / np.sqrt(values)

        def objective(z, scale=scale):
            loss, gradient, _ = profile(z.reshape(D, K) @ scale.T)
            return loss, (gradient @ scale).ravel()

        start = basis @ np.linalg.inv(scale.T)
        found = minimize(
            objective, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 3000, "ftol": 0, "gtol": 1e-9}
        )
        basis = np.linalg.qr(found.x.reshape(D, K) @ scale.T)[0]
        _, gradient, heads = profile(basis)
        curvature = (heads.T * counts) @ heads
        stationarity = np.linalg.norm(gradient @ np.linalg.inv(curvature)) / np.sqrt(K)
        if stationarity <= 1e-6:
            return basis
    raise RuntimeError(f"stationarity {stationarity}")


def error(task):
    budget, plan, replicate = task
    rng = np.random.default_rng([20230602, budget, list(SHARES).index(plan), replicate])
    counts = sizes(SHARES[plan], budget)
    basis = learn(*draw(rng, counts), counts)
    beta = np.zeros(D)
    beta[:K] = TARGET
    return 0.5 * ((beta - basis @ (basis.T @ beta)) ** 2).sum()


def main():
    cells = [(budget, plan) for budget in BUDGETS for plan in SHARES]
    rows = []
    with multiprocessing.Pool() as pool:
        for budget, plan in cells:
            values = np.array(pool.map(error, [(budget, plan, r) for r in range(REPLICATES)], chunksize=5))
            spread = values.std(ddof=1) / np.sqrt(REPLICATES)
            rows.append(f"{budget},{plan},{values.mean():.4g},{spread:.2g}\n")
            print(rows[-1], end="", flush=True)
    with open(OUT / "known_hard.csv", "w") as file:
        file.write("budget,plan,mean,error\n")
        file.writelines(rows)
    print(f"numpy {np.__version__}, scipy {scipy.__version__}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
