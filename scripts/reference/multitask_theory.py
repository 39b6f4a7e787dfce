"""Reference relevances of tasks and variances of designs.

    scripts/peers/.venv/bin/python scripts/reference/multitask_theory.py

Writes tests/data/multitask/multitask_fixtures.csv and
multitask_hard_theory.csv. ν¹ and its weighted form are linear programs
(HiGHS), the Lasso is a bounded problem in the positive and negative parts
(SciPy's L-BFGS-B), made exact on its support. Nothing is drawn at random.
"""

import pathlib

import numpy as np
from scipy.optimize import linprog, minimize

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "multitask"
PENALTY = 0.05
# Tasks, rank.
FIXTURES = [(10, 2), (20, 3), (50, 5)]
HARD = [(tasks, k) for tasks in (10, 20, 50, 100, 200) for k in (2, 3, 5)]
HEADER = (
    "T,k,l1norm_nu1,supp_nu1,l1norm_nu2,sqnorm_nu2,V_uniform,V_l2(nu2^2),V_l2abs(|nu2|),V_l1,"
    "costV_opt_linear,costV_l1_unaware,lasso0.05_obj,lasso0.05_supp,lasso0.05_l1"
)


def smooth(tasks, k):
    i, t = np.arange(k)[:, None], np.arange(tasks)[None, :]
    heads = np.cos(0.7 * (i + 1) * (t + 1) + 0.3 * i)
    target = 1.0 / (np.arange(k) + 1.0)
    return heads / np.linalg.norm(heads, axis=0), target / np.linalg.norm(target)


def least_norm(heads, target, weights):
    """argmin Σ weights |ν| subject to W ν = w, solved again on its support."""
    found = linprog(np.tile(weights, 2), A_eq=np.hstack([heads, -heads]), b_eq=target, method="highs")
    tasks = heads.shape[1]
    nu = found.x[:tasks] - found.x[tasks:]
    used = np.abs(nu) > 1e-9
    nu = np.zeros(tasks)
    nu[used] = np.linalg.lstsq(heads[:, used], target, rcond=None)[0]
    return nu


def variance(heads, target, shares):
    shares = shares / shares.sum()
    return target @ np.linalg.solve((heads * shares) @ heads.T, target)


def lasso(heads, target):
    """argmin ½‖Wν − w‖² + penalty ‖ν‖₁, solved again on its support."""
    tasks = heads.shape[1]

    def objective(parts):
        rest = heads @ (parts[:tasks] - parts[tasks:]) - target
        slope = heads.T @ rest
        return 0.5 * rest @ rest + PENALTY * parts.sum(), np.append(slope, -slope) + PENALTY

    options = {"maxiter": 100_000, "maxfun": 1_000_000, "ftol": 0.0, "gtol": 1e-13}
    bounds = [(0.0, None)] * (2 * tasks)
    found = minimize(objective, np.zeros(2 * tasks), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    nu = found.x[:tasks] - found.x[tasks:]
    used = np.abs(nu) > 1e-6
    own, sign = heads[:, used], np.sign(nu[used])
    nu = np.zeros(tasks)
    nu[used] = np.linalg.solve(own.T @ own, own.T @ target - PENALTY * sign)
    slope = heads.T @ (target - heads @ nu)
    assert (np.sign(nu[used]) == sign).all() and np.abs(slope).max() <= PENALTY * (1.0 + 1e-9)
    return nu


def fixture(tasks, k):
    heads, target = smooth(tasks, k)
    nu1 = least_norm(heads, target, np.ones(tasks))
    nu2 = np.linalg.pinv(heads) @ target
    costs = 1.0 + (7 * np.arange(tasks)) % 10
    aware = least_norm(heads, target, np.sqrt(costs))

    def cost_variance(nu, shares):
        used = nu != 0.0
        return (shares * costs).sum() * (nu[used] ** 2 / shares[used]).sum()

    estimated = lasso(heads, target)
    rest = heads @ estimated - target
    length = np.abs(estimated).sum()
    return [
        tasks,
        k,
        np.abs(nu1).sum(),
        (nu1 != 0.0).sum(),
        np.abs(nu2).sum(),
        nu2 @ nu2,
        variance(heads, target, np.ones(tasks)),
        variance(heads, target, nu2**2),
        variance(heads, target, np.abs(nu2)),
        np.abs(nu1).sum() ** 2,
        cost_variance(aware, np.abs(aware) / np.sqrt(costs)),
        cost_variance(nu1, np.abs(nu1)),
        0.5 * rest @ rest + PENALTY * length,
        (estimated != 0.0).sum(),
        length,
    ]


def hard(tasks, k):
    """Tasks e_1, …, e_{k−1}, copies of e_k, target (1, …, 1)/√k."""
    heads = np.zeros((k, tasks))
    for t in range(tasks):
        heads[min(t, k - 1), t] = 1.0
    target = np.full(k, 1.0 / np.sqrt(k))
    nu2 = np.linalg.pinv(heads) @ target
    values = [
        variance(heads, target, np.ones(tasks)),
        variance(heads, target, nu2**2),
        variance(heads, target, np.abs(nu2)),
        np.abs(least_norm(heads, target, np.ones(tasks))).sum() ** 2,
    ]
    ratios = [values[1] / values[3], tasks * (k - 1) / k**2]
    return [tasks, k] + [f"{v:.6g}" for v in values] + [f"{r:.4g}" for r in ratios]


def write(name, header, rows):
    lines = [",".join(v if isinstance(v, str) else f"{v:.10g}" for v in row) for row in rows]
    (OUT / name).write_text("\n".join([header, *lines]) + "\n")


def main():
    write("multitask_fixtures.csv", HEADER, [fixture(*size) for size in FIXTURES])
    header = "T,k,V_uniform,V_l2,V_l2abs,V_l1,ratio_l2_l1,T(k-1)/k^2"
    write("multitask_hard_theory.csv", header, [hard(*size) for size in HARD])


if __name__ == "__main__":
    main()
